//! A section of another room, beside those of the monthly run.

use std::path::Path;

use carelake_core::config::Section;
use carelake_core::config::reader::{Mistakes, Spot};

use crate::config::{Config, Known};

const SOUND: &str = include_str!("sound.yaml");
const PIGEONS: Section = Section {
    name: "pigeons",
    check: |spot, _, mistakes| {
        read(spot, mistakes);
    },
    schema: || serde_json::json!({}),
};

fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> u8 {
    let fields = spot.fields(&["lofts"], mistakes);
    fields.number_or("lofts", "a whole number", 1..=9, 1, mistakes)
}

fn parse(text: &str, sections: Option<&[Section]>) -> Result<Config, Vec<String>> {
    let known: Known<'_> = Known { sections, ..Known::default() };
    Config::parse_for(known, text, Path::new("config.yaml"))
        .map_err(|error| error.problems().iter().map(ToString::to_string).collect())
}

#[test]
fn a_room_reads_its_own_section_and_others_are_none_of_its_business() {
    let config = parse(&format!("{SOUND}pigeons: {{ lofts: 4 }}\n"), Some(&[PIGEONS])).unwrap();
    assert_eq!((config.section("pigeons", read), config.section("ravens", read)), (Some(4), None));
}

#[test]
fn a_file_of_other_rooms_needs_no_section_of_the_monthly_run_but_all_of_them_if_it_has_one() {
    let alone = "version: 2\nenvironments: { local: { input: in, output: out, rejects: rejects } }\n";
    let missing = |text: &str| -> Vec<String> {
        let problems = parse(text, Some(&[PIGEONS])).err().unwrap_or_default();
        problems.iter().filter_map(|problem| Some(problem.split_once(": ")?.1.split_once(':')?.0.to_owned())).collect()
    };
    assert_eq!(missing(&format!("{alone}pigeons: {{}}\n")), [""; 0]);
    assert_eq!(missing(alone), ["sources", "datasets", "code_lists"]);
    assert_eq!(missing(&format!("{alone}pigeons: {{}}\nsources: {{}}\n")), ["datasets", "code_lists"]);
}

#[test]
fn what_is_wrong_with_a_section_is_told_with_the_other_mistakes() {
    let text = SOUND.replacen("encoding: utf-8", "encoding: utf-9", 1);
    let problems = parse(&format!("{text}pigeons: {{ lofts: 10, roost: 1 }}\n"), Some(&[PIGEONS])).unwrap_err();
    assert_eq!(
        problems,
        [
            "8:15: sources.dac.encoding: must be one of utf-8, windows-1252, not `utf-9` (nearest: utf-8)",
            "39:19: pigeons.lofts: must be a whole number from 1 to 9, not `10`",
            "39:23: pigeons.roost: unknown key; accepted: lofts",
        ]
    );
}

#[test]
fn a_section_of_no_room_is_refused_with_the_nearest_name_but_by_a_program_of_one_room() {
    let text = format!("{SOUND}pigens: {{ lofts: 4 }}\n");
    let problems = parse(&text, Some(&[PIGEONS])).unwrap_err();
    assert!(matches!(problems.as_slice(), [one] if one.ends_with("pigeons (nearest: pigeons)")), "{problems:?}");
    assert!(parse(&text, None).is_ok());
}

#[test]
fn a_dataset_of_a_name_that_is_not_known_is_taken_and_has_feeds_where_it_says_so() {
    let text = SOUND.replacen("  hospitals:", "  clinics:", 1);
    let config = parse(&text, None).unwrap();
    let clinics = config.dataset("clinics").unwrap();
    assert!(clinics.has_feeds() && !config.dataset("clinicians").unwrap().has_feeds());
}
