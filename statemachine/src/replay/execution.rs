//! Replays whole executions: status, result, events, their order and what they tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::compare::{expect, fits, same};
use crate::clock::VirtualClock;
use crate::history::{Event, EventKind};
use crate::machine::{Kind, Machine};
use crate::mock::Mock;
use crate::moment;
use crate::objects::{Objects, ObjectsInMemory};
use crate::observer::Silent;
use crate::run::{Abort, Execution, ExecutionContext, Outcome, execute};

/// Replays a case of kind `history` or `io`.
pub(super) fn replay(case: &Value) -> Result<(), String> {
    let definition = definition_text(case);
    let machine = Machine::parse_as(&definition, kind(case)).map_err(|problems| format!("refused: {problems}"))?;
    let outcome = run(case, &machine)?;
    let expected = case.get("expected").ok_or("the case expects nothing")?;
    compare_result(expected, &outcome)?;
    match expected.get("ordering").and_then(Value::as_str) {
        Some("concurrent") => compare_unordered(expected, &outcome.history),
        Some("lost") => Ok(()),
        _ => compare_ordered(expected, &outcome.history),
    }
}

/// Returns the definition's text: as recorded if it was no JSON, else written out again.
pub(super) fn definition_text(case: &Value) -> String {
    case.get("definition_text")
        .and_then(Value::as_str)
        .map_or_else(|| case.get("definition").unwrap_or(&Value::Null).to_string(), str::to_owned)
}

/// Returns how AWS ran the case.
pub(super) fn kind(case: &Value) -> Kind {
    if case.get("type").is_some_and(|kind| kind == "EXPRESS") { Kind::Express } else { Kind::Standard }
}

fn run(case: &Value, machine: &Machine) -> Result<Outcome, String> {
    let none = json!({});
    let mock = Mock::parse(case.get("tasks").unwrap_or(&none), machine).map_err(|error| error.to_string())?;
    let mock = mock.with_objects(objects(case)?);
    let context = case.get("context").cloned();
    let started = context
        .as_ref()
        .and_then(|context| context.pointer("/Execution/StartTime"))
        .and_then(Value::as_str)
        .and_then(moment::parse)
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let context =
        context.map_or_else(|| ExecutionContext::new("replay", "machine", started), ExecutionContext::from_value);
    Ok(execute(Execution {
        machine,
        input: case.get("input").cloned().unwrap_or_default(),
        context,
        tasks: Arc::new(mock),
        clock: &VirtualClock::starting_at(started),
        observer: &mut Silent,
        abort: Abort::new(),
    }))
}

/// Returns the objects that the case's readers find.
fn objects(case: &Value) -> Result<ObjectsInMemory, String> {
    let objects = ObjectsInMemory::default();
    for object in case.pointer("/fixtures/s3").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| object.get(name).and_then(Value::as_str).ok_or(format!("an object without {name}"));
        let put = objects.put(text("Bucket")?, text("Key")?, text("Body")?.as_bytes());
        put.map_err(|error| error.to_string())?;
    }
    Ok(objects)
}

fn compare_result(expected: &Value, outcome: &Outcome) -> Result<(), String> {
    let field = |name: &str| expected.get(name).cloned().unwrap_or_default();
    if !same(&field("status"), &json!(outcome.status.name())) {
        let (error, cause) = (json!(outcome.error), json!(outcome.cause));
        return Err(format!("status: AWS {}, here {} ({error}: {cause})", field("status"), outcome.status.name()));
    }
    if expected.get("output").is_some() {
        expect("output", &field("output"), &outcome.output.clone().unwrap_or_default())?;
    }
    expect("error", &field("error"), &json!(outcome.error))?;
    compare_cause(expected, outcome.cause.as_deref())
}

/// Compares the cause, of which only the part in `cause_contains` is sure to stay.
fn compare_cause(expected: &Value, actual: Option<&str>) -> Result<(), String> {
    let recorded = expected.get("cause").cloned().unwrap_or_default();
    let stable = expected.get("cause_contains").and_then(Value::as_str);
    let contains = match (stable, actual) {
        (Some(stable), Some(actual)) => actual.contains(stable) || fits(&format!("<<any>>{stable}<<any>>"), actual),
        _ => false,
    };
    if contains { Ok(()) } else { expect("cause", &recorded, &json!(actual)) }
}

fn compare_ordered(expected: &Value, history: &[Event]) -> Result<(), String> {
    let Some(types) = expected.get("event_types").and_then(Value::as_array) else { return Ok(()) };
    for (index, event) in history.iter().enumerate() {
        let recorded = types.get(index).unwrap_or(&Value::Null);
        if recorded.as_str() != Some(label(event).as_str()) {
            return Err(format!("event {}: AWS {recorded}, here {}", index + 1, label(event)));
        }
    }
    if let Some(missing) = types.get(history.len()) {
        return Err(format!("event {}: AWS {missing}, here nothing", history.len() + 1));
    }
    if let Some(previous) = expected.get("prev").filter(|previous| !previous.is_null()) {
        let actual: Vec<u64> = history.iter().map(|event| previous_id(event, previous, types)).collect();
        expect("previous event ids", previous, &json!(actual))?;
    }
    for recorded in details(expected) {
        let index = recorded.get("e").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let event = index.and_then(|index| history.get(index)).ok_or("details of an event that is not there")?;
        compare_details(recorded, event)?;
    }
    Ok(())
}

