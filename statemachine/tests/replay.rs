//! Replays the cases in `tests/cases`, written from the specification for what was never recorded on AWS, and proves that
//! a replay can fail.

#![expect(clippy::unwrap_used, reason = "a test that panics fails, as it should")]

use std::fs;
use std::path::Path;

use carelake_statemachine::replay::{ReplayReport, replay, replay_case};
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn replayed(case: &Value) -> ReplayReport {
    let mut report = ReplayReport::default();
    replay_case(case, &mut report);
    report
}

fn case(name: &str) -> Value {
    cases().into_iter().find(|case| case["name"] == name).unwrap()
}

#[test]
fn every_case_written_from_the_specification_passes() {
    let report = replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")).unwrap();
    assert_eq!(report.failed, []);
    assert_eq!((report.passed, report.skipped.len()), (cases().len(), 0));
    assert!(report.passed >= 110, "{}", report.passed);
}

#[test]
fn a_case_with_another_expectation_fails() {
    let mut tried = 0;
    for case in cases() {
        let expected = case["expected"].as_object().unwrap();
        for (field, value) in expected {
            let wrong = match (field.as_str(), value) {
                ("status" | "error" | "output" | "next_state" | "result", _) => json!("something else"),
                ("cause", Value::String(_)) => json!("something else"),
                ("inspection", _) => json!({"input": "something else"}),
                ("diagnostics", _) => json!([]),
                ("event_types", Value::Array(types)) => json!(types[1..]),
                ("prev", Value::Array(previous)) => previous.iter().map(|id| json!(id.as_u64().unwrap() + 1)).collect(),
                ("io", Value::Array(details)) if !details.is_empty() => {
                    json!([{"e": details[0]["e"], "input": "something else"}])
                }
                _ => continue,
            };
            let mut changed = case.clone();
            changed["expected"][field] = wrong;
            assert_eq!(replayed(&changed).failed.len(), 1, "{} with another {field}", case["name"]);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn a_wait_of_another_length_fails() {
    let mut case = case("retry/doubling_waits_add_up");
    case["definition"]["States"]["Work"]["Retry"][0]["BackoffRate"] = json!(3.0);
    assert!(replayed(&case).failed[0].difference.contains("00:00:26"), "{:?}", replayed(&case));
}

#[test]
fn what_is_not_supported_is_skipped_with_its_reason() {
    for (change, reason) in
        [(json!({"query_language": "JSONata"}), "JSONata"), (json!({"features": ["ServiceSpecific"]}), "only AWS")]
    {
        let mut case = case("wait/seconds");
        case.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert!(replayed(&case).skipped[0].reason.contains(reason));
    }
}

#[test]
fn a_folder_without_cases_or_with_a_broken_line_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(replay(folder.path()).unwrap_err().to_string().starts_with("no case"));
    fs::write(folder.path().join("a.jsonl"), "{}\n[1]\n").unwrap();
    assert!(replay(folder.path()).unwrap_err().to_string().ends_with("line 2: not a JSON object"));
    assert!(replay(&folder.path().join("gone")).is_err());
}

/// What `known-differences.txt` held when it was last shortened. Names may leave it and this list; none may join.
const KNOWN: [&str; 0] = [];

#[test]
fn known_differences_only_shrink() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("known-differences.txt")).unwrap();
    let names: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for name in &names {
        assert!(KNOWN.contains(name), "{name} is a new difference: mend the interpreter instead of listing it");
    }
    assert_eq!(names.len(), KNOWN.len(), "the file has shrunk: shorten KNOWN as well");
}
