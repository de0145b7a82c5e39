//! Files in a folder: each is taken once, and a manifest says what belongs together.

use super::world::{Lake, files, resource};
use crate::run::RunRequest;
use crate::{EXPORT_FAILED, FhirError};

const AT: &str = "2026-03-01T02:00:00Z";

#[test]
fn a_file_is_taken_once_whatever_it_is_called_and_nothing_new_is_well() {
    let (lake, source) = (Lake::new(), files(""));
    let folder = lake.folder.path().join("inputs/fhir/ehr");
    let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
    assert_eq!(error.kind(), carelake_core::ErrorKind::INPUT_MISSING);
    assert!(error.to_string().contains("fhir/ehr"), "{error}");
    std::fs::create_dir_all(folder).unwrap();
    let result = lake.run(&source);
    assert!(result.nothing_new && result.exports == 0);
    let line = resource("Patient", "a", 1, AT);
    assert_eq!(lake.take(&source, "Patient.ndjson", std::slice::from_ref(&line)).exports, 1);
    let again = lake.run(&source);
    assert!(again.nothing_new && again.parts == 0);
    assert!(lake.take(&source, "other/Patient.ndjson", std::slice::from_ref(&line)).nothing_new);
    lake.put("README.txt", "no resources");
    assert!(lake.run(&source).nothing_new);
    let more = lake.take(&source, "Patient.2.ndjson", &[line, resource("Patient", "b", 1, AT)]);
    assert_eq!(more.counts["Patient"].published, 1);
    assert_eq!(more.counts["Patient"].counted["known"], 1);
}

#[test]
fn a_manifest_says_time_type_and_order() {
    let (lake, source) = (Lake::new(), files(""));
    lake.put("export/p.ndjson", r#"{"resourceType":"Patient","id":"a"}"#);
    lake.put(
        "export/d.ndjson",
        r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Patient/b"}}]}"#,
    );
    let manifest = r#"{"transactionTime":"2026-02-01T00:00:00Z","request":"x","requiresAccessToken":false,
        "output":[{"type":"Observation","url":"https://a.example/x/p.ndjson?sig=1","count":1}],
        "deleted":[{"type":"Bundle","url":"d.ndjson"}],"error":[]}"#;
    lake.put("export/manifest.json", manifest);
    let result = lake.run(&source);
    assert_eq!(result.counts["Patient"].counted["type_mismatch"], 1);
    let changes = lake.rows(&source.changes());
    assert!(changes.iter().all(|row| row["last_updated"] == "2026-02-01T00:00:00Z"), "{changes:?}");
    assert_eq!(lake.changes(&source), ["-Patient/b", "Patient/a@"]);
}

#[test]
fn a_manifest_that_is_none_or_lacks_a_file_or_lines_fails_and_says_so() {
    for (manifest, expected) in [
        ("{}", "it has no transactionTime"),
        (
            r#"{"transactionTime":"2026-02-01T00:00:00Z","output":[{"type":"Patient","url":"../q.ndjson"}]}"#,
            "names a file",
        ),
        (
            r#"{"transactionTime":"2026-02-01T00:00:00Z","output":[{"type":"Patient","url":"p.ndjson","count":2}]}"#,
            "p.ndjson has 1 line, its manifest says 2",
        ),
    ] {
        let (lake, source) = (Lake::new(), files(""));
        lake.put("p.ndjson", resource("Patient", "a", 1, AT));
        lake.put("manifest.json", manifest);
        let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
        assert_eq!(error.kind(), EXPORT_FAILED);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(lake.changes(&source), [""; 0]);
    }
}

