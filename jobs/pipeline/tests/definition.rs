//! Runs `pipeline.asl.json` on the virtual clock, with the types that the functions read: every payload, placeholder and error of
//! the definition is one of ours; retries, isolation, and exactly one notification whatever happens.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that panics fails, as it should")]

mod injected;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use carelake_core::error::ERRORS;
use carelake_core::ledger::Trigger;
use carelake_pipeline::{ExtractTask, Plan, PlanTask, ReportTask, placeholder};
use carelake_statemachine::state::StateKind;
use carelake_statemachine::{
    Abort, Binding, Event, Execution, ExecutionContext, Inject, Machine, Outcome, Silent, Status, TaskCall, TaskError,
    Tasks, VirtualClock, diagram, execute, lambda_result, substitute,
};
use injected::Injected;
use jiff::civil::date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The datasets of the definition, in its order.
const DATASETS: [&str; 5] = ["clinicians", "practices", "providers", "enrollments", "hospitals"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachine").join(file)).unwrap()
}

/// Returns the placeholders of the functions: plan, report, and one for each dataset.
fn functions() -> Vec<String> {
    ["plan", "report"].iter().chain(&DATASETS).map(|name| placeholder(name)).collect()
}

fn machine() -> Machine {
    let mut values: BTreeMap<String, String> = functions().into_iter().map(|name| (name.clone(), name)).collect();
    values.insert("AlertsTopic".to_owned(), "arn:aws:sns:eu-west-1:111111111111:alerts".to_owned());
    let machine = Machine::parse(&substitute(&read("pipeline.asl.json"), &values).unwrap()).unwrap();
    assert_eq!(machine.unbound(&Jobs::default()), []);
    machine
}

/// Stands in for the jobs: answers as they do and keeps what was published, asked and sent.
#[derive(Default)]
struct Jobs {
    plan: Option<Value>,
    report: Option<Value>,
    calls: Mutex<Vec<(String, Value)>>,
}

impl Jobs {
    fn payloads(&self, name: &str) -> Vec<Value> {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|(called, _)| called == name)
            .map(|(_, payload)| payload.clone())
            .collect()
    }
}

fn plan() -> Value {
    let plan = Plan {
        run_id: "2026-11-01.1".into(),
        trigger: Trigger::Manual,
        as_of: date(2026, 11, 1),
        accept_loss: false,
        datasets: DATASETS.iter().map(|name| ((*name).to_owned(), true)).collect(),
        feeds: vec!["mercy".into(), "stjude".into()],
    };
    serde_json::to_value(plan).unwrap()
}

fn read_back<T: DeserializeOwned + Serialize>(payload: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(payload.clone()).unwrap()).unwrap()
}

/// Checks that what the definition hands to a function is what the function reads.
fn assert_readable(function: &str, payload: &Value) {
    let task = match function {
        "PlanFunction" => read_back::<PlanTask>(payload),
        "ReportFunction" => read_back::<ReportTask>(payload),
        "sns" => return,
        dataset => {
            assert_eq!(placeholder(payload["dataset"].as_str().unwrap()), dataset);
            read_back::<ExtractTask>(payload)
        }
    };
    let known = task.as_object().unwrap();
    let unread: Vec<&String> = payload.as_object().unwrap().keys().filter(|name| !known.contains_key(*name)).collect();
    assert_eq!(unread, [] as [&String; 0], "{function} reads nothing of these");
}

/// Composes a report as the job does: it succeeded when nothing failed.
fn report(payload: &Value) -> Value {
    let text = payload["results"].to_string();
    let succeeded = !text.contains(r#""status":"failed""#);
    json!({
        "succeeded": succeeded, "subject": "carelake run-1", "message": text,
        "error": if succeeded { "" } else { "Failed" }, "cause": if succeeded { "" } else { "see the report" },
    })
}

impl Tasks for Jobs {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        match binding.function_name() {
            Some(function) => functions().iter().any(|name| name == function),
            None => binding.resource.arn == "arn:aws:states:::sns:publish",
        }
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        let name = call.function_name().unwrap_or("sns").to_owned();
        let payload = if name == "sns" { call.input.clone() } else { call.input["Payload"].clone() };
        // A plan that lacks a field is handed on by nobody but the test of just that.
        if self.plan.is_none() {
            assert_readable(&name, &payload);
        }
        self.calls.lock().unwrap().push((name.clone(), payload.clone()));
        Ok(match name.as_str() {
            "PlanFunction" => lambda_result(self.plan.clone().unwrap_or_else(plan)),
            "ReportFunction" => lambda_result(self.report.clone().unwrap_or_else(|| report(&payload))),
            "sns" => json!({"MessageId": "1"}),
            _ => lambda_result(json!({"rows": 3})),
        })
    }
}

