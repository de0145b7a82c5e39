//! Which version of a resource is served.

use super::world::{Lake, files, resource, told};

const DAYS: [&str; 4] =
    ["2026-03-01T02:00:00Z", "2026-03-02T02:00:00Z", "2026-03-03T02:00:00Z", "2026-03-04T02:00:00Z"];

fn patient(version: u32, day: usize) -> String {
    resource("Patient", "a", version, DAYS[day])
}

fn deleted(ids: &[&str]) -> String {
    let entry = |id: &&str| format!(r#"{{"request":{{"method":"DELETE","url":"Patient/{id}"}}}}"#);
    let entries: Vec<String> = ids.iter().map(entry).collect();
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#, entries.join(","))
}

/// Writes an export of a day.
fn export(lake: &Lake, day: usize, puts: &[String], gone: &[&str]) {
    lake.put(&format!("{day}/Patient.ndjson"), puts.join("\n"));
    lake.put(&format!("{day}/deleted.ndjson"), deleted(gone));
    let manifest = format!(
        r#"{{"transactionTime":"{}","output":[{{"type":"Patient","url":"Patient.ndjson"}}],"deleted":[{{"type":"Bundle","url":"deleted.ndjson"}}]}}"#,
        DAYS[day]
    );
    lake.put(&format!("{day}/manifest.json"), manifest);
}

#[test]
fn the_latest_version_wins_whatever_order_they_come_in() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (lake, source) = (Lake::new(), files(""));
        for at in order {
            lake.take(&source, &format!("{at}.ndjson"), &[patient(9 - at as u32, at)]);
        }
        assert_eq!(lake.there(&source), ["Patient/a@7"], "{order:?}");
        assert_eq!(lake.changes(&source).len(), 3);
    }
}

#[test]
fn of_one_time_the_larger_number_wins_and_else_who_came_later() {
    let of = |version: &str| patient(1, 0).replace("\"versionId\":\"1\"", &format!("\"versionId\":\"{version}\""));
    for (first, second, expected) in
        [("9", "10", "10"), ("10", "9", "10"), ("x", "b", "b"), ("3", "W/1", "W/1"), ("W/1", "3", "3")]
    {
        let (lake, source) = (Lake::new(), files(""));
        lake.take(&source, "1.ndjson", &[of(first)]);
        let result = lake.take(&source, "2.ndjson", &[of(second)]);
        assert_eq!(lake.there(&source), [format!("Patient/a@{expected}")], "{first} {second}");
        let won = u64::from(expected == second);
        assert_eq!(result.counts["Patient"].published, won, "{first} {second}");
        let (together, source) = (Lake::new(), files(""));
        together.take(&source, "1.ndjson", &[of(first), of(second)]);
        assert_eq!(together.there(&source), [format!("Patient/a@{expected}")], "{first} {second}");
    }
}

#[test]
fn what_comes_again_changes_nothing_and_what_differs_in_content_is_a_version() {
    let (lake, source) = (Lake::new(), files(", buckets: 2"));
    let one = patient(1, 0);
    let result = lake.take(
        &source,
        "1.ndjson",
        &[one.clone(), one.clone(), one.replace(':', " : ").replace("02 : 00 : 00", "02:00:00")],
    );
    assert_eq!(told(&result.counts["Patient"]), told_of([("read", 3), ("published", 1), ("duplicate.again", 2)]));
    let again = lake.take(&source, "2.ndjson", &[one.clone(), String::new()]);
    assert_eq!(told(&again.counts["Patient"]), told_of([("read", 1), ("duplicate.again", 1), ("counted.known", 1)]));
    assert_eq!((again.parts, again.runs.len()), (0, 0), "nothing is written");
    let other = one.replace('}', "").replace("\"meta\"", "\"active\":true,\"meta\"") + "}}";
    let result = lake.take(&source, "3.ndjson", &[other]);
    assert_eq!(result.counts["Patient"].published, 1);
    assert_eq!(lake.changes(&source).len(), 2);
}

fn told_of<const N: usize>(counts: [(&str, u64); N]) -> std::collections::BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[test]
fn a_delete_has_the_time_of_its_export_and_older_versions_do_not_come_back() {
    let (lake, source) = (Lake::new(), files(""));
    export(&lake, 0, &[patient(1, 0)], &["never"]);
    lake.run(&source);
    assert_eq!(lake.changes(&source), ["-Patient/never", "Patient/a@1"]);
    export(&lake, 2, &[resource("Patient", "b", 1, DAYS[2])], &["a"]);
    lake.run(&source);
    assert_eq!(lake.there(&source), ["Patient/b@1"]);
    // An older version that comes late is in the log only; so is one that is known.
    let result = lake.take(&source, "late.ndjson", &[patient(2, 1), patient(1, 0)]);
    assert_eq!(
        told(&result.counts["Patient"]),
        told_of([("read", 2), ("duplicate.superseded", 1), ("duplicate.again", 1), ("counted.known", 1)])
    );
    assert_eq!(lake.there(&source), ["Patient/b@1"]);
    // The same delete again is none.
    export(&lake, 3, &[resource("Patient", "c", 1, DAYS[3])], &["a"]);
    let result = lake.run(&source);
    assert_eq!(result.counts["Patient"].counted["deleted_again"], 1);
    assert_eq!(lake.changes(&source).iter().filter(|it| it.as_str() == "-Patient/a").count(), 1);
    lake.take(&source, "new.ndjson", &[resource("Patient", "a", 3, "2026-04-01T00:00:00Z")]);
    assert_eq!(lake.there(&source), ["Patient/a@3", "Patient/b@1", "Patient/c@1"]);
}

#[test]
fn what_one_export_holds_and_deletes_is_kept() {
    let (lake, source) = (Lake::new(), files(""));
    export(&lake, 1, &[patient(1, 0)], &["a", "a", "x"]);
    let result = lake.run(&source);
    assert_eq!(lake.there(&source), ["Patient/a@1"]);
    let counted = &result.counts["Patient"].counted;
    assert_eq!((counted.get("deleted_and_present"), counted.get("deleted")), (Some(&1), Some(&1)));
}

#[test]
fn other_parts_make_all_anew_and_forget_nothing() {
    let lake = Lake::new();
    let lines: Vec<String> = (0..40).map(|at| resource("Patient", &format!("p{at}"), 1, DAYS[0])).collect();
    lake.put("0/Patient.ndjson", lines.join("\n"));
    lake.run(&files(""));
    export(&lake, 1, &[], &["p3"]);
    lake.run(&files(""));
    let source = files(", buckets: 7");
    let again = lake.take(
        &source,
        "again.ndjson",
        &[lines[0].clone(), lines[3].clone(), resource("Patient", "new", 1, DAYS[1])],
    );
    assert_eq!(again.counts["Patient"].counted["known"], 2);
    assert_eq!(lake.there(&source).len(), 40);
    assert!(!lake.there(&source).contains(&"Patient/p3@1".to_owned()));
    assert!(again.parts > 4);
    let one = lake.take(&source, "one.ndjson", &[resource("Patient", "p5", 2, DAYS[2])]);
    assert_eq!(one.parts, 1, "only the part with a change is written");
}
