//! A room that nothing else knows, carried out on this machine: its table is all that it brings.

mod console;
mod issuer;
mod keeping;
mod oidc;
mod web;

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use carelake_core::names::Scope;
use carelake_pipeline::{Definition, Described, ExecutionStatus, Runner, RunnerError};
use carelake_toy::{CONTAINED, ROOM, Taken};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::options::Global;

const ROOMS: Rooms = Rooms(&[&ROOM, &CONTAINED]);

/// Makes a runner of rooms whose lake is in a folder.
pub(crate) fn runner_of(folder: &Path, config: PathBuf, rooms: Rooms) -> Local {
    let global = Global {
        config,
        env: "local".to_owned(),
        input: Some(folder.join("input")),
        output: Some(folder.join("output")),
        tenant: None,
        json: false,
    };
    let lake = Lake::open(&global).unwrap();
    let inputs = lake.inputs(folder);
    let plain = |definition: &Definition, name: &str| {
        std::sync::Arc::new(Plain(Kept::of_execution(definition.name, name))) as std::sync::Arc<dyn Companion>
    };
    Local::new(lake, inputs, "test".to_owned(), rooms, plain).unwrap()
}

struct Place {
    folder: TempDir,
    local: Local,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let local = Self::runner(&folder);
        Self { folder, local }
    }

    /// Makes a runner, as another process would.
    fn runner(folder: &TempDir) -> Local {
        runner_of(folder.path(), Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline_config.yaml"), ROOMS)
    }

    fn start(&self, definition: &str, input: Value) -> String {
        self.local.start(definition, None, &input).unwrap()
    }

    fn ended(&self, execution: &str) -> Described {
        let began = Instant::now();
        loop {
            let told = self.local.describe(execution).unwrap();
            if told.status != ExecutionStatus::Running {
                return told;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{:?}", self.local.history(execution, 0));
            sleep(Duration::from_millis(5));
        }
    }

    fn run(&self, definition: &str, input: Value) -> Described {
        self.ended(&self.start(definition, input))
    }

    fn kept(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.path().join("output/_carelake/executions").join(path)).unwrap()
    }
}

#[test]
fn a_room_that_nobody_knows_runs_by_the_names_in_its_table() {
    let place = Place::new();
    let execution = place.local.start("toy_one", Some("first"), &json!({"n": 21})).unwrap();
    let told = place.ended(&execution);
    assert_eq!((told.status, told.output), (ExecutionStatus::Succeeded, Some(json!({"doubled": 42, "steps": 9}))));
    let history = place.kept("toy_one/first/history.jsonl");
    assert_eq!(history.lines().count(), place.local.history(&execution, 0).unwrap().len());
    assert_eq!(place.local.history(&execution, 3).unwrap()[0]["id"], 4);
    let report: Value = serde_json::from_str(&place.kept("toy_one/first/report.json")).unwrap();
    assert_eq!((&report["execution"], &report["status"]), (&json!("toy_one/first"), &json!("SUCCEEDED")));
}

#[test]
fn of_two_starts_with_one_name_only_the_first_starts_anything() {
    let place = Place::new();
    let start = |n: u64| place.local.start("toy_one", Some("once"), &json!({"n": n})).unwrap();
    let first = start(1);
    place.ended(&first);
    assert_eq!(start(2), first);
    assert_eq!(place.ended(&first).output.unwrap()["doubled"], 2);
    let later = Place::runner(&place.folder);
    assert_eq!(later.start("toy_one", Some("once"), &json!({"n": 3})).unwrap(), first);
    let (now, then) = (later.describe(&first).unwrap(), place.local.describe(&first).unwrap());
    assert_eq!((now.status, now.output), (then.status, then.output));
    assert_eq!(later.history(&first, 0), place.local.history(&first, 0));
}

#[test]
fn what_did_not_end_before_its_process_did_begins_anew() {
    let place = Place::new();
    let left = place.folder.path().join("output/_carelake/executions/toy_one/cut");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("history.jsonl"), "{\"id\": 1, \"type\": \"ExecutionStarted\"}\n").unwrap();
    let execution = place.local.start("toy_one", Some("cut"), &json!({"n": 2})).unwrap();
    assert_eq!(place.ended(&execution).output.unwrap()["doubled"], 4);
    let history = place.local.history(&execution, 0).unwrap();
    assert_eq!(place.kept("toy_one/cut/history.jsonl").lines().count(), history.len());
}

