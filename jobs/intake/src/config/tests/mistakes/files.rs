//! Mistakes that several files make together, and files of reference.

use std::collections::BTreeMap;
use std::fs;

use carelake_core::config::Files;
use carelake_core::config::reader::{ConfigError, Mistakes, Spot};

use crate::config::{Intake, read};

const MAIN: &str = "version: 2\ninclude: feeds/*.yaml\nintake:\n  defaults: { time_zone: UTC }\n";

/// Returns what is told of a configuration in these files, a line each.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    both(files).1
}

/// Returns what is read of a configuration in these files, and what is told of it.
fn both(files: &[(&str, &str)]) -> (Intake, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.yaml");
    fs::create_dir(folder.path().join("feeds")).unwrap();
    fs::write(&main, MAIN).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut mistakes = Mistakes::default();
    let read_files = Files::read(&main, &mut mistakes).unwrap();
    let root = read_files.root.unwrap();
    let intake = read(&Spot::root(&root).child("intake").unwrap(), folder.path(), &mut mistakes);
    let told = ConfigError::new(read_files.names, mistakes.into_problems()).to_string();
    let told =
        told.replace(&format!("{}/", folder.path().display()), "").lines().map(str::to_owned).collect::<Vec<_>>();
    (intake, told)
}

/// A page of a feed of a partner, with how its sex is made.
fn page(name: &str, partner: &str, path: &str, sex: &str) -> String {
    format!(
        "intake:\n  feeds:\n    {name}:\n      partner: {partner}\n      path: \"{path}\"\n      format: {{ type: csv }}\n      \
         delivery: full\n      tables: {{ persons: {{ columns: {{ patient_id: id, sex: {sex} }} }} }}\n"
    )
}

#[test]
fn two_feeds_of_a_partner_whose_files_could_have_one_name_are_told_with_their_file() {
    let one = page("one", "bay", "PAT_{delivery:%Y%m%d}*.csv", "sex");
    let two = page("two", "bay", "*_{sequence}.csv", "sex");
    let far = page("far", "gulf", "*.csv", "sex");
    let lines = told(&[("feeds/a.yaml", &one), ("feeds/b.yaml", &two), ("feeds/c.yaml", &far)]);
    let expected = "feeds/b.yaml:5:13: intake.feeds.two.path: a file can be of this feed and of one \
                    (`PAT_{delivery:%Y%m%d}*.csv`); tell their names apart";
    assert_eq!(lines, [expected]);
}

#[test]
fn mistakes_of_all_pages_are_told_at_once() {
    let one = page("one", "Bay", "a.csv", "sex");
    let two = page("two", "bay", "b.csv", "{ from: sex, map: sex_mf }");
    let lines = told(&[("feeds/a.yaml", &one), ("feeds/b.yaml", &two)]);
    let expected = [
        "feeds/a.yaml:4:16: intake.feeds.one.partner: `Bay` must be 1 to 48 lower-case letters, digits, `_` and `-`",
        "feeds/b.yaml:8:78: intake.feeds.two.tables.persons.columns.sex.map: there is no code list `sex_mf` in intake.code_lists",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_wrong_with_a_file_of_reference_is_told_where_it_is_named() {
    let lookup = "{ from: sex, lookup: { file: codes.csv, key: code, column: meaning } }";
    for (codes, expected) in [
        ("code,meaning\nM,male\nF,female\n", None),
        ("\u{feff}code,meaning\r\nM,male\r\n", None),
        ("code,meanings\nM,male\n", Some("column: the file has no column `meaning` (nearest: meanings)")),
        (
            "code,meaning\nM,male\n m ,male\n",
            Some("file: has a key twice, the second time in line 3; case and outer blanks do not count"),
        ),
    ] {
        let page = page("one", "bay", "a.csv", lookup);
        let lines = told(&[("feeds/a.yaml", &page), ("codes.csv", codes)]);
        let ends = lines.iter().map(|line| line.split_once("sex.lookup.").map(|(_, end)| end)).collect::<Vec<_>>();
        assert_eq!(ends, expected.into_iter().map(Some).collect::<Vec<_>>(), "{codes:?}");
    }
}

#[test]
fn another_file_of_reference_makes_another_mapping() {
    let lookup = "{ from: sex, lookup: { file: codes.csv, key: code, column: meaning } }";
    let page = page("one", "bay", "a.csv", lookup);
    let mapping = |codes: &str| both(&[("feeds/a.yaml", &page), ("codes.csv", codes)]).0.feeds[0].mapping.clone();
    let [one, same, other] =
        ["code,meaning\nM,male\n", "code,meaning\nM,male\n", "code,meaning\nM,other\n"].map(mapping);
    assert!(one == same && one != other);
}

#[test]
fn a_file_of_reference_may_stand_in_the_configuration_itself_and_makes_the_same_mapping() {
    let lookup = "{ from: sex, lookup: { file: codes.csv, key: code, column: meaning } }";
    let page = page("one", "bay", "a.csv", lookup);
    let codes = "code,meaning\r\nM,male\r\n";
    let beside = both(&[("feeds/a.yaml", &page), ("codes.csv", codes)]).0;
    assert_eq!(beside.references, BTreeMap::from([("codes.csv".to_owned(), codes.to_owned())]));
    let within = format!("{page}  files: {{ codes.csv: \"code,meaning\\r\\nM,male\\r\\n\" }}\n");
    let (within, mistakes) = both(&[("feeds/a.yaml", &within)]);
    assert_eq!((mistakes, &within.references), (Vec::<String>::new(), &beside.references));
    assert_eq!(within.feeds[0].mapping, beside.feeds[0].mapping);
}