fn run(jobs: Jobs, injections: &[&str]) -> (Outcome, Arc<Jobs>) {
    let jobs = Arc::new(jobs);
    let injections: Vec<Inject> = injections.iter().map(|text| text.parse().unwrap()).collect();
    let started = "2026-11-02T05:00:00Z".parse().unwrap();
    let tasks = Injected { tasks: Arc::clone(&jobs) as Arc<dyn Tasks>, injections };
    let outcome = execute(Execution {
        machine: &machine(),
        input: json!({"trigger": "manual", "as_of": "2026-11-01"}),
        context: ExecutionContext::new("run-1", "carelake", started),
        tasks: Arc::new(tasks),
        clock: &VirtualClock::starting_at(started),
        observer: &mut Silent,
        abort: Abort::new(),
    });
    (outcome, jobs)
}

/// Returns the seconds since the start at which a task was scheduled.
fn tries(outcome: &Outcome, state: &str) -> Vec<i64> {
    let start = outcome.history[0].at;
    let label = format!("TaskScheduled {state}");
    let events = outcome.history.iter().filter(|event| event.label() == label);
    events.map(|event: &Event| event.at.duration_since(start).as_secs()).collect()
}

fn notices(jobs: &Jobs) -> usize {
    jobs.payloads("sns").len()
}

#[test]
fn a_good_run_publishes_everything_and_sends_one_notice() {
    let (outcome, jobs) = run(Jobs::default(), &[]);
    assert_eq!(outcome.status, Status::Succeeded, "{:?}", outcome.cause);
    assert_eq!(notices(&jobs), 1);
    let results = &jobs.payloads("ReportFunction")[0]["results"];
    for (index, dataset) in DATASETS.iter().enumerate() {
        assert_eq!(results[index]["dataset"], *dataset);
    }
    assert_eq!(results[4]["feeds"].as_array().unwrap().len(), 2);
    let asked = &jobs.payloads("CliniciansFunction")[0];
    assert_eq!(
        *asked,
        json!({"run_id": "2026-11-01.1", "as_of": "2026-11-01", "dataset": "clinicians", "accept_loss": false, "retries": 0})
    );
}

#[test]
fn a_failure_that_heals_is_retried_after_two_four_and_eight_seconds() {
    let (outcome, jobs) = run(Jobs::default(), &["clinicians:Storage:3"]);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(tries(&outcome, "ExtractCliniciansTask"), [0, 2, 6, 14]);
    assert_eq!(jobs.payloads("CliniciansFunction")[0]["retries"], 3);
    assert_eq!(notices(&jobs), 1);
}

#[test]
fn a_dataset_that_keeps_failing_is_isolated_and_reported_once() {
    let (outcome, jobs) = run(Jobs::default(), &["providers:Storage:9"]);
    assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Failed, Some("Failed")));
    assert_eq!(tries(&outcome, "ExtractProvidersTask").len(), 4);
    let results = &jobs.payloads("ReportFunction")[0]["results"];
    assert_eq!(results[2]["status"], "failed");
    assert_eq!(results[2]["error"], "Storage");
    assert_eq!(results[0]["status"], "published");
    assert_eq!(notices(&jobs), 1);
}

#[test]
fn one_feed_of_hospitals_fails_alone() {
    let (outcome, jobs) = run(Jobs::default(), &["hospitals/mercy:SchemaDrift:9"]);
    assert_eq!(outcome.status, Status::Failed);
    let feeds = &jobs.payloads("ReportFunction")[0]["results"][4]["feeds"];
    assert_eq!(feeds[0]["status"], "failed");
    assert_eq!(feeds[0]["feed"], "mercy");
    assert_eq!(feeds[1]["status"], "published");
    assert_eq!(tries(&outcome, "ExtractHospitalsTask").len(), 2);
    assert_eq!(notices(&jobs), 1);
}

