//! What `lookup` answers and refuses, through the real command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::Stdio;

use crate::support::{DAC, Place, dac, npi};
use serde_json::json;

/// Publishes clinicians, and says which look-ups there are.
fn configured(lookups: &str) -> Place {
    let place = Place::new();
    place.write(DAC, dac(60));
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    place.write("pipeline_config.yaml", format!("{config}\nlookups:\n{lookups}"));
    place.run_clinicians(&[]).published();
    place
}

const PEOPLE: &str =
    "  people: { publication: clinicians, key: npi }\n  pairs: { publication: clinicians, key: [npi, state] }\n";

#[test]
fn each_line_is_answered_in_its_place() {
    let place = configured(PEOPLE);
    place.write("keys.txt", format!("\u{feff}{}\r\n\n{}\n\"{}\"\n{}\n", npi(7), npi(99), npi(3), npi(7)));
    let ran = place.carelake(&["lookup", "people", "--keys", "keys.txt", "--columns", "last_name,state"]);
    let row = |n: u32| format!("{{\"last_name\":\"LAST{n}\",\"state\":\"ME\"}}\n");
    assert_eq!((ran.code, ran.stdout), (Some(0), format!("{}null\n{}{}", row(7), row(3), row(7))), "{}", ran.stderr);
    assert!(ran.stderr.contains("4 keys, 3 of them different; 1 without a row; 1 requests"), "{}", ran.stderr);
    place.write("pairs.jsonl", format!("[\"{}\", \"ME\"]\n{{\"state\":\"NH\",\"npi\":\"{}\"}}\n", npi(7), npi(7)));
    let answer =
        place.carelake(&["lookup", "pairs", "--keys", "pairs.jsonl", "--columns", "last_name", "--json"]).json();
    assert_eq!(answer["rows"], json!([{"last_name": "LAST7"}, null]));
    assert_eq!(
        (&answer["asked"], &answer["distinct"], &answer["missing"], &answer["requests"]),
        (&json!(2), &json!(2), &json!(1), &json!(1))
    );
}

#[test]
fn keys_come_from_standard_input_too() {
    let place = configured(PEOPLE);
    let mut command = place.command(&["lookup", "people", "--keys", "-", "--columns", "npi"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(npi(5).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{{\"npi\":\"{}\"}}\n", npi(5)));
}

#[test]
fn what_cannot_be_looked_up_is_refused_and_no_key_is_told() {
    let place = configured(PEOPLE);
    place.write("keys.txt", "one-secret-key\n");
    for (arguments, code, says) in [
        (&["peple", "--keys", "keys.txt"][..], 2, "did you mean `people`?"),
        (&["people", "--keys", "nowhere.txt"], 2, "--keys nowhere.txt: cannot be read"),
        (&["pairs", "--keys", "keys.txt"], 2, "line 1 is no key of npi (text), state (text)"),
        (&["people", "--keys", "keys.txt", "--columns", "lastname"], 10, "did you mean `last_name`?"),
    ] {
        let ran = place.carelake(&[&["lookup"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says) && !ran.stderr.contains("secret"), "{arguments:?}: {}", ran.stderr);
    }
    let plain = Place::new();
    plain.write("keys.txt", "x\n");
    let ran = plain.carelake(&["lookup", "people", "--keys", "keys.txt"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("has no section `lookups`"), "{}", ran.stderr);
}

#[test]
fn the_section_is_checked_before_anything_is_done() {
    let place = Place::new();
    let config = std::fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    place.write("pipeline_config.yaml", format!("{config}\nlookups:\n  sites: {{ publikation: a/b, key: id }}\n"));
    let ran = place.carelake(&["describe"]);
    assert_eq!(ran.code, Some(10));
    assert!(ran.stderr.contains("lookups.sites") && ran.stderr.contains("`publication`"), "{}", ran.stderr);
}
