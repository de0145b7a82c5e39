//! Publications: what is told of them, their course, columns and lineage.

use carelake_core::publish::{FileInput, Input, Serves};
use serde_json::json;

use super::{Place, at, column, manifest, publication, run};
use crate::{course, kept, lineage, publication as details, publications, rejects, schemas};

fn file(name: &str) -> Input {
    Input::File(FileInput { source: "given".into(), file: name.into(), bytes: 7, sha256: "ab".into() })
}

fn of_truth() -> Input {
    Input::Publication { publication: publication("files/truth"), content: 3, runs: vec![run("2026-11-01.2")] }
}

/// Serves a snapshot of two runs, and a log that was made of it.
fn place() -> Place {
    let place = Place::new();
    let (id, size) = (column("id", "int64"), column("size", "int32"));
    let first = manifest("files/truth", "2026-11-01.1", 1, &[id.clone(), size], vec![file("a.csv")]);
    let wide = [id.clone(), column("size", "int64"), column("shade", "text")];
    let second = manifest("files/truth", "2026-11-01.2", 2, &wide, vec![file("b.csv")]);
    place.serve(Serves::Snapshot, 2, &[first, second]);
    let log = ["2026-11-01.3", "2026-11-01.4"]
        .map(|run| manifest("toy/things", run, 3, std::slice::from_ref(&id), vec![of_truth()]));
    place.serve(Serves::Log, 4, &log);
    place
}

#[test]
fn publications_are_those_that_the_output_has_of_files_and_rooms() {
    let place = place();
    let told = serde_json::to_value(publications(&place.lake()).unwrap()).unwrap();
    assert_eq!((&told[0]["publication"], &told[1]["publication"]), (&json!("files/truth"), &json!("toy/things")));
    assert_eq!(
        (&told[0]["served"]["rows"], &told[1]["served"]["rows"]),
        (&json!(90), &json!(180)),
        "a log serves both"
    );
    assert_eq!((&told[0]["key"], &told[1]["key"]), (&json!([]), &json!(["id"])), "the room knows the key");
    assert_eq!(told[0]["served"]["age_days"], json!(7));
    let told = serde_json::to_value(details(&place.lake(), &publication("files/truth")).unwrap()).unwrap();
    assert_eq!(told["columns"][2]["name"], json!("shade"));
    assert_eq!((&told["sources"][0]["file"], &told["sources"][0]["sha256"]), (&json!("b.csv"), &json!("ab")));
}

#[test]
fn kept_runs_and_lists_say_which_are_served() {
    let place = place();
    let (runs, lists) = kept(&place.lake(), &publication("files/truth")).unwrap();
    let states: Vec<_> = runs.iter().map(|run| (run.run_id.to_string(), run.state)).collect();
    assert_eq!(states, [("2026-11-01.2".to_owned(), "served"), ("2026-11-01.1".to_owned(), "kept")]);
    assert_eq!(lists, [], "the runs of a snapshot tell it");
    let (_, lists) = kept(&place.lake(), &publication("toy/things")).unwrap();
    assert_eq!(lists.iter().map(|list| (list.sequence, list.state, list.runs)).collect::<Vec<_>>(), [(4, "served", 2)]);
}

#[test]
fn a_course_goes_from_the_oldest_run_to_the_newest() {
    let place = place();
    let course = course(&place.lake(), &publication("files/truth")).unwrap();
    let figures: Vec<_> =
        course.iter().map(|line| (line.written_at, line.read, line.published, line.duplicates)).collect();
    assert_eq!(figures, [(at(1), 93, 90, 2), (at(2), 93, 90, 2)]);
    assert_eq!(course[0].rejected["npi_format"], 1);
}

#[test]
fn a_history_of_columns_tells_what_came_went_and_changed_and_the_ledger_goes_before_the_runs() {
    let place = place();
    let truth = publication("files/truth");
    let changes = schemas(&place.lake(), &truth).unwrap();
    let names = |at: usize| -> (Vec<&str>, Vec<&str>, Vec<&str>) {
        let change = &changes[at];
        (
            change.added.iter().map(|column| column.name.as_str()).collect(),
            change.removed.iter().map(|column| column.name.as_str()).collect(),
            change.changed.iter().map(|column| column.after.kind.as_str()).collect(),
        )
    };
    assert_eq!(names(0), (vec!["id", "size"], vec![], vec![]));
    assert_eq!(names(1), (vec!["shade"], vec![], vec!["int64"]));
    assert_eq!(changes.len(), 2);
    use carelake_core::ledger::Schemas;
    place.ledger.record_schema(&truth, &[column("id", "int64")], &run("2026-10-01.1"), at(0)).unwrap();
    let changes = schemas(&place.lake(), &truth).unwrap();
    assert_eq!(changes.iter().map(|change| change.run_id.to_string()).collect::<Vec<_>>(), ["2026-10-01.1"]);
}

#[test]
fn refused_rows_are_told_by_rule_with_what_the_rule_means() {
    let place = place();
    let lines = rejects(&place.lake(), &publication("files/truth")).unwrap();
    assert_eq!((lines[0].rule.as_str(), lines[0].rows), ("npi_format", 1));
    assert_eq!(lines[0].meaning.as_deref(), Some("no NPI: ten digits"));
    assert_eq!(crate::meaning_of_rule("year_invalid").as_deref(), Some("a value of year that its type does not have"));
    assert_eq!(crate::meaning_of_rule("own_rule"), None);
}

#[test]
fn lineage_leads_from_files_to_what_reads_hears_and_names_a_publication() {
    let place = place();
    let told = lineage(&place.lake(), &publication("files/truth")).unwrap();
    let up: Vec<_> = told.up.iter().map(|up| (up.kind, up.what.as_str(), up.sha256.as_deref())).collect();
    assert_eq!(up, [("file", "b.csv", Some("ab"))]);
    let down: Vec<_> = told.down.iter().map(|down| (down.kind, down.name.as_str(), down.room)).collect();
    let expected = [
        ("definition", "toy_daily", Some("toy")),
        ("publication", "toy/things", None),
        ("configuration", "toy.things.bay_labs.table", None),
    ];
    assert_eq!(down, expected);
    let told = lineage(&place.lake(), &publication("toy/things")).unwrap();
    let up: Vec<_> = told.up.iter().map(|up| (up.run_id.to_string(), up.kind, up.of.as_str())).collect();
    let run = |number: u32| (format!("2026-11-01.{number}"), "publication", "files/truth");
    assert_eq!((up, told.down), (vec![run(4), run(3)], Vec::new()), "the last run first");
}