/// Returns the event before an event as the recording has it where AWS itself has changed: until autumn 2024 the exit of a
/// Distributed Map followed MapRunSucceeded, and since then it follows MapRunStarted, which comes right before.
fn previous_id(event: &Event, recorded: &Value, types: &[Value]) -> u64 {
    let label = |id: u64| {
        let index = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        index.and_then(|index| types.get(index)?.as_str()).unwrap_or_default()
    };
    let index = usize::try_from(event.id).ok().and_then(|id| id.checked_sub(1));
    let was = index.and_then(|index| recorded.get(index)?.as_u64()).unwrap_or_default();
    let has_changed = label(event.id).starts_with("MapStateExited")
        && label(was).starts_with("MapRunSucceeded")
        && label(event.previous).starts_with("MapRunStarted");
    if has_changed { was } else { event.previous }
}

/// Compares events of branches that ran at once: the same events, each after the same kind of event, with the same details.
fn compare_unordered(expected: &Value, history: &[Event]) -> Result<(), String> {
    let Some(types) = expected.get("event_types").and_then(Value::as_array) else { return Ok(()) };
    let types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
    let previous: Vec<usize> = expected
        .get("prev")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_u64).filter_map(|id| usize::try_from(id).ok()).collect())
        .unwrap_or_default();
    let before = |id: usize| id.checked_sub(1);
    let recorded = counted(types.iter().enumerate().map(|(index, label)| {
        let previous = previous.get(index).and_then(|id| before(*id)).and_then(|index| types.get(index));
        link(label, previous.copied())
    }));
    let labels: Vec<String> = history.iter().map(label).collect();
    let actual = counted(history.iter().zip(&labels).map(|(event, label)| {
        let previous = usize::try_from(event.previous).ok().and_then(before).and_then(|index| labels.get(index));
        link(label, previous.map(String::as_str))
    }));
    if recorded != actual {
        return Err(format!("events at once: AWS {recorded:?}, here {actual:?}"));
    }
    let mut open: Vec<&Event> = history.iter().collect();
    for recorded in details(expected) {
        let index = recorded.get("e").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let label_of = index.and_then(|index| types.get(index)).copied().unwrap_or_default();
        let found = open
            .iter()
            .position(|event| label(event) == label_of && compare_details(recorded, event).is_ok())
            .ok_or_else(|| format!("no event {label_of} tells {recorded}"))?;
        open.swap_remove(found);
    }
    Ok(())
}

/// Names an event together with the one before it, unless that one depends on which branch was faster.
fn link(label: &str, previous: Option<&str>) -> String {
    let after_a_race =
        ["MapStateSucceeded", "MapStateExited", "ParallelStateSucceeded", "ParallelStateExited", "MapIterationStarted"];
    if after_a_race.iter().any(|kind| label.starts_with(kind)) {
        return label.to_owned();
    }
    format!("{label} after {}", previous.unwrap_or("nothing"))
}

fn counted(labels: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for label in labels {
        *counted.entry(label).or_insert(0) += 1;
    }
    counted
}

fn details(expected: &Value) -> impl Iterator<Item = &Value> {
    expected.get("io").and_then(Value::as_array).into_iter().flatten()
}

/// Returns the event's label as the cases have it.
fn label(event: &Event) -> String {
    event.label()
}

fn compare_details(recorded: &Value, event: &Event) -> Result<(), String> {
    let Some(recorded) = recorded.as_object() else { return Ok(()) };
    let details = &event.details;
    // Lambda and activity results, and the end of the execution, are told elsewhere in a case.
    let fields = [
        ("input", json!(details.input), true),
        ("output", json!(details.output), matches!(event.kind, EventKind::StateExited(_))),
        ("assigned", json!(details.assigned), true),
        ("parameters", json!(details.parameters), true),
        ("resource", json!(details.resource), recorded.contains_key("resource")),
        ("resourceType", json!(details.resource_type), recorded.contains_key("resourceType")),
        ("timeout", json!(details.timeout_secs), true),
        ("heartbeat", json!(details.heartbeat_secs), true),
        ("credentials", json!(details.credentials), true),
        ("length", json!(details.length), true),
        ("index", json!(details.index), true),
        ("error", json!(details.error), true),
        ("cause", json!(details.cause), true),
    ];
    for (name, actual, counts_when_absent) in fields {
        let recorded = recorded.get(name);
        if recorded.is_some() || counts_when_absent {
            let what = format!("event {} ({}), {name}", event.id, label(event));
            expect(&what, recorded.unwrap_or(&Value::Null), &actual)?;
        }
    }
    Ok(())
}
