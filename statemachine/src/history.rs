//! The history of an execution: one event per thing that happened, as AWS's `GetExecutionHistory` has them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::moment;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number, counted from 1.
    pub id: u64,
    /// The event before it in its own branch; 0 for none.
    pub previous: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The state it belongs to.
    pub state: Option<String>,
    /// The indexes of the Map items it belongs to, outermost first.
    pub iteration: Vec<usize>,
    /// What else is known.
    pub details: Details,
}

/// What an event tells beside its kind; each kind fills its own part.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Details {
    /// The input of a state, of the execution, or of a Lambda function or activity.
    pub input: Option<Value>,
    /// The output of a state, of the execution or of a task.
    pub output: Option<Value>,
    /// The variables a state has set.
    pub assigned: Option<Value>,
    /// The parameters of a service integration.
    pub parameters: Option<Value>,
    /// What is called.
    pub resource: Option<String>,
    /// The service of a service integration.
    pub resource_type: Option<String>,
    /// How long a task may take.
    pub timeout_secs: Option<u64>,
    /// How long a task may keep silent.
    pub heartbeat_secs: Option<u64>,
    /// Whose rights a task uses.
    pub credentials: Option<Value>,
    /// The number of items of a Map.
    pub length: Option<usize>,
    /// The item of a Map.
    pub index: Option<usize>,
    /// The run of a Distributed Map.
    pub map_run_arn: Option<String>,
    /// The error name.
    pub error: Option<String>,
    /// The cause.
    pub cause: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The execution began.
    ExecutionStarted,
    /// The execution ended well.
    ExecutionSucceeded,
    /// The execution failed.
    ExecutionFailed,
    /// The execution took longer than the machine's `TimeoutSeconds`.
    ExecutionTimedOut,
    /// The execution was stopped from outside.
    ExecutionAborted,
    /// A state of this type was entered.
    StateEntered(&'static str),
    /// A state of this type was left.
    StateExited(&'static str),
    /// Something happened to a call.
    Call(CallKind, CallStep),
    /// The branches of a Parallel began.
    ParallelStateStarted,
    /// The branches of a Parallel all ended well.
    ParallelStateSucceeded,
    /// A branch of a Parallel failed.
    ParallelStateFailed,
    /// The items of a Map were found.
    MapStateStarted,
    /// The items of a Map are done.
    MapStateSucceeded,
    /// Too many items of a Map failed.
    MapStateFailed,
    /// Work on an item began.
    MapIterationStarted,
    /// An item is done.
    MapIterationSucceeded,
    /// An item failed.
    MapIterationFailed,
    /// Work on an item was stopped because another one failed.
    MapIterationAborted,
    /// The children of a Distributed Map begin.
    MapRunStarted,
    /// The children of a Distributed Map are done.
    MapRunSucceeded,
    /// Too many items of a Distributed Map failed, or its items could not be read, or its results not be written.
    MapRunFailed,
    /// The children of a Distributed Map were stopped.
    MapRunAborted,
}

/// The three families of call events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// A service integration.
    Task,
    /// A Lambda function's own ARN.
    LambdaFunction,
    /// An activity.
    Activity,
}

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStep {
    /// It is about to be made.
    Scheduled,
    /// It has been made.
    Started,
    /// The service took it and will answer later.
    Submitted,
    /// It answered.
    Succeeded,
    /// It failed.
    Failed,
    /// It did not answer in time.
    TimedOut,
}

impl EventKind {
    /// Returns AWS's name of the event type.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::StateEntered(kind) => format!("{kind}StateEntered"),
            Self::StateExited(kind) => format!("{kind}StateExited"),
            Self::Call(kind, step) => format!("{kind:?}{step:?}"),
            other => format!("{other:?}"),
        }
    }

    /// Returns the field in which AWS keeps the details of such an event.
    fn details_field(self) -> Option<String> {
        Some(match self {
            Self::StateEntered(_) => "stateEnteredEventDetails".to_owned(),
            Self::StateExited(_) => "stateExitedEventDetails".to_owned(),
            Self::ParallelStateStarted
            | Self::ParallelStateSucceeded
            | Self::ParallelStateFailed
            | Self::MapStateSucceeded
            | Self::MapStateFailed
            | Self::MapRunSucceeded
            | Self::MapRunAborted => return None,
            other => {
                let name = other.name();
                let mut letters = name.chars();
                let first = letters.next()?.to_ascii_lowercase();
                format!("{first}{}EventDetails", letters.as_str())
            }
        })
    }
}

