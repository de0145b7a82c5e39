//! Golden folders: inputs and what must become of them, through the real command.
//!
//! `tests/fixtures/<dataset>/<case>/input` is run; `expected/rows.csv` and `expected/counts.json` were computed by an
//! independent implementation. A case that must fail has `expected/error.json` instead.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const CONFIG: &str = include_str!("../pipeline_config.yaml");

macro_rules! golden {
    ($($dataset:ident: $($case:ident),+;)+) => {
        $(mod $dataset {
            $(#[test]
            fn $case() {
                super::check(stringify!($dataset), stringify!($case));
            })+
        })+

        const CASES: &[(&str, &str)] = &[$($((stringify!($dataset), stringify!($case)),)+)+];
    };
}

golden! {
    clinicians: typical, rejects, empty, drift;
    practices: typical, rejects, empty, drift;
    providers: typical, with_nppes, rejects, empty, drift;
    enrollments: typical, without_revocations, rejects, empty, drift;
    hospitals: typical, rejects, empty, drift;
}

#[test]
fn every_golden_folder_is_a_test() {
    let root = fixtures();
    let mut folders: Vec<(String, String)> = Vec::new();
    for dataset in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap()) {
        for case in fs::read_dir(dataset.path()).unwrap().map(|entry| entry.unwrap()) {
            let name = |name: std::ffi::OsString| name.into_string().unwrap();
            folders.push((name(dataset.file_name()), name(case.file_name())));
        }
    }
    folders.sort();
    let mut cases: Vec<(String, String)> =
        CASES.iter().map(|(dataset, case)| ((*dataset).into(), (*case).into())).collect();
    cases.sort();
    assert_eq!(folders, cases);
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn check(dataset: &str, case: &str) {
    let folder = fixtures().join(dataset).join(case);
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("pipeline_config.yaml"), config(dataset, case)).unwrap();
    let input = folder.join("input");
    let input = input.to_str().unwrap();
    let run = carelake(
        place.path(),
        &["run", "--accept-as-of", "--as-of", "2026-11-01", "--dataset", dataset, "--input", input, "--json"],
    );
    let report: Value = serde_json::from_slice(&run.stdout)
        .unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&run.stderr)));
    let expected = folder.join("expected");
    if expected.join("error.json").is_file() {
        let expected = read_json(&expected.join("error.json"));
        check_errors(&report, &expected);
        let errors: Vec<&str> =
            expected.as_object().unwrap().values().filter_map(|one| one["error"].as_str()).collect();
        assert_eq!(run.status.code(), exit_code(&errors));
    } else {
        assert!(run.status.success(), "{report:#}");
        check_counts(&report, &read_json(&expected.join("counts.json")));
        let query = carelake(place.path(), &["query", "--csv", &format!("select * from {dataset}")]);
        assert!(query.status.success(), "{}", String::from_utf8_lossy(&query.stderr));
        assert_eq!(rows(&query.stdout), rows(&fs::read(expected.join("rows.csv")).unwrap()));
    }
}

/// Returns the shipped configuration; where nearly every row is to be refused, with room for that.
fn config(dataset: &str, case: &str) -> String {
    if !["rejects", "with_nppes"].contains(&case) {
        return CONFIG.to_owned();
    }
    if dataset == "hospitals" {
        return CONFIG.replace("max_reject_ratio: 0.25", "max_reject_ratio: 0.9");
    }
    CONFIG.replace(&format!("  {dataset}:\n"), &format!("  {dataset}:\n    max_reject_ratio: 0.9\n"))
}

fn carelake(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_carelake")).args(arguments).current_dir(folder).output().unwrap()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Reads a table as rows of named cells, sorted, without lineage; numbers compare as numbers.
fn rows(text: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text);
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let cell = |name: &String, cell: &str| match (name.as_str(), cell.parse::<f64>()) {
        ("group_reassignment_rate", Ok(number)) => format!("{number:.12}"),
        _ => cell.to_owned(),
    };
    let mut rows: Vec<BTreeMap<String, String>> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let named = names.iter().zip(record.iter()).filter(|(name, _)| !name.starts_with('_'));
            named.map(|(name, text)| (name.clone(), cell(name, text))).collect()
        })
        .collect();
    rows.sort();
    assert!(!rows.is_empty());
    rows
}

fn outcome<'r>(report: &'r Value, publication: &str) -> &'r Value {
    let all = report["publications"].as_array().unwrap();
    all.iter().find(|outcome| outcome["publication"] == publication).unwrap()
}

/// Compares what became of the rows of every source.
fn check_counts(report: &Value, expected: &Value) {
    let mut found = BTreeMap::new();
    for outcome in report["publications"].as_array().unwrap() {
        for (source, report) in outcome["report"]["sources"].as_object().into_iter().flatten() {
            found.insert(source.clone(), report["account"].clone());
        }
    }
    let expected: BTreeMap<String, Value> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found, expected);
}

/// Returns the documented exit code of a run that failed with these errors, which are of one kind.
fn exit_code(errors: &[&str]) -> Option<i32> {
    match errors {
        ["SchemaDrift"] => Some(12),
        ["VolumeDrop"] => Some(14),
        _ => None,
    }
}

fn check_errors(report: &Value, expected: &Value) {
    for (publication, expected) in expected.as_object().unwrap() {
        let outcome = outcome(report, publication);
        assert_eq!(outcome["error"], expected["error"], "{publication}: {}", outcome["reason"]);
        for wanted in expected["reason_contains"].as_array().unwrap() {
            let (wanted, reason) = (wanted.as_str().unwrap(), outcome["reason"].as_str().unwrap());
            assert!(reason.contains(wanted), "{wanted} is not in: {reason}");
        }
    }
}
