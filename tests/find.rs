//! What is found by a part of its name, and that what is found is what is there.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{DAC, Place, dac};
use serde_json::{Value, json};

fn found(place: &Place, words: &[&str]) -> Vec<Value> {
    let answer = place.carelake(&[&["find", "--json", "--limit", "999"], words].concat()).json();
    answer["found"].as_array().unwrap().clone()
}

#[test]
fn a_word_finds_columns_publications_functions_and_settings_and_says_what_to_type() {
    let place = Place::new();
    place.write(DAC, dac(30));
    place.run_clinicians(&[]).published();
    let columns = found(&place, &["NPI"]);
    let of_clinicians = |found: &&Value| found["kind"] == "column" && found["where"] == "clinicians";
    let npi = columns.iter().find(of_clinicians).unwrap();
    assert_eq!((&npi["name"], &npi["score"]), (&json!("npi"), &json!(100)));
    let next = npi["next"].as_str().unwrap();
    assert!(next.starts_with("carelake describe clinicians --env local --config "), "{next}");
    let scores: Vec<u64> = columns.iter().map(|found| found["score"].as_u64().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, other| one >= other), "{scores:?}");
    let first = |words: &[&str]| {
        let first = found(&place, words).first().unwrap().clone();
        (first["kind"].as_str().unwrap().to_owned(), first["name"].as_str().unwrap().to_owned())
    };
    assert_eq!(first(&["hospitals"]).0, "dataset");
    assert_eq!(first(&["hospital_enrollments"]), ("source".into(), "hospital_enrollments".into()));
    assert_eq!(first(&["max_reject_ratio"]).0, "setting");
    assert_eq!(first(&["SchemaDrift"]), ("error".into(), "SchemaDrift".into()));
    assert_eq!(first(&["2026-11-01.1"]), ("run".into(), "2026-11-01.1".into()));
    let text = place.carelake(&["find", "npi", "--limit", "2"]);
    assert_eq!((text.code, text.stdout.lines().count()), (Some(0), 6), "{}", text.stdout);
    assert!(text.stdout.contains("\nnext: carelake describe clinicians"), "{}", text.stdout);
    let names: Vec<String> = place.query("select last_name from clinicians limit 1");
    assert_eq!(place.carelake(&["find", &names[0]]).code, Some(2), "a value of the data is found");
}

#[test]
fn what_is_not_there_is_refused_with_the_nearest_name() {
    let place = Place::new();
    let refused = place.carelake(&["find", "clinicans", "--json"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stdout);
    assert!(refused.stderr.contains("did you mean `clinicians`?"), "{}", refused.stderr);
    assert!(!place.path().join("output").exists(), "find writes nothing");
}
