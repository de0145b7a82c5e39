//! What `read` shows and refuses, through the real command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{DAC, Place, dac, npi};
use serde_json::{Value, json};

fn published() -> Place {
    let place = Place::new();
    place.write(DAC, dac(60));
    place.run_clinicians(&[]).published();
    place
}

/// Returns the only file of the clinicians that are published, and its place.
fn file(place: &Place) -> (String, Vec<u8>) {
    let name = "output/clinicians/current/state=ME/source=dac/part-00000.snappy.parquet".to_owned();
    let bytes = fs::read(place.path().join(&name)).unwrap();
    (name, bytes)
}

#[test]
fn a_publication_a_folder_and_a_file_have_the_same_rows() {
    let place = published();
    let (name, _) = file(&place);
    let condition = format!("npi = '{}' or npi = '{}'", npi(7), npi(70));
    let arguments = ["--columns", "npi,years_enrolled,telehealth,enrollment_date,suffix", "--where", &condition];
    let expected = format!(
        "{{\"npi\":\"{}\",\"years_enrolled\":16,\"telehealth\":true,\"enrollment_date\":\"2010-03-15\",\"suffix\":null}}\n",
        npi(7)
    );
    for source in ["clinicians", "clinicians@1", "output/clinicians/current", "./output/clinicians/current", &name] {
        let ran = place.carelake(&[&["read", source], &arguments[..]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), expected.as_str()), "{source}: {}", ran.stderr);
        assert!(ran.stderr.contains("1 rows of 1 files; ") && ran.stderr.contains(" fetched by "), "{}", ran.stderr);
    }
    // A folder alone needs no configuration, and folders are columns.
    fs::remove_file(place.path().join("pipeline_config.yaml")).unwrap();
    let ran = place.carelake(&["read", "output/clinicians/current", "--where", "state = 'ME' and source = 'dac'"]);
    assert_eq!(ran.stdout.lines().count(), 60, "{}", ran.stderr);
    let first: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["state"], &first["source"]), (&json!("ME"), &json!("dac")));
}

#[test]
fn rows_are_limited_and_written_as_lines_csv_or_one_object() {
    let place = published();
    let ran = place.carelake(&["read", "clinicians", "--columns", "last_name,state", "--limit", "2"]);
    assert_eq!(ran.stdout, "{\"last_name\":\"LAST0\",\"state\":\"ME\"}\n{\"last_name\":\"LAST1\",\"state\":\"ME\"}\n");
    let csv = ["read", "clinicians", "--columns", "state,last_name,suffix", "--limit", "1", "--format", "csv"];
    assert_eq!(place.carelake(&csv).stdout, "state,last_name,suffix\nME,LAST0,\n");
    let answer = place.carelake(&["read", "clinicians", "--where", "last_name in ('LAST3', 'x')", "--json"]).json();
    assert_eq!((&answer["shown"], &answer["files"], &answer["failed"]), (&json!(1), &json!(1), &json!([])));
    assert_eq!(answer["rows"][0]["npi"], json!(npi(3)));
    assert!(answer["fetched_bytes"].as_u64().unwrap() <= 2 * answer["bytes"].as_u64().unwrap());
    let none = place.carelake(&["read", "clinicians", "--where", "last_name is null", "--json"]).json();
    assert_eq!((&none["rows"], &none["shown"]), (&json!([]), &json!(0)));
}

#[test]
fn what_is_misspelt_is_refused_with_the_nearest_name() {
    let place = published();
    for (arguments, says) in [
        (&["clinicans"][..], "did you mean `clinicians`?"),
        (&["clinicians", "--columns", "npi,lastname"], "did you mean `last_name`?"),
        (&["clinicians", "--where", "lastname = 'x'"], "did you mean `last_name`?"),
        (&["clinicians", "--where", "last_name ="], "--where: character 12: a value must be here"),
        (&["clinicians", "--where", "enrollment_date > 3"], "is compared with '2026-11-01'"),
        (&["clinicians@99"], "there is no state 99"),
        (&["hospitals"], "was never published into"),
        (&["./nowhere"], "is not there"),
        (&["gs://bucket/x"], "scheme `gs` is not supported"),
    ] {
        let ran = place.carelake(&[&["read"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
    }
    place.write("empty/readme.txt", "no Parquet");
    assert_eq!(place.carelake(&["read", "empty"]).code, Some(11));
}

#[test]
fn a_file_that_is_cut_ends_the_reading_or_is_passed_over() {
    let place = published();
    let (_, bytes) = file(&place);
    place.write("mixed/a.parquet", &bytes[..bytes.len() - 20]);
    place.write("mixed/b.parquet", b"id,secret-name\n1,Ada\n");
    place.write("mixed/c/state=NH/c.parquet", &bytes);
    place.write("mixed/_aside.parquet", b"no Parquet");
    let ran = place.carelake(&["read", "mixed", "--columns", "npi"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(30), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("mixed/a.parquet is cut") && ran.stderr.contains("--keep-going"), "{}", ran.stderr);
    let ran = place.carelake(&["read", "mixed", "--columns", "npi,state", "--keep-going"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(30), 60), "{}", ran.stderr);
    assert!(ran.stdout.contains("\"state\":\"NH\""), "{}", ran.stdout);
    for says in ["passed over", "a.parquet is cut", "b.parquet is not a Parquet file"] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    let answer = place.carelake(&["read", "mixed", "--limit", "1", "--keep-going", "--json"]).json();
    assert_eq!((&answer["failed"][0]["error"], &answer["shown"]), (&json!("InputMalformed"), &json!(1)));
}
