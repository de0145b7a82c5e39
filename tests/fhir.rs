//! Exports of FHIR servers by the command: taken, published, asked, rolled back; and nothing of a resource is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::support::Place;
use carelake_core::ledger::{Ask, Claimed, Leases as _, SqliteLedger};
use serde_json::{Value, json};

/// A text that is in every resource and must be in nothing that is told.
const MARKER: &str = "Zoë-Marker";

const SECTION: &str = "
fhir:
  sources:
    ehr:
      kind: files
      types: [Patient, Observation]
      views: [patients, observations]
      buckets: 4
      max_reject_ratio: 0.5
";

fn place() -> Place {
    let place = Place::new();
    let file = place.path().join("pipeline_config.yaml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, config + SECTION).unwrap();
    place
}

fn patient(id: &str, version: u32, gender: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","meta":{{"versionId":"{version}","lastUpdated":"2026-03-0{version}T00:00:00Z"}},"name":[{{"family":"{MARKER}"}}],"gender":"{gender}"}}"#
    )
}

fn put(place: &Place, name: &str, lines: &[String]) {
    place.write(&format!("input/fhir/ehr/{name}"), lines.join("\n"));
}

fn run(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.carelake(&[&["fhir", "run", "ehr", "--json"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stdout.contains(MARKER) && !ran.stderr.contains(MARKER));
    ran.json()
}

#[test]
fn files_become_versions_resources_and_tables_and_nothing_of_them_is_told() {
    let place = place();
    let broken = format!(r#"{{"resourceType":"Patient","id":"{MARKER}"}}"#);
    put(&place, "Patient.1.ndjson", &[patient("a", 1, "female"), broken, patient("b", 1, "male")]);
    let result = run(&place, &[]);
    assert_eq!(result["counts"]["(none)"]["rejected"], json!({ "resource_id": 1 }));
    assert_eq!((&result["resources"], &result["tables"]["rows"]["patients"]), (&json!(2), &json!(2)));
    let sql = "SELECT id, gender FROM \"fhir/ehr/patients\" ORDER BY id";
    assert_eq!(place.query(sql), ["a,female", "b,male"]);
    assert_eq!(run(&place, &[])["nothing_new"], json!(true));

    put(&place, "Patient.2.ndjson", &[patient("a", 2, "male")]);
    run(&place, &[]);
    assert_eq!(place.query(sql), ["a,male", "b,male"]);
    assert_eq!(place.query("SELECT count(*) FROM \"fhir/ehr/changes\""), ["3"]);
    assert_eq!(place.carelake(&["retract", "fhir/ehr/changes", "2026-11-01.1"]).code, Some(2));
    assert_eq!(place.carelake(&["rollback", "fhir/ehr/changes"]).code, Some(0));
    assert_eq!(run(&place, &[])["counts"]["Patient"]["published"], json!(1), "its file is taken again");
    assert_eq!(place.query(sql), ["a,male", "b,male"]);

    put(&place, "Patient.3.ndjson", &[patient("c", 1, "female")]);
    let refused = place.carelake(&["fhir", "run", "ehr", "--full", "--json"]);
    assert_eq!(refused.code, Some(0), "files that are there still are read, too: {}", refused.stderr);
    fs::remove_dir_all(place.path().join("input/fhir/ehr")).unwrap();
    put(&place, "Patient.4.ndjson", &[patient("d", 1, "female")]);
    let refused = place.carelake(&["fhir", "run", "ehr", "--full", "--json"]);
    assert_eq!(refused.code, Some(14), "{}", refused.stderr);
    assert!(!refused.stderr.contains(MARKER));
    run(&place, &["--full", "--accept-loss"]);
    assert_eq!(place.query(sql), ["d,female"]);

    let standing = place.carelake(&["fhir", "status", "--json"]).json()["sources"][0].clone();
    assert_eq!((&standing["resources"], &standing["held_by"]), (&json!(1), &Value::Null));
    assert_eq!(place.carelake(&["fhir", "release", "ehr"]).code, Some(0));
    assert_eq!(place.carelake(&["fhir", "rebuild", "ehr", "patients"]).code, Some(0));
    assert_eq!(place.carelake(&["fhir", "rebuild", "ehr", "patient"]).code, Some(2));
    assert_eq!(place.carelake(&["fhir", "run", "eh"]).code, Some(2));
}

#[test]
fn rows_of_a_view_are_shown_over_files_and_nothing_is_published() {
    let place = place();
    place.write("p.ndjson", [patient("a", 1, "female"), "no json".to_owned()].join("\n"));
    let ran = place.carelake(&["fhir", "view", "patients", "p.ndjson"]);
    let row: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((ran.code, &row["id"], &row["family"]), (Some(0), &json!("a"), &json!(MARKER)));
    assert!(ran.stderr.contains("1 lines are no JSON object"), "{}", ran.stderr);
    assert!(!place.path().join("output/fhir").exists());
    let unknown = place.carelake(&["fhir", "view", "patient", "p.ndjson"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("patients"), "{}", unknown.stderr);
}

#[test]
fn a_file_that_is_cut_fails_with_the_kind_of_this_room() {
    let place = place();
    let whole = patient("a", 1, "female");
    place.write("input/fhir/ehr/Patient.ndjson", whole.trim_end_matches('}'));
    let ran = place.carelake(&["fhir", "run", "ehr", "--json"]);
    assert_eq!(ran.code, Some(80), "{}", ran.stderr);
    assert!(ran.stderr.contains("ExportFailed") && !ran.stderr.contains(MARKER), "{}", ran.stderr);
}

#[test]
fn what_a_search_finds_is_for_its_owner_and_what_was_there_stays_until_all_is_found() {
    let place = place();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let file = place.path().join("pipeline_config.yaml");
    let config = fs::read_to_string(&file).unwrap();
    let base = format!("http://{}/r4", server.local_addr().unwrap());
    fs::write(&file, format!("{config}    far:\n      kind: bulk\n      base: \"{base}\"\n")).unwrap();
    place.write("found.ndjson", "before");
    place.write("input/other.txt", "");
    let search = |source: &str, out: &str| place.carelake(&["fhir", "search", source, "Patient?a=b", "--out", out]);
    let found = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().contains("found");
    let count = || fs::read_dir(place.path()).unwrap().map(Result::unwrap).filter(found).count();
    assert_eq!(search("ehr", "found.ndjson").code, Some(10), "no server");
    assert_eq!((fs::read_to_string(place.path().join("found.ndjson")).unwrap(), count()), ("before".to_owned(), 1));
    for out in ["nowhere/found.ndjson", "input"] {
        let ran = search("far", out);
        assert!(ran.code == Some(16) && ran.stderr.contains(out), "{}", ran.stderr);
    }
    let answering = std::thread::spawn(move || {
        let mut stream = BufReader::new(server.accept().unwrap().0);
        let (mut line, mut length) = (String::new(), 0);
        while stream.read_line(&mut line).unwrap() > 2 {
            let told = line.to_ascii_lowercase();
            length = told.strip_prefix("content-length:").map_or(length, |told| told.trim().parse().unwrap());
            line.clear();
        }
        stream.read_exact(&mut vec![0; length]).unwrap();
        let body = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a"}}]}"#;
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all((head + body).as_bytes()).unwrap();
    });
    let ran = search("far", "found.ndjson");
    answering.join().unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let found = place.path().join("found.ndjson");
    assert_eq!(fs::read_to_string(&found).unwrap(), "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n");
    assert_eq!(fs::metadata(&found).unwrap().permissions().mode() & 0o777, 0o600);
}
#[test]
fn making_tables_anew_while_another_runs_the_source_is_told_as_json_too() {
    let place = place();
    put(&place, "Patient.1.ndjson", &[patient("a", 1, "female")]);
    run(&place, &[]);
    let ledger = SqliteLedger::open(&place.path().join("output/_carelake/ledger.sqlite")).unwrap();
    let ask = Ask { owner: "another", retake: false, now: jiff::Timestamp::now(), ttl_secs: 900 };
    assert!(matches!(ledger.claim("fhir/ehr", &ask).unwrap(), Claimed::Taken(_)));
    let ran = place.carelake(&["fhir", "rebuild", "ehr", "--json"]);
    assert_eq!((ran.code, &ran.json()["busy"][0]), (Some(0), &json!("another")), "{}", ran.stdout);
}
