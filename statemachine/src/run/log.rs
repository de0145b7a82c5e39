//! The executions that an engine carries out: the machine's own, and the children of its map runs, each with its history.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::engine::Engine;
use super::strand::StrandId;
use super::{ChildExecution, Status};
use crate::history::{Details, Event, EventKind};
use crate::moment;

/// The number of an execution; 0 is the machine's own.
pub(super) type LogId = usize;

/// One execution: its context object and its history.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) context: Map<String, Value>,
    pub(super) events: Vec<Event>,
    /// Who it is, when it is a child.
    pub(super) child: Option<Child>,
}

/// A child of a map run.
#[derive(Debug, Clone)]
pub(super) struct Child {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) map_run: String,
}

impl Log {
    pub(super) const fn new(context: Map<String, Value>, child: Option<Child>) -> Self {
        Self { context, events: Vec::new(), child }
    }

    /// Returns the child that this execution is, as the outcome tells it.
    pub(super) fn into_child(self) -> Option<ChildExecution> {
        let Child { name, arn, map_run } = self.child?;
        let last = self.events.last().map(|event| (event.kind, event.details.clone()));
        let (status, details) = match last {
            Some((EventKind::ExecutionSucceeded, details)) => (Status::Succeeded, details),
            Some((EventKind::ExecutionFailed, details)) => (Status::Failed, details),
            _ => (Status::Aborted, Details::default()),
        };
        let Details { output, error, cause, .. } = details;
        Some(ChildExecution { name, arn, map_run, status, output, error, cause, history: self.events })
    }
}

/// Returns the ARN of the machine that a context object is about.
fn machine_arn(context: &Map<String, Value>) -> &str {
    let found = context.get("StateMachine").and_then(|machine| machine.get("Id")).and_then(Value::as_str);
    found.unwrap_or("arn:aws:states:local:000000000000:stateMachine:machine")
}

/// Returns the ARN of a map run of the machine.
pub(super) fn map_run_arn(context: &Map<String, Value>, label: &str, id: &str) -> String {
    format!("{}/{label}:{id}", machine_arn(context).replacen(":stateMachine:", ":mapRun:", 1))
}

/// Returns the context object of a child of a map run, and who the child is.
fn child_context(
    parent: &Map<String, Value>,
    label: &str,
    child: Child,
    input: &Value,
    now: Timestamp,
) -> (Map<String, Value>, Child) {
    let machine = format!("{}/{label}", machine_arn(parent));
    let name = machine.rsplit(':').next().unwrap_or_default().to_owned();
    let arn = format!("{}:{}", machine.replacen(":stateMachine:", ":execution:", 1), child.name);
    let role = parent.get("Execution").and_then(|execution| execution.get("RoleArn")).cloned();
    let mut context = Map::new();
    let execution = json!({
        "Id": arn, "Input": input, "Name": child.name, "RoleArn": role, "StartTime": moment::text(now), "RedriveCount": 0,
    });
    context.insert("Execution".to_owned(), execution);
    context.insert("StateMachine".to_owned(), json!({"Id": machine, "Name": name}));
    (context, Child { arn, ..child })
}

impl Engine<'_> {
    /// Starts the execution of a child, and returns its number.
    pub(super) fn start_execution(&mut self, parent: StrandId, label: &str, map_run: &str, input: &Value) -> LogId {
        let child = Child { name: self.random.uuid(), arn: String::new(), map_run: map_run.to_owned() };
        let empty = Map::new();
        let outer = self.log_of(parent).map_or(&empty, |log| &log.context);
        let (context, child) = child_context(outer, label, child, input, self.clock.now());
        let id = self.logs.len();
        self.logs.push(Log::new(context, Some(child)));
        let details = Details { input: Some(input.clone()), ..Details::default() };
        self.push(id, EventKind::ExecutionStarted, 0, None, Vec::new(), details);
        id
    }

    /// Ends the execution of a child.
    pub(super) fn end_execution(&mut self, strand: StrandId, kind: EventKind, details: Details) {
        let Some(found) = self.strands.get(strand) else { return };
        let (log, last, iteration) = (found.log, found.last_event, found.iteration.clone());
        self.push(log, kind, last, None, iteration, details);
    }

    pub(super) fn log_of(&self, strand: StrandId) -> Option<&Log> {
        self.logs.get(self.strands.get(strand)?.log)
    }
}