#[test]
fn a_definition_inside_another_has_its_own_execution_and_answers_with_its_output() {
    let place = Place::new();
    let told = place.run("toy_outer", json!({"name": "inner", "n": 4}));
    assert_eq!(told.status, ExecutionStatus::Succeeded, "{:?}", told.cause);
    let inner = &told.output.unwrap()["inner"];
    assert_eq!((&inner["Status"], &inner["Output"]["doubled"]), (&json!("SUCCEEDED"), &json!(8)));
    assert_eq!(place.local.describe(inner["ExecutionArn"].as_str().unwrap()).unwrap().output.unwrap()["doubled"], 8);
    assert!(place.kept("toy_one/inner/history.jsonl").contains("ExecutionSucceeded"));
    let outer = std::fs::read_dir(place.folder.path().join("output/_carelake/executions/toy_outer")).unwrap();
    let outer = outer.map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(std::fs::read_to_string(outer[0].join("notice.txt")).unwrap(), "Subject: done\n\ndoubled");
}

#[test]
fn a_definition_that_fails_inside_another_fails_its_state_and_tells_why() {
    let place = Place::new();
    let told = place.run("toy_outer", json!({"name": "inner"}));
    assert_eq!((told.status, told.error.as_deref()), (ExecutionStatus::Failed, Some("States.TaskFailed")));
    let cause: Value = serde_json::from_str(&told.cause.unwrap()).unwrap();
    assert_eq!((&cause["Status"], &cause["Error"]), (&json!("FAILED"), &json!("States.Runtime")));
}

#[test]
fn who_stops_an_execution_stops_what_it_waits_for() {
    let place = Place::new();
    let outer = place.start("toy_outer", json!({"definition": "toy_waiting", "name": "slow"}));
    let inner = outer.replace("toy_outer", "toy_waiting");
    let inner = format!("{}:slow", inner.rsplit_once(':').unwrap().0);
    while place.local.describe(&inner).is_err() {
        sleep(Duration::from_millis(5));
    }
    place.local.stop(&outer).unwrap();
    assert_eq!(place.ended(&outer).status, ExecutionStatus::Aborted);
    assert_eq!(place.ended(&inner).status, ExecutionStatus::Aborted);
}

#[test]
fn executions_side_by_side_keep_each_their_own() {
    let place = Place::new();
    let all: Vec<String> = (1..=8).map(|n| place.start("toy_one", json!({"n": n}))).collect();
    for (execution, n) in all.iter().zip(1..) {
        assert_eq!(place.ended(execution).output.unwrap()["doubled"], 2 * n);
    }
}

#[test]
fn a_container_answers_by_its_token_and_fails_by_our_names() {
    let place = Place::new();
    let told = place.run("toy_container", json!({"n": 5}));
    assert_eq!(told.output, Some(json!({"Payload": 10})), "{:?}", told.cause);
    let told = place.run("toy_container", json!({}));
    assert_eq!(told.error.as_deref(), Some("InvalidConfig"));
}

#[test]
fn the_items_of_a_map_lie_in_the_lake_and_its_results_too() {
    let place = Place::new();
    let output = place.folder.path().join("output");
    std::fs::create_dir_all(output.join("toy")).unwrap();
    std::fs::write(output.join("toy/items.json"), r#"[{"n": 1}, {"n": 2}]"#).unwrap();
    let told = place.run("toy_items", json!({}));
    assert_eq!(told.status, ExecutionStatus::Succeeded, "{:?}", told.cause);
    let result = told.output.unwrap();
    let manifest = result["ResultWriterDetails"]["Key"].as_str().unwrap();
    assert!(output.join(manifest).is_file(), "{result}");
}

#[test]
fn a_function_of_batches_is_called_with_what_its_source_sends() {
    let place = Place::new();
    let function = ROOM.functions.iter().find(|function| function.name == "toy_sum").unwrap();
    let call = json!({"Records": [
        {"eventSource": "aws:sqs", "messageId": "a", "body": "2"}, {"eventSource": "aws:sqs", "messageId": "b", "body": "?"},
    ]});
    let answer = place.local.with_context(&|| false, |context| function.task().call(context, &call)).unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "b"}]}));
}

#[test]
fn what_this_machine_cannot_stand_in_for_fails_when_it_is_reached() {
    let place = Place::new();
    assert_eq!(place.run("toy_unbound", json!({"start": false})).status, ExecutionStatus::Succeeded);
    let told = place.run("toy_unbound", json!({"start": true}));
    assert_eq!(told.error.as_deref(), Some("States.Runtime"));
    assert!(told.cause.unwrap().contains("glue:startJobRun"));
}

