//! Tables of a source: made of the resources that are there, part by part.

use super::world::{Lake, files};
use crate::FhirError;
use crate::run::{RunRequest, rebuild};

fn patient(id: &str, version: u32, more: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","meta":{{"versionId":"{version}","lastUpdated":"2026-03-0{version}T00:00:00Z"}}{more}}}"#
    )
}

#[test]
fn views_follow_what_is_there_and_only_parts_with_a_change_are_written() {
    let (lake, source) = (
        Lake::new(),
        files(", buckets: 8, types: [Patient, Observation], views: [patients, patient_identifiers, observations]"),
    );
    let lines: Vec<String> =
        (0..40).map(|at| patient(&format!("p{at}"), 1, r#","gender":"female","birthDate":"1970-05""#)).collect();
    let result = lake.take(&source, "1.ndjson", &lines);
    assert_eq!(result.tables.rows["patients"], 40);
    assert_eq!(result.tables.rows["observations"], 0, "a type without any resource has its columns");
    let rows = lake.rows(&source.publication("patients"));
    let first = rows.iter().find(|row| row["id"] == "p0").unwrap();
    assert_eq!(
        (first["gender"].as_str(), first["birth_date"].as_str(), first["birth_date_precision"].as_str()),
        ("female", "1970-05-01", "6")
    );
    assert_eq!(first["_source_file"], "1.ndjson");
    assert!(lake.rows(&source.publication("observations")).is_empty());
    assert_eq!(lake.run(&source).tables.parts, 0);
    let changed = lake.take(
        &source,
        "2.ndjson",
        &[patient("p0", 2, r#","gender":"male","birthDate":19700101,"identifier":[{"value":"x"}]"#)],
    );
    assert_eq!(changed.tables.parts, 3, "one part of each view");
    assert_eq!(changed.tables.found["patients.birth_date_invalid"], 1);
    assert_eq!(changed.tables.rows["patient_identifiers"], 1);
    let rows = lake.rows(&source.publication("patients"));
    let first = rows.iter().find(|row| row["id"] == "p0").unwrap();
    assert_eq!(
        (first["gender"].as_str(), first.get("birth_date"), first["_source_file"].as_str()),
        ("male", None, "2.ndjson")
    );
    assert_eq!(rows.len(), 40);
    // A rollback of the log takes tables back, too.
    lake.roll_back(&source.changes());
    lake.put("2.ndjson", "");
    lake.run(&source);
    assert!(lake.rows(&source.publication("patient_identifiers")).is_empty());
    // Another definition, and what is asked for, make anew.
    let parts = lake.with(|world| rebuild(world, &source, &|name| name == "patients")).unwrap().tables.parts;
    assert!((2..=8).contains(&parts));
}

#[test]
fn more_rows_with_several_values_than_may_be_publish_no_table() {
    let view = r#"{"resourceType":"ViewDefinition","status":"active","name":"given","resource":"Patient","select":[{"column":[{"name":"given","path":"name.given"}]}]}"#;
    let lake = Lake::new();
    let mut source = files(", types: [Patient]");
    source.views = vec![crate::config::Definition { name: "given".to_owned(), text: view.into() }];
    source.max_reject_ratio = 0.4;
    let two = r#","name":[{"given":["a","b"]}]"#;
    lake.put("1.ndjson", [patient("a", 1, two), patient("b", 1, "")].join("\n"));
    let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
    assert!(
        matches!(&error, FhirError::Many { many: 1, rows: 2, view, column, .. } if view == "given" && column == "given"),
        "{error}"
    );
    source.max_reject_ratio = 0.5;
    let result = lake.run(&source);
    assert_eq!((result.tables.rows["given"], result.tables.found["given.given_many"]), (2, 1));
}

#[test]
fn a_view_that_cannot_be_made_stops_neither_others_nor_new_files_and_a_corrected_version_mends_it() {
    let lake = Lake::new();
    let mut source = files(", types: [Patient], views: [patients, patient_identifiers]");
    source.max_reject_ratio = 0.01;
    let identified = r#","identifier":[{"value":"x"}]"#;
    lake.put("1.ndjson", patient("a", 1, &format!(r#","gender":["x","y"]{identified}"#)));
    let told = lake.try_run(&source, &RunRequest::default()).unwrap_err().to_string();
    for expected in ["view patients", "column gender", "corrected version", "carelake rollback fhir/ehr/changes"] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert_eq!(lake.rows(&source.publication("patient_identifiers")).len(), 1, "the other view is made");
    assert!(lake.rows(&source.publication("patients")).is_empty());
    // What is new is taken all the same.
    lake.put("2.ndjson", patient("b", 1, identified));
    assert!(matches!(lake.try_run(&source, &RunRequest::default()), Err(FhirError::Many { .. })));
    assert_eq!((lake.there(&source).len(), lake.rows(&source.publication("patient_identifiers")).len()), (2, 2));
    assert!(matches!(lake.try_run(&source, &RunRequest::default()), Err(FhirError::Many { .. })), "with nothing new");
    let result = lake.take(&source, "3.ndjson", &[patient("a", 2, r#","gender":"female""#)]);
    assert_eq!((result.tables.rows["patients"], result.tables.found.get("patients.gender_many")), (2, None));
}
