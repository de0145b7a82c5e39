//! What the crates of the datasets declare, against a configuration that disagrees.

use std::path::Path;

use carelake_core::table::{Field, Kind, Table};
use carelake_core::value::{EnrollmentId, Npi, StateCode};

use crate::config::{Config, Declared, Direction, Known, Need, Reads, Wanted};

const SOUND: &str = include_str!("sound.yaml");

/// Blocks as in `mistakes.txt`.
const MISTAKES: &str = include_str!("declared.txt");

const CLINICIANS: &[Wanted] = &[
    Wanted::of::<Npi>("npi", Need::Always),
    Wanted::of::<EnrollmentId>("enrollment_id", Need::Must),
    Wanted::of::<StateCode>("state", Need::Always),
    Wanted::text("last_name", Need::Must),
    Wanted::of::<i8>("members", Need::Must),
    Wanted::text("status", Need::May),
];
const HOSPITALS: &[Wanted] = &[
    Wanted::of::<Npi>("npi", Need::May),
    Wanted::of::<EnrollmentId>("enrollment_id", Need::May),
    Wanted::of::<StateCode>("state", Need::Always),
    Wanted::text("last_name", Need::May),
    Wanted::of::<i8>("members", Need::May),
    Wanted::of::<bool>("telehealth", Need::May),
];

const PLACES: [Field; 1] = [Field::new("state", Kind::Text, "state")];

const fn dataset(name: &'static str, reads: &'static [Reads]) -> Declared<()> {
    Declared {
        name,
        table: Table { fields: &[] },
        places: &PLACES,
        passes_on: &["members"],
        reads,
        key: None,
        order: None,
        extract: (),
    }
}

const DECLARED: [Declared<()>; 3] = [
    dataset("clinicians", &[Reads::source("dac", CLINICIANS)]),
    Declared {
        key: Some(&["npi"]),
        order: Some(&[("line", Direction::Asc)]),
        ..dataset("practices", &[Reads::source("dac", &[]).with_increments()])
    },
    dataset("hospitals", &[Reads::every_feed(HOSPITALS)]),
];

fn problems(text: &str) -> Vec<String> {
    match Config::parse_for(Known { datasets: &DECLARED, ..Known::default() }, text, Path::new("config.yaml")) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn what_a_dataset_could_not_use_is_told_where_it_stands() {
    assert_eq!(problems(SOUND), [""; 0]);
    for block in MISTAKES.trim_end().split("\n\n") {
        let with = |sign| block.lines().filter_map(move |line| line.strip_prefix(sign));
        let (name, sound) = (block.lines().next().unwrap(), with("- ").next().unwrap());
        let broken = SOUND.replacen(sound, &with("+ ").collect::<Vec<_>>().join("\n"), 1);
        let expected: Vec<&str> = block.lines().skip(1).filter(|line| !line.starts_with(['-', '+'])).collect();
        assert!(SOUND.contains(sound) && !expected.is_empty(), "{name}");
        assert_eq!(problems(&broken), expected, "{name}");
    }
}

#[test]
fn a_dataset_names_the_sources_that_it_reads_and_the_one_of_its_rows_first() {
    let other = "  other: { description: o, file: \"o*.csv\", encoding: utf-8, required: [npi, state], columns: { \
                 npi: { type: npi, names: [n] }, state: { type: state, names: [s] } } }\ndatasets:\n";
    for (sources, expected) in [
        ("[other, dac]", &["does not read `other`; it reads dac", "must begin with `dac`, which makes the rows"][..]),
        ("[other]", &["does not read `other`; it reads dac", "lacks `dac`; clinicians reads dac"]),
    ] {
        let text = SOUND.replacen("datasets:\n", other, 1);
        let text =
            text.replacen("clinicians: { sources: [dac], key", &format!("clinicians: {{ sources: {sources}, key"), 1);
        let found: Vec<String> =
            problems(&text).into_iter().filter(|line| line.contains("clinicians.sources")).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
    }
}

#[test]
fn a_configuration_without_declarations_is_read_as_it_stands() {
    let broken = SOUND.replacen("last_name: [lst_nm]", "last_nam: [lst_nm]", 1);
    assert!(Config::parse(&broken, Path::new("config.yaml")).is_ok());
}