#[test]
fn what_is_all_that_there_is_takes_the_rest_away_with_deletes() {
    let (lake, source) = (Lake::new(), files(", buckets: 3, types: [Patient]"));
    let line = |id: &str, version| resource("Patient", id, version, AT);
    lake.take(&source, "1.ndjson", &[line("a", 1), line("b", 1), line("c", 1)]);
    // A file of before that says the same is read, too.
    lake.put("2.ndjson", line("d", 1));
    std::fs::remove_file(lake.folder.path().join("inputs/fhir/ehr/1.ndjson")).unwrap();
    lake.put("3.ndjson", line("a", 1));
    let result = lake.run_full(&source);
    assert_eq!(result.counts["Patient"].counted["absent"], 2);
    assert_eq!(lake.there(&source), ["Patient/a@1", "Patient/d@1"]);
    assert_eq!(lake.changes(&source)[..2], ["-Patient/b", "-Patient/c"]);
    // What was gone comes again when it is newer.
    lake.take(&source, "4.ndjson", &[resource("Patient", "b", 2, "2027-01-01T00:00:00Z"), line("c", 0)]);
    assert_eq!(lake.there(&source), ["Patient/a@1", "Patient/b@2", "Patient/d@1"]);
}

#[test]
fn of_what_is_all_that_there_is_files_that_were_taken_before_are_read_too() {
    let (lake, source) = (Lake::new(), files(""));
    lake.take(&source, "1.ndjson", &[resource("Patient", "a", 1, AT)]);
    lake.put("2.ndjson", resource("Patient", "b", 1, AT));
    let result = lake.run_full(&source);
    assert_eq!(result.counts["Patient"].counted.get("absent"), None);
    assert_eq!(lake.there(&source), ["Patient/a@1", "Patient/b@1"]);
    assert!(lake.run_full(&source).nothing_new);
}

#[test]
fn an_export_that_is_not_whole_takes_nothing_away() {
    let (lake, source) = (Lake::new(), files(", mode: full, tolerated_files: 1"));
    lake.take(&source, "1.ndjson", &[resource("Patient", "a", 1, AT), resource("Patient", "b", 1, AT)]);
    std::fs::remove_file(lake.folder.path().join("inputs/fhir/ehr/1.ndjson")).unwrap();
    lake.put("2.ndjson", resource("Patient", "c", 1, AT));
    lake.put("cut.ndjson", "{\"resourceType\":");
    assert!(lake.run(&source).partial);
    assert_eq!(lake.there(&source).len(), 3);
}

#[test]
fn a_full_export_that_lacks_too_much_is_refused_unless_the_loss_is_accepted() {
    let (lake, source) = (Lake::new(), super::world::source("kind: files, types: [Patient], mode: full"));
    let line = |id: usize| resource("Patient", &format!("p{id}"), 1, AT);
    lake.take(&source, "1.ndjson", &(0..10).map(line).collect::<Vec<_>>());
    std::fs::remove_file(lake.folder.path().join("inputs/fhir/ehr/1.ndjson")).unwrap();
    lake.put("2.ndjson", (0..7).map(line).collect::<Vec<_>>().join("\n"));
    let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
    assert!(matches!(error, FhirError::Drop { absent: 3, there: 10, .. }), "{error}");
    assert_eq!(lake.there(&source).len(), 10);
    lake.try_run(&source, &RunRequest { accept_loss: true, ..RunRequest::default() }).unwrap();
    assert_eq!(lake.there(&source).len(), 7);
}

#[test]
fn a_rollback_takes_files_back_together_with_their_rows() {
    let (lake, source) = (Lake::new(), files(", buckets: 2"));
    lake.take(&source, "1.ndjson", &[resource("Patient", "a", 1, AT)]);
    lake.take(
        &source,
        "2.ndjson",
        &[resource("Patient", "a", 2, "2026-03-02T00:00:00Z"), resource("Patient", "b", 1, AT)],
    );
    lake.roll_back(&source.changes());
    assert_eq!(lake.changes(&source), ["Patient/a@1"]);
    // What is served follows when the source runs, and the second file is taken again.
    let result = lake.run(&source);
    assert_eq!(result.exports, 1);
    assert_eq!(lake.there(&source), ["Patient/a@2", "Patient/b@1"]);
}
