//! What a task calls, when this machine can stand in for it.

use carelake_pipeline::{Function, Handler};
use carelake_statemachine::state::task::{Pattern, ResourceKind};
use serde_json::Value;

use super::rooms::Rooms;

/// What a task calls.
pub(super) enum Called {
    /// A function, as Lambda would.
    Function(&'static Function),
    /// A function, as a container would: its payload is a variable.
    Container(&'static Function, Pattern),
    /// A topic.
    Topic,
    /// The queue of a function that takes batches.
    Queue(&'static Function),
    /// Another definition.
    Definition(&'static str, Pattern),
}

impl Called {
    /// Returns what a resource and its input call; `function` is the name of a Lambda function, where they name one.
    pub(super) fn of(rooms: Rooms, kind: &ResourceKind, function: Option<&str>, input: Option<&Value>) -> Option<Self> {
        if let Some(name) = function {
            return rooms.function(name).map(Self::Function);
        }
        let ResourceKind::Service { service, action, pattern } = kind else { return None };
        let text = |name: &str| input?.get(name)?.as_str();
        match (service.as_str(), action.as_str()) {
            ("sns", "publish") => Some(Self::Topic),
            ("sqs", "sendMessage" | "sendMessage.waitForTaskToken") => {
                let function = rooms.function(text("QueueUrl")?)?;
                matches!(function.handler, Handler::Batch(..)).then_some(Self::Queue(function))
            }
            ("states", "startExecution" | "startExecution.sync:2") => {
                Some(Self::Definition(rooms.definition(text("StateMachineArn")?)?.name, *pattern))
            }
            ("ecs", "runTask.sync" | "runTask.waitForTaskToken") => {
                Some(Self::Container(rooms.function(text("TaskDefinition")?)?, *pattern))
            }
            _ => None,
        }
    }
}