impl Event {
    /// Returns the type and the state, as the conformance cases label events.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.state {
            Some(state) => format!("{} {state}", self.kind.name()),
            None => self.kind.name(),
        }
    }

    /// Returns the event in the shape of `GetExecutionHistory`; inputs and outputs are JSON texts there.
    #[must_use]
    pub fn to_aws(&self) -> Value {
        let mut event = Map::new();
        event.insert("timestamp".to_owned(), json!(moment::text(self.at)));
        event.insert("type".to_owned(), json!(self.kind.name()));
        event.insert("id".to_owned(), json!(self.id));
        event.insert("previousEventId".to_owned(), json!(self.previous));
        if let Some(field) = self.kind.details_field() {
            event.insert(field, Value::Object(self.aws_details()));
        }
        Value::Object(event)
    }

    fn aws_details(&self) -> Map<String, Value> {
        let details = &self.details;
        let text = |value: &Option<Value>| value.as_ref().map(|value| json!(value.to_string()));
        let not_truncated = |value: &Option<Value>| value.as_ref().map(|_| json!({"truncated": false}));
        let named = matches!(
            self.kind,
            EventKind::StateEntered(_)
                | EventKind::StateExited(_)
                | EventKind::MapIterationStarted
                | EventKind::MapIterationSucceeded
                | EventKind::MapIterationFailed
                | EventKind::MapIterationAborted
        );
        [
            ("name", self.state.as_ref().filter(|_| named).map(|name| json!(name))),
            ("mapRunArn", details.map_run_arn.as_ref().map(|arn| json!(arn))),
            ("index", details.index.map(|index| json!(index))),
            ("length", details.length.map(|length| json!(length))),
            ("resourceType", details.resource_type.as_ref().map(|name| json!(name))),
            ("resource", details.resource.as_ref().map(|name| json!(name))),
            ("parameters", text(&details.parameters)),
            ("timeoutInSeconds", details.timeout_secs.map(|secs| json!(secs))),
            ("heartbeatInSeconds", details.heartbeat_secs.map(|secs| json!(secs))),
            ("taskCredentials", details.credentials.clone()),
            ("input", text(&details.input)),
            ("inputDetails", not_truncated(&details.input)),
            ("output", text(&details.output)),
            ("outputDetails", not_truncated(&details.output)),
            ("assignedVariables", details.assigned.as_ref().and_then(Value::as_object).map(texts)),
            ("error", details.error.as_ref().map(|name| json!(name))),
            ("cause", details.cause.as_ref().map(|text| json!(text))),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
        .collect()
    }
}

fn texts(variables: &Map<String, Value>) -> Value {
    variables.iter().map(|(name, value)| (name.clone(), json!(value.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_shape_of_aws() {
        let event = Event {
            id: 3,
            previous: 2,
            at: "2024-06-01T00:00:00Z".parse().unwrap(),
            kind: EventKind::Call(CallKind::LambdaFunction, CallStep::Scheduled),
            state: Some("Load".to_owned()),
            iteration: Vec::new(),
            details: Details { input: Some(json!({"a": 1})), resource: Some("arn".to_owned()), ..Details::default() },
        };
        assert_eq!(event.label(), "LambdaFunctionScheduled Load");
        assert_eq!(
            event.to_aws(),
            json!({
                "timestamp": "2024-06-01T00:00:00.000Z", "type": "LambdaFunctionScheduled", "id": 3, "previousEventId": 2,
                "lambdaFunctionScheduledEventDetails": {
                    "resource": "arn", "input": "{\"a\":1}", "inputDetails": {"truncated": false}
                }
            })
        );
    }
}
