//! The functions, called as a state machine calls them: with retries whose first answer was lost.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use carelake_core::ledger::SqliteLedger;
use carelake_core::store::{LocalStore, Store};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use jiff::Timestamp;
use serde_json::json;

use super::*;

const CONFIG: &str = include_str!("../../../../pipeline_config.yaml");

/// Runs something on an empty lake whose clock moves a second each time it is read.
fn on_a_lake(run: impl FnOnce(Pipeline<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let config = Arc::new(Config::parse(CONFIG, Path::new("pipeline_config.yaml")).unwrap());
    let store = |name: &str| LocalStore::new(folder.path().join(name));
    let input: Arc<dyn Store> = Arc::new(store("input"));
    let seconds = AtomicI64::new(1_800_000_000);
    run(Pipeline {
        services: Services {
            config: &config,
            inputs: &Inputs::new(Arc::clone(&config), input, folder.path()),
            output: &store("output"),
            rejects: &store("rejects"),
            ledger: &SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap(),
            now: &|| Timestamp::from_second(seconds.fetch_add(1, Ordering::Relaxed)).unwrap(),
            is_cancelled: &|| false,
        },
        environment: "dev",
        options: "--env dev",
        host: None,
        zone: &jiff::tz::TimeZone::UTC,
        kinds: carelake_core::ErrorKinds(&[carelake_core::error::ERRORS]),
        code_version: "test",
        expense: Expense::default(),
    });
}

fn request() -> Value {
    json!({"execution": "monthly-1", "input": {"trigger": "schedule", "as_of": "2026-11-01", "datasets": ["clinicians"]}})
}

#[test]
fn planning_an_execution_twice_makes_one_run() {
    on_a_lake(|pipeline| {
        let plan = pipeline.plan(&request()).unwrap();
        assert_eq!(plan, pipeline.plan(&request()).unwrap());
        assert_eq!((plan.run_id.as_str(), plan.datasets.get("clinicians")), ("2026-11-01.1", Some(&true)));
        assert_eq!(pipeline.services.ledger.runs(10).unwrap().len(), 1);
    });
}

#[test]
fn reporting_twice_answers_the_report_that_was_kept() {
    on_a_lake(|pipeline| {
        let plan = pipeline.plan(&request()).unwrap();
        let cause = json!({"errorType": "InputMissing", "errorMessage": "no file"}).to_string();
        let failed = json!({"dataset": "clinicians", "status": "failed", "error": "InputMissing", "cause": cause});
        let payload = json!({"plan": plan, "results": [failed]});
        let answer = pipeline.report(&payload).unwrap();
        assert_eq!(answer, pipeline.report(&payload).unwrap());
        assert_eq!((answer.succeeded, answer.error.as_str()), (false, "InputMissing"));
        assert!(answer.message.contains("InputMissing: no file: clinicians"), "{}", answer.message);
        let run = pipeline.services.ledger.run(&plan.run_id.parse().unwrap()).unwrap().unwrap();
        assert_eq!(run.status, Status::Failed);
    });
}

#[test]
fn a_run_without_a_plan_is_told_by_its_error() {
    on_a_lake(|pipeline| {
        let failed = json!({"step": "plan", "status": "failed", "error": "Storage", "cause": "no table"});
        let answer = pipeline.report(&json!({"plan": null, "results": [failed]})).unwrap();
        assert_eq!((answer.succeeded, answer.run_id, answer.error.as_str()), (false, None, "Storage"));
        assert!(answer.subject.contains("Storage") && answer.message.contains("no table"));
    });
}

#[test]
fn a_payload_that_cannot_be_read_is_told_so() {
    on_a_lake(|pipeline| {
        for payload in [json!({}), json!({"input": {"trigger": "schedule", "as_of": "soon"}})] {
            assert_eq!(pipeline.plan(&payload).unwrap_err().kind, ErrorKind::INVALID_CONFIG);
        }
        let unknown = json!({"input": {"trigger": "manual", "as_of": "2026-11-01", "datasets": ["clinic"]}});
        let failure = pipeline.plan(&unknown).unwrap_err();
        assert!(failure.reason.contains("clinicians"), "{failure}");
        assert!(pipeline.services.ledger.runs(10).unwrap().is_empty());
    });
}
