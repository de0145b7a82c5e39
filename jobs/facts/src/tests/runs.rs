//! Runs: lists, ends, histories, costs, and what was told.

use carelake_core::ledger::{Attempts, Audit, Event, NewRun, Notices, Object, RunEnd, Runs, Status, Trigger};
use carelake_core::names::{Baseline, Publication, RunId};
use carelake_core::store::Store;
use carelake_pipeline::{RunReport, Usage};
use jiff::civil::date;
use serde_json::json;

use super::{Place, at, run as run_id};
use crate::{
    FactError, Lake, audit, audit_streams, cost, cost_by_month, events, execution_events, notices, run, runs,
    runs_before,
};

fn start(place: &Place, day: i64) -> RunId {
    let new = NewRun {
        as_of: date(2026, 11, 1),
        trigger: Trigger::Manual,
        datasets: vec!["clinicians".into()],
        execution: None,
        baseline: Baseline::default(),
        used: 0,
        now: at(day),
    };
    place.ledger.start_run(&new).unwrap()
}

/// Ends a run, with a report that says what it cost.
fn end(place: &Place, id: &RunId, day: i64, usd: Option<f64>) {
    let usage = Usage {
        state_transitions: Some(10),
        function_calls: None,
        gb_seconds: Some(1.5),
        vcpu_hours: None,
        gb_hours: None,
        objects_written: 3,
        usd,
    };
    let report = RunReport {
        run_id: id.to_string(),
        trigger: Trigger::Manual,
        as_of: id.as_of(),
        status: Status::Failed,
        started_at: at(day),
        finished_at: at(day),
        publications: Vec::new(),
        usage,
    };
    let key = RunReport::key(id);
    place.store.create(&key, &serde_json::to_vec(&report).unwrap()).unwrap();
    let errors = vec!["SchemaDrift".to_owned()];
    let end = RunEnd { status: Status::Failed, errors, report_key: Some(key), now: at(day) };
    place.ledger.finish_run(id, &end).unwrap();
}

#[test]
fn runs_are_listed_newest_first_page_by_page_and_unfinished_ones_show_their_tries() {
    let place = Place::new();
    let ids = [0, 1, 2].map(|day| start(&place, day));
    end(&place, &ids[0], 1, None);
    let lake = place.lake();
    let listed = runs(&lake, 2).unwrap();
    assert_eq!(listed.iter().map(|line| &line.run_id).collect::<Vec<_>>(), [&ids[2], &ids[1]]);
    let next = serde_json::to_value(runs_before(&lake, &ids[1], 2).unwrap()).unwrap();
    let expected = json!([{
        "run_id": "2026-11-01.1", "status": "failed", "trigger": "manual", "datasets": ["clinicians"],
        "started_at": at(0), "finished_at": at(1), "errors": ["SchemaDrift"],
    }]);
    assert_eq!(next, expected);
    place.ledger.start_dataset_run(&ids[2], &Publication::of_dataset("clinicians"), 1, at(2)).unwrap();
    let told = serde_json::to_value(run(&lake, &ids[2]).unwrap()).unwrap();
    let expected = json!({
        "run_id": "2026-11-01.3", "status": "running", "trigger": "manual", "started_at": at(2), "finished_at": null,
        "tries": [{
            "publication": "clinicians", "attempt": 1, "status": "running", "started_at": at(2), "finished_at": null,
            "error": null,
        }],
    });
    assert_eq!(told, expected);
    let told = serde_json::to_value(run(&lake, &ids[0]).unwrap()).unwrap();
    assert_eq!((&told["status"], &told["usage"]["objects_written"]), (&json!("failed"), &json!(3)), "its report");
    let unknown = run(&lake, &run_id("2026-11-01.9")).unwrap_err();
    assert!(matches!(&unknown, FactError::UnknownRun(id) if id.number() == 9), "{unknown}");
    let nothing = runs(&Lake { ledger: None, ..lake }, 2).unwrap_err();
    assert!(matches!(nothing, FactError::NothingRan { .. }), "{nothing}");
}

#[test]
fn a_history_is_found_by_run_and_by_execution() {
    let place = Place::new();
    let keys = ["_carelake/runs/2026-11-01.1/history.jsonl", "_carelake/executions/toy_daily/x-1/history.jsonl"];
    for key in keys {
        place.store.create(key, b"{\"id\": 1}\n{\"id\": 2}\n").unwrap();
    }
    let lake = place.lake();
    assert_eq!(events(&lake, &run_id("2026-11-01.1")).unwrap().len(), 2);
    assert_eq!(execution_events(&lake, "toy_daily", "x-1").unwrap().len(), 2);
    let none = events(&lake, &run_id("2026-11-01.2")).unwrap_err();
    assert_eq!(none.to_string(), "run 2026-11-01.2 left no history");
    place.store.create("_carelake/runs/2026-11-01.3/history.jsonl", b"{\n{\"id\": 2}\n").unwrap();
    let damaged = events(&lake, &run_id("2026-11-01.3")).unwrap_err();
    assert_eq!(damaged.to_string(), "the history of run 2026-11-01.3 is damaged");
}

#[test]
fn costs_are_added_up_by_month_and_what_is_not_known_is_counted() {
    let place = Place::new();
    for (day, usd) in [(0, Some(0.25)), (1, None), (40, Some(0.5))] {
        let id = start(&place, day);
        end(&place, &id, day, usd);
    }
    let lines = cost(&place.lake(), 10).unwrap();
    assert_eq!(lines.iter().map(|line| line.usd).collect::<Vec<_>>(), [Some(0.5), None, Some(0.25)]);
    let months = cost_by_month(&lines);
    let sums: Vec<_> =
        months.iter().map(|sums| (sums.month, sums.runs, sums.unpriced, sums.state_transitions, sums.usd)).collect();
    let expected = [(date(2026, 10, 1), 1, 0, 10, Some(0.5)), (date(2026, 9, 1), 2, 1, 20, Some(0.25))];
    assert_eq!(sums, expected);
}

#[test]
fn notices_and_entries_of_the_audit_are_found_without_knowing_whose_they_are() {
    let place = Place::new();
    let lake = place.lake();
    let told = Notices::new(&place.ledger, &place.scope);
    for (id, recipient, day) in [("a", "lab", 1), ("b", "clinic", 2), ("c", "lab", 3)] {
        told.tell(id, recipient, "a file was refused", at(day)).unwrap();
    }
    let found = notices(&lake).unwrap();
    assert_eq!(found.iter().map(|notice| notice.id.as_str()).collect::<Vec<_>>(), ["c", "b", "a"]);
    let stream = Audit::new(&place.ledger, &place.scope);
    for (name, id) in [("loads", "1"), ("access", "1"), ("loads", "2")] {
        let event = Event { id: id.into(), at: at(1), actor: "ann".into(), what: Object::new() };
        stream.append(name, &event).unwrap();
    }
    assert_eq!(audit_streams(&lake).unwrap(), ["access", "loads"]);
    let entries = audit(&lake, "loads", 1, 10).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2]);
    let nothing = Lake { ledger: None, ..lake };
    assert_eq!((notices(&nothing).unwrap(), audit_streams(&nothing).unwrap()), (Vec::new(), Vec::new()));
}