#[test]
fn what_is_sent_to_the_queue_of_a_function_is_taken_by_it() {
    let place = Place::new();
    assert_eq!(place.run("toy_queue", json!({"send": true, "number": "7"})).status, ExecutionStatus::Succeeded);
    let began = Instant::now();
    while place.local.ledger().taken(&Scope::default(), Timestamp::now()).unwrap() == 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_not_there_is_refused_and_a_name_is_no_path() {
    let place = Place::new();
    let nothing = json!({});
    assert!(matches!(place.local.start("toy", None, &nothing), Err(RunnerError::UnknownDefinition { .. })));
    assert!(matches!(place.local.describe("toy"), Err(RunnerError::UnknownExecution { .. })));
    assert_eq!(place.local.task_success("nobody", &nothing), Err(RunnerError::UnknownToken));
    for name in ["../out", "a/b", "", ".hidden", &"n".repeat(81)] {
        assert!(
            matches!(place.local.start("toy_one", Some(name), &nothing), Err(RunnerError::Unavailable { .. })),
            "{name}"
        );
    }
}

/// Moves a pointer as a commit would.
fn publish(place: &Place, name: &str, content: u64, execution: &str) {
    let folder = place.folder.path().join("output").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let pointer = json!({
        "version": 2, "kind": "log", "sequence": content + 1, "content": content, "runs": [],
        "committed_at": "2026-11-01T00:00:00Z", "execution": execution,
    });
    std::fs::write(folder.join("_current.json"), pointer.to_string()).unwrap();
}

fn heard(place: &Place) -> Vec<String> {
    let folder = place.folder.path().join("output/_carelake/executions/toy_heard");
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| std::fs::read_to_string(path.join("history.jsonl")).unwrap()).collect()
}

#[test]
fn what_is_published_starts_what_listens_once_for_all_that_has_changed() {
    let place = Place::new();
    assert_eq!(place.local.listen().unwrap(), 0);
    publish(&place, "toy/one", 1, "toy_one-1");
    publish(&place, "toy/two", 1, "toy_one-1");
    publish(&place, "other/one", 1, "toy_one-1");
    assert_eq!(place.local.listen().unwrap(), 1);
    let told = heard(&place).remove(0);
    assert!(told.contains("toy/one") && told.contains("toy/two") && !told.contains("other/one"), "{told}");
    assert_eq!(place.local.listen().unwrap(), 0);
    publish(&place, "toy/one", 2, "toy_one-2");
    assert_eq!(place.local.listen().unwrap(), 1);
    assert_eq!(heard(&place).iter().filter(|told| told.contains("toy/two")).count(), 1);
}

#[test]
fn on_aws_a_function_hears_of_pointers_and_starts_what_listens_once_for_each_content() {
    let place = Place::new();
    let function = ROOM.functions.iter().find(|function| function.name == "toy_listen").unwrap();
    let told = |key: &str| {
        let event = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
            "bucket": {"name": "curated"}, "object": {"key": key},
        }});
        json!({"eventSource": "aws:sqs", "messageId": key, "body": event.to_string()})
    };
    let call =
        json!({"Records": [told("toy/one/_current.json"), told("toy/two/_current.json"), told("other/_current.json")]});
    let listen = || {
        let call = place.local.with_context(&|| false, |context| function.task().call(context, &call));
        assert_eq!(call.unwrap(), json!({"batchItemFailures": []}));
    };
    publish(&place, "toy/one", 1, "toy_one-1");
    publish(&place, "toy/two", 1, "toy_heard-1");
    listen();
    listen();
    // What a function starts goes on by itself.
    let told = ended(&place, 1).remove(0);
    assert!(told.contains("toy/one") && !told.contains("toy/two"), "{told}");
    publish(&place, "toy/one", 2, "toy_one-2");
    listen();
    assert_eq!(ended(&place, 2).len(), 2);
}

/// Waits until so many executions of what listens have ended.
fn ended(place: &Place, count: usize) -> Vec<String> {
    let began = Instant::now();
    let folder = place.folder.path().join("output/_carelake/executions/toy_heard");
    loop {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let all: Vec<_> = entries.filter_map(|path| std::fs::read_to_string(path.join("history.jsonl")).ok()).collect();
        if all.iter().filter(|history| history.contains("ExecutionSucceeded")).count() >= count {
            return all;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{all:?}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_a_definition_publishes_itself_is_no_news_to_it() {
    let place = Place::new();
    publish(&place, "toy/one", 1, "toy_heard-2026-11-01.1");
    assert_eq!(place.local.listen().unwrap(), 0);
    publish(&place, "toy/one", 2, "toy_one-1");
    assert_eq!(place.local.listen().unwrap(), 1);
}

#[test]
fn what_was_due_while_nobody_looked_is_made_up_for_once() {
    let place = Place::new();
    let environment = place.local.lake().config.environment("local").unwrap().clone();
    let all = Scheduled::all(ROOMS, &environment);
    let at = |moment: &str| {
        let found = due(place.local.lake(), &all, moment.parse().unwrap()).unwrap();
        found.iter().map(|(it, at)| format!("{} {at}", it.name())).collect::<Vec<_>>()
    };
    assert_eq!(at("2026-11-01T12:00:00Z"), [] as [String; 0]);
    assert_eq!(at("2026-11-02T05:59:59Z"), [] as [String; 0]);
    assert_eq!(at("2026-11-05T07:00:00Z"), ["toy_heard 2026-11-05T06:00:00Z"]);
    assert_eq!(at("2026-11-05T08:00:00Z"), [] as [String; 0]);
}
