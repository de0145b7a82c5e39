//! From lines to rows: every rule.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::world::{Lake, files, resource, told};
use crate::run::{RunRequest, RunResult};
use crate::{EXPORT_FAILED, FhirError};

const AT: &str = "2026-03-01T02:00:00Z";

fn good(id: &str) -> String {
    resource("Patient", id, 1, AT)
}

/// Takes a file whose last line is good.
fn taken(bytes: &[u8]) -> (Lake, RunResult) {
    let (lake, source) = (Lake::new(), files(", types: [Patient, Observation]"));
    lake.put("Patient.1.ndjson", [bytes, b"\n", good("last").as_bytes()].concat());
    let result = lake.run(&source);
    (lake, result)
}

fn count(result: &RunResult, name: &str) -> BTreeMap<String, u64> {
    result.counts.get(name).map(told).unwrap_or_default()
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[test]
fn each_line_that_has_no_row_is_counted_by_its_rule_and_kept() {
    let deep = |depth: usize| {
        format!(r#"{{"resourceType":"Patient","id":"deep","x":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth))
    };
    let id = |id: &str| format!(r#"{{"resourceType":"Patient","id":{id}}}"#);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "filtered.blank_line"),
        (b"  \t".to_vec(), "filtered.blank_line"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\",\"x\":\"Jos\xe9\"}".to_vec(), "rejected.encoding"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\",".to_vec(), "rejected.json"),
        (b"[1]".to_vec(), "rejected.json"),
        (b"7".to_vec(), "rejected.json"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\"} {}".to_vec(), "rejected.json"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\",\"x\":\"\\ud800\"}".to_vec(), "rejected.json"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\",\"x\":\"\\udc00\\ud800\"}".to_vec(), "rejected.json"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\",\"x\":\"\\ud800x\"}".to_vec(), "rejected.json"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"a\",\"x\":01}".to_vec(), "rejected.json"),
        (deep(64).into_bytes(), "rejected.depth"),
        (b"{\"id\":\"a\"}".to_vec(), "rejected.resource_type"),
        (b"{\"resourceType\":\"patient\",\"id\":\"a\"}".to_vec(), "rejected.resource_type"),
        (b"{\"resourceType\":7,\"id\":\"a\"}".to_vec(), "rejected.resource_type"),
        (b"{\"resourceType\":\"Patient\"}".to_vec(), "rejected.resource_id"),
        (id("17").into_bytes(), "rejected.resource_id"),
        (id("\"a b\"").into_bytes(), "rejected.resource_id"),
        (id("\"\"").into_bytes(), "rejected.resource_id"),
        (id(&format!("\"{}\"", "x".repeat(65))).into_bytes(), "rejected.resource_id"),
        (b"{\"resourceType\":\"Basic\",\"id\":\"a\"}".to_vec(), "filtered.not_requested"),
    ];
    for (line, rule) in cases {
        let (lake, result) = taken(&line);
        let shown = String::from_utf8_lossy(&line).chars().take(60).collect::<String>();
        assert_eq!(count(&result, "(none)"), counts([("read", 1), (rule, 1)]), "{shown}");
        let kept = carelake_core::store::Store::list(&lake.rejects, "fhir/ehr/changes/").unwrap();
        assert_eq!(kept.len(), usize::from(rule.starts_with("rejected")), "{shown}");
        if let Some(object) = kept.first() {
            let text = carelake_core::store::Store::read(&lake.rejects, &object.key).unwrap();
            let told: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!((told["file"].as_str(), told["line"].as_u64()), (Some("Patient.1.ndjson"), Some(1)));
            assert_eq!(told["rule"].as_str(), rule.strip_prefix("rejected."), "{shown}");
            match std::str::from_utf8(&line) {
                Ok(line) => assert_eq!(told["text"].as_str(), Some(line)),
                Err(_) => assert!(told["base64"].is_string()),
            }
        }
        assert!(carelake_core::store::Store::list(&lake.rejects, "fhir/_handed/").unwrap().is_empty(), "{shown}");
    }
}

#[test]
fn what_is_unusual_and_right_has_a_row() {
    let deep = format!(r#"{{"resourceType":"Patient","id":"a","x":{}1{}}}"#, "[".repeat(63), "]".repeat(63));
    let id = "a-B.9".repeat(12) + "abcd";
    for line in [
        deep,
        format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#),
        r#"{"resourceType":"Patient","id":"a","x":"\ud83d\ude00 \\u \"{["}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"a","x":1e999}"#.to_owned(),
        " { \"resourceType\" : \"Patient\" , \"id\" : \"a\" } ".to_owned(),
        good("a"),
    ] {
        let (_, result) = taken(line.as_bytes());
        assert_eq!((count(&result, "(none)"), count(&result, "Patient")["published"]), (counts([]), 2), "{line}");
    }
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_next_is_read() {
    let long = format!(r#"{{"resourceType":"Patient","id":"a","x":"{}"}}"#, "x".repeat(64 << 20));
    let (_, result) = taken(long.as_bytes());
    assert_eq!(count(&result, "(none)"), counts([("read", 1), ("rejected.line_too_long", 1)]));
    assert_eq!(count(&result, "Patient")["published"], 1);
}

#[test]
fn line_ends_marks_and_packing_make_no_difference() {
    let lines = [good("a"), good("b"), good("c")];
    let gz = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let joined = lines.join("\n");
    for (name, bytes) in [
        ("Patient.ndjson", joined.clone().into_bytes()),
        ("Patient.ndjson", format!("{joined}\n").into_bytes()),
        ("Patient.ndjson", lines.join("\r\n").into_bytes()),
        ("Patient.ndjson", format!("\u{feff}{joined}\r\n").into_bytes()),
        ("Patient.ndjson.gz", gz(joined.as_bytes())),
        (
            "Patient.ndjson.gz",
            [gz(format!("{}\n", lines[0]).as_bytes()), gz(lines[1..].join("\n").as_bytes())].concat(),
        ),
    ] {
        let (lake, source) = (Lake::new(), files(""));
        lake.put(name, bytes);
        let result = lake.run(&source);
        assert_eq!(count(&result, "Patient"), counts([("read", 3), ("published", 3)]), "{name}");
        assert_eq!(lake.there(&source), ["Patient/a@1", "Patient/b@1", "Patient/c@1"]);
        assert_eq!(lake.rows(&source.resources())[0]["resource"], lines[0]);
    }
}

#[test]
fn a_file_that_ends_in_the_middle_of_its_last_line_fails_and_is_taken_when_it_is_whole() {
    let whole = [good("a"), good("b")].join("\n");
    for (name, bytes) in [
        ("Patient.ndjson", whole.as_bytes()[..whole.len() - 3].to_vec()),
        ("Patient.ndjson", format!("{}\n{{\"resourceType\":\"Patient\",\n", good("a")).into_bytes()),
        (
            "Patient.ndjson",
            [good("a").as_bytes(), b"\n{\"resourceType\":\"Patient\",\"id\":\"b\",\"x\":\"\xc3"].concat(),
        ),
        ("Patient.ndjson.gz", {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(whole.as_bytes()).unwrap();
            let packed = packed.finish().unwrap();
            packed[..packed.len() - 9].to_vec()
        }),
    ] {
        let (lake, source) = (Lake::new(), files(""));
        lake.put("Observation.ndjson", resource("Observation", "o", 1, AT));
        lake.put(name, bytes);
        let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
        assert_eq!(error.kind(), EXPORT_FAILED, "{error}");
        assert!(matches!(error, FhirError::Files { failed: 1, .. }));
        assert_eq!(lake.changes(&source), [""; 0]);
        // Where it is tolerated, the others are published, and it is taken when it is whole.
        let tolerant = files(", tolerated_files: 1");
        let result = lake.run(&tolerant);
        assert_eq!((result.partial, result.failed_files), (true, 1));
        assert_eq!(lake.there(&source), ["Observation/o@1"]);
        std::fs::remove_file(lake.folder.path().join("inputs/fhir/ehr").join(name)).unwrap();
        lake.put("Patient.ndjson", &whole);
        let result = lake.run(&tolerant);
        assert_eq!((result.partial, count(&result, "Patient")), (false, counts([("read", 2), ("published", 2)])));
    }
}

#[test]
fn what_a_line_says_of_itself_counts_and_not_the_name_of_its_file() {
    let (lake, source) = (Lake::new(), files(""));
    lake.put("Patient.1.ndjson", [good("a"), resource("Observation", "o", 1, AT)].join("\n"));
    let result = lake.run(&source);
    assert_eq!(count(&result, "Observation"), counts([("read", 1), ("published", 1), ("counted.type_mismatch", 1)]));
    assert_eq!(count(&result, "Patient"), counts([("read", 1), ("published", 1)]));
    assert_eq!(lake.there(&source), ["Observation/o@1", "Patient/a@1"]);
}

#[test]
fn what_tells_no_time_is_of_the_day_of_its_file_or_of_the_run() {
    for (name, updated, expected) in [
        ("Patient.ndjson", "", "2026-03-07T06:00:01Z"),
        ("2026-02-03/Patient.ndjson", "", "2026-02-03T00:00:00Z"),
        ("Patient_20260204.ndjson", r#""lastUpdated":"yesterday""#, "2026-02-04T00:00:00Z"),
        ("Patient.ndjson", r#""lastUpdated":"2026-03-01T02:00:00.1234567+01:00""#, "2026-03-01T01:00:00.123456Z"),
        ("Patient.ndjson", r#""lastUpdated":"1969-12-31T23:59:59.9999999Z""#, "1969-12-31T23:59:59.999999Z"),
    ] {
        let (lake, source) = (Lake::new(), files(""));
        lake.put(name, format!(r#"{{"resourceType":"Patient","id":"a","meta":{{{updated}}}}}"#));
        let result = lake.run(&source);
        assert_eq!(lake.rows(&source.resources())[0]["last_updated"], expected, "{name} {updated}");
        let missing = count(&result, "Patient").get("counted.last_updated_missing").copied();
        assert_eq!(
            missing,
            (!updated.contains("2026-03") && !updated.contains("1969")).then_some(1),
            "{name} {updated}"
        );
    }
}

#[test]
fn of_a_member_that_is_there_twice_the_last_counts() {
    let (lake, source) = (Lake::new(), files(""));
    lake.put("a.ndjson", r#"{"resourceType":"Basic","id":"x","id":"y","meta":{"versionId":"1","versionId":"2"},"resourceType":"Patient"}"#);
    lake.run(&source);
    assert_eq!(lake.there(&source), ["Patient/y@2"]);
}

#[test]
fn entries_of_bundles_are_taken_and_contained_resources_are_not() {
    let (lake, source) = (Lake::new(), files(""));
    let contained = r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1"},"contained":[{"resourceType":"Patient","id":"c"}]}"#;
    lake.put("one.json", contained);
    let entry = |whole: &str| format!(r#"{{"fullUrl":"urn:uuid:5e4c","resource":{whole}}}"#);
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","timestamp":"2026-01-02T03:04:05Z","entry":[{},{},{},{}]}}"#,
        entry(r#"{"resourceType":"Patient"}"#),
        entry(&good("b")),
        r#"{"request":{"method":"DELETE","url":"Patient/gone"}}"#,
        r#"{"request":{"method":"DELETE","url":"Nonsense/x"}}"#,
    );
    lake.put("bundle.json", &bundle);
    let result = lake.run(&source);
    assert_eq!(lake.there(&source), ["Patient/5e4c@", "Patient/a@1", "Patient/b@1"]);
    assert_eq!(lake.changes(&source), ["-Patient/gone", "Patient/5e4c@", "Patient/a@1", "Patient/b@1"]);
    assert_eq!(count(&result, "Patient")["counted.deleted"], 1);
    assert_eq!(count(&result, "(none)"), counts([("read", 1), ("rejected.resource_type", 1)]));
    let rows = lake.rows(&source.resources());
    let of_bundle = rows.iter().find(|row| row["id"] == "5e4c").unwrap();
    assert_eq!(of_bundle["last_updated"], "2026-01-02T03:04:05Z");
}

#[test]
fn more_rejected_lines_than_may_be_publish_nothing() {
    let (lake, source) = (Lake::new(), super::world::source("kind: files"));
    lake.put("a.ndjson", [good("a"), "{".to_owned(), good("b")].join("\n"));
    let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
    assert!(matches!(error, FhirError::Rejects { rejected: 1, read: 3, .. }), "{error}");
    assert_eq!(lake.changes(&source), [""; 0]);
}

#[test]
fn too_many_rejected_lines_are_told_by_rule_and_place_and_kept_until_the_next_run() {
    let (lake, mut source) = (Lake::new(), files(""));
    source.max_reject_ratio = 0.1;
    let nameless = r#"{"resourceType":"Patient","secret":"Marker"}"#;
    lake.put("1.ndjson", [good("a").as_str(), "Marker", nameless, "Marker", &good("b")].join("\n"));
    lake.put("2.ndjson", ["Marker", &good("c")].join("\n"));
    let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("json 3 (first 1.ndjson:2), resource_id 1 (first 1.ndjson:3)"), "{told}");
    assert!(!told.contains("Marker") && !error.kind().advice.contains("carelake rejects"), "{told}");
    assert_eq!(error.kind(), carelake_core::ErrorKind::REJECT_THRESHOLD);
    let kept = || -> Vec<String> {
        let objects = carelake_core::store::Store::list(&lake.rejects, "fhir/_handed/").unwrap();
        objects.into_iter().map(|object| object.key).collect()
    };
    assert!(kept().len() == 2 && kept().iter().all(|key| key.ends_with(".refused.ndjson")), "{:?}", kept());
    assert!(told.contains(kept()[0].rsplit_once('/').unwrap().0), "{told}");
    source.max_reject_ratio = 1.0;
    assert_eq!(count(&lake.run(&source), "(none)")["read"], 4);
    assert!(kept().is_empty(), "{:?}", kept());
}

#[test]
fn what_is_wrong_with_a_file_that_cannot_be_taken_is_told() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(good("a").as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for (name, bytes, expected) in [
        ("p.ndjson", packed.clone(), "p.ndjson is packed by gzip, and its name does not end with .gz"),
        ("p.ndjson.gz", good("a").into_bytes(), "p.ndjson.gz does not unpack: it is damaged"),
        ("p.ndjson.gz", packed[..packed.len() - 9].to_vec(), "p.ndjson.gz does not unpack: it ends"),
        ("p.ndjson", [good("a").as_bytes(), b"\nZo\xeb 1"].concat(), "p.ndjson is not UTF-8 (line 2)"),
        (
            "p.ndjson",
            [good("a").as_bytes(), b"\n<html>"].concat(),
            "p.ndjson ends with a line that is no JSON (line 2)",
        ),
        ("p.ndjson", [good("a").as_bytes(), b"\n{\"a\":"].concat(), "p.ndjson ends in the middle of a line (line 2)"),
        ("p.json", b"\x1f\x8b\x08".to_vec(), "p.json is packed by gzip"),
    ] {
        let (lake, source) = (Lake::new(), files(""));
        lake.put(name, bytes);
        let error = lake.try_run(&source, &RunRequest::default()).unwrap_err();
        assert_eq!(error.kind(), EXPORT_FAILED, "{error}");
        assert!(error.to_string().contains(expected) && error.to_string().contains("copy it again"), "{error}");
        assert!(!error.kind().advice.contains("server"), "{}", error.kind().advice);
    }
}