#[test]
fn datasets_that_were_not_asked_for_are_skipped() {
    let mut plan = plan();
    plan["datasets"] = json!({"practices": true, "clinicians": false});
    let (outcome, jobs) = run(Jobs { plan: Some(plan), ..Jobs::default() }, &[]);
    assert_eq!(outcome.status, Status::Succeeded);
    let results = &jobs.payloads("ReportFunction")[0]["results"];
    let statuses: Vec<&str> =
        results.as_array().unwrap().iter().map(|result| result["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["skipped", "published", "skipped", "skipped", "skipped"]);
    assert!(jobs.payloads("CliniciansFunction").is_empty());
}

#[test]
fn a_run_that_cannot_be_planned_still_reports_and_tells_once() {
    let (outcome, jobs) = run(Jobs::default(), &["ValidateInput:InvalidConfig:9"]);
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(tries(&outcome, "ValidateInput"), [0]);
    assert_eq!(jobs.payloads("ReportFunction")[0]["results"][0]["error"], "InvalidConfig");
    assert_eq!(notices(&jobs), 1);
    let (outcome, jobs) = run(Jobs { plan: Some(json!({"run_id": "run-1"})), ..Jobs::default() }, &[]);
    assert_eq!((outcome.status, notices(&jobs)), (Status::Failed, 1));
}

#[test]
fn a_report_that_fails_or_lacks_a_field_still_leads_to_one_notice() {
    let (outcome, jobs) = run(Jobs::default(), &["Report:Storage:9"]);
    assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Failed, Some("Storage")));
    assert_eq!(notices(&jobs), 1);
    assert!(jobs.payloads("sns")[0]["Subject"].as_str().unwrap().len() <= 100);
    let (outcome, jobs) = run(Jobs { report: Some(json!({"succeeded": true})), ..Jobs::default() }, &[]);
    assert_eq!((outcome.status, outcome.error.as_deref(), notices(&jobs)), (Status::Failed, Some("Internal"), 1));
}

#[test]
fn a_lost_notice_of_success_leaves_a_success_that_says_so() {
    let (outcome, jobs) = run(Jobs::default(), &["NotifySuccess:SNS.InternalError:9"]);
    assert_eq!((outcome.status, notices(&jobs)), (Status::Succeeded, 0));
    assert_eq!(outcome.output.as_ref().unwrap()["notification"]["error"], "SNS.InternalError");
    assert_eq!(tries(&outcome, "NotifySuccess"), [0, 2, 6, 14]);
    let (outcome, _) = run(Jobs::default(), &["NotifyFailure:SNS.InternalError:9", "clinicians:SchemaDrift:1"]);
    assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Failed, Some("Failed")));
}

#[test]
fn the_longest_subject_of_the_definition_fits() {
    let longest = format!("carelake FAILED {}", "x".repeat(80));
    assert!(longest.len() <= 100);
    assert!(read("pipeline.asl.json").contains("carelake FAILED {}"));
}

#[test]
fn every_error_of_the_jobs_is_listed_or_falls_to_states_all_as_the_readme_says() {
    let readme = read("README.md");
    for kind in ERRORS {
        let name = kind.name;
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let told = if kind.is_permanent { "once" } else { "four times" };
        assert!(row.is_some_and(|row| row.contains(told)), "README.md does not say that {name} is tried {told}");
        let (outcome, _) = run(Jobs::default(), &[&format!("practices:{name}:9")]);
        let expected = if kind.is_permanent { 1 } else { 4 };
        assert_eq!(tries(&outcome, "ExtractPracticesTask").len(), expected, "{name}");
    }
}

#[test]
fn every_task_has_a_timeout_a_retry_and_a_catch() {
    for state in machine().flow().all_states() {
        if let StateKind::Task(task) = &state.kind {
            assert!(task.timeout.is_some() && !task.handlers.catch.is_empty(), "{}", state.name);
            let all = task.handlers.retry.last().unwrap();
            assert_eq!((all.interval_secs, all.max_attempts, all.backoff_rate), (2, 3, 2.0), "{}", state.name);
        }
    }
}

#[test]
fn the_diagram_in_the_readme_is_current() {
    let drawn = format!("```mermaid\n{}```", diagram(&machine()));
    assert!(read("README.md").contains(&drawn), "put this into README.md:\n{drawn}");
}
