//! Every definition of every room against what functions and errors say of themselves, and against an example of its course:
//! `statemachine/examples/<definition>.json` has an input, and what each function answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use carelake_core::error::ERRORS;
use carelake_pipeline::{Definition, Handler, Room, placeholder};
use carelake_statemachine::state::StateKind;
use carelake_statemachine::state::handler::Handlers;
use carelake_statemachine::{
    Abort, Binding, Execution, ExecutionContext, Machine, Silent, Status, TaskCall, TaskError, Tasks, VirtualClock,
    execute, lambda_result,
};
use serde_json::{Value, json};

use super::called::Called;
use crate::registry::ROOMS;

fn statemachine(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("statemachine").join(file)
}

fn machine(definition: &Definition) -> Machine {
    Machine::parse(&ROOMS.text(definition).unwrap()).unwrap()
}

fn example(definition: &Definition) -> Value {
    let file = statemachine(&format!("examples/{}.json", definition.name));
    serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap()
}

fn definitions() -> impl Iterator<Item = (&'static Room, &'static Definition)> {
    ROOMS.0.iter().flat_map(|room| room.definitions.iter().map(move |definition| (*room, definition)))
}

/// Answers what the example says, and notes what was asked.
struct Answers {
    answers: Value,
    asked: Mutex<Vec<(&'static str, Value)>>,
}

impl Tasks for Answers {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        let (kind, input) = (&binding.resource.kind, binding.parameters.as_ref());
        Called::of(ROOMS, kind, binding.function_name(), input).is_some()
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        match Called::of(ROOMS, &call.resource.kind, call.function_name(), Some(&call.input)) {
            Some(Called::Function(function)) => {
                self.asked.lock().unwrap().push((function.name, call.input["Payload"].clone()));
                Ok(lambda_result(self.answers[function.name].clone()))
            }
            _ => Ok(json!({})),
        }
    }
}

#[test]
fn names_are_words_and_each_is_there_once() {
    let functions = ROOMS.functions().map(|function| function.name);
    let definitions = ROOMS.definitions().map(|definition| definition.name);
    for names in [functions.collect::<Vec<_>>(), definitions.collect()] {
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        for name in names {
            let is_word = |word: &str| {
                word.starts_with(|c: char| c.is_ascii_lowercase())
                    && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            };
            assert!(name.split('_').all(is_word), "{name}");
        }
    }
}

#[test]
fn a_definition_is_its_file_and_each_file_is_a_definition() {
    let entries = fs::read_dir(statemachine("")).unwrap().map(|entry| entry.unwrap().file_name());
    let entries = entries.map(|name| name.into_string().unwrap());
    let files: BTreeSet<String> =
        entries.filter_map(|name| name.strip_suffix(".asl.json").map(str::to_owned)).collect();
    assert_eq!(files, ROOMS.definitions().map(|definition| definition.name.to_owned()).collect());
    for definition in ROOMS.definitions() {
        let file = statemachine(&format!("{}.asl.json", definition.name));
        assert_eq!(fs::read_to_string(file).unwrap(), definition.text, "{}", definition.name);
    }
}

#[test]
fn every_task_is_bound_and_every_function_for_tasks_is_called_by_its_room() {
    for room in ROOMS.0 {
        let mut texts = String::new();
        for definition in room.definitions {
            let tasks = Answers { answers: Value::Null, asked: Mutex::default() };
            assert_eq!(machine(definition).unbound(&tasks), [], "{}", definition.name);
            texts += definition.text;
        }
        for function in room.functions {
            let is_called = texts.contains(&format!("${{{}}}", placeholder(function.name)));
            assert_eq!(is_called, matches!(function.handler, Handler::Task(_)), "{}", function.name);
        }
    }
}

#[test]
fn every_error_that_a_definition_names_is_one_of_its_room_or_of_aws() {
    for (room, definition) in definitions() {
        let known: Vec<&str> = ERRORS.iter().chain(room.errors).map(|kind| kind.name).collect();
        for state in machine(definition).flow().all_states() {
            let Handlers { retry, catch, .. } = state.handlers().cloned().unwrap_or_default();
            let retried = retry.iter().flat_map(|retrier| &retrier.error_equals);
            for name in retried.chain(catch.iter().flat_map(|catcher| &catcher.error_equals)) {
                let is_known = name.starts_with("States.") || known.contains(&name.as_str());
                assert!(is_known, "{}: {}: {name}", definition.name, state.name);
            }
        }
    }
}

#[test]
fn what_a_call_of_a_function_never_tries_again_is_what_is_permanent() {
    for (room, definition) in definitions() {
        let permanent = ERRORS.iter().chain(room.errors).filter(|kind| kind.is_permanent);
        let permanent: BTreeSet<&str> = permanent.map(|kind| kind.name).collect();
        for state in machine(definition).flow().all_states() {
            let StateKind::Task(task) = &state.kind else { continue };
            if !task.resource.arn.ends_with(":lambda:invoke") {
                continue;
            }
            let never = task.handlers.retry.iter().filter(|retrier| retrier.max_attempts == 0);
            let named: BTreeSet<&str> = never.flat_map(|retrier| &retrier.error_equals).map(String::as_str).collect();
            assert_eq!(named, permanent, "{}: {}", definition.name, state.name);
        }
    }
}

#[test]
fn what_a_definition_hands_to_a_function_is_what_the_function_reads() {
    for (room, definition) in definitions() {
        let example = example(definition);
        definition.input.read(&example["input"]).unwrap();
        let tasks = Arc::new(Answers { answers: example["answers"].clone(), asked: Mutex::default() });
        let started = "2026-11-02T05:00:00Z".parse().unwrap();
        let machine = machine(definition);
        let outcome = execute(Execution {
            machine: &machine,
            input: example["input"].clone(),
            context: ExecutionContext::new("run-1", "carelake", started),
            tasks: Arc::clone(&tasks) as Arc<dyn Tasks>,
            clock: &VirtualClock::starting_at(started),
            observer: &mut Silent,
            abort: Abort::new(),
        });
        assert_eq!(outcome.status, Status::Succeeded, "{}: {:?}", definition.name, outcome.cause);
        let asked = tasks.asked.lock().unwrap();
        for (name, payload) in asked.iter() {
            let function = ROOMS.function(name).unwrap();
            let read = function.payload.read(payload).unwrap_or_else(|error| panic!("{name}: {error}: {payload}"));
            let unread = keys(payload).difference(&keys(&read)).cloned().collect::<Vec<_>>();
            assert_eq!(unread, [] as [String; 0], "{}: {name} reads nothing of these", definition.name);
            let answer = &example["answers"][name];
            function.answer.read(answer).unwrap_or_else(|error| panic!("{name} does not answer so: {error}: {answer}"));
        }
        let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
        asked.iter().for_each(|(name, _)| *calls.entry(name).or_default() += 1);
        for name in example["answers"].as_object().unwrap().keys() {
            assert!(calls.contains_key(name.as_str()), "{}: the example never calls {name}", room.name);
        }
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
