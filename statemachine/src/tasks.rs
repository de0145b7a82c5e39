//! What Task states call: the seam between the interpreter and everything that does work.
//!
//! A task runs on a thread of its own. It gets its input, a deadline, and a signal that says when nobody wants its answer
//! any more; it never sees the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::callbacks::Callbacks;
use crate::failure::Failure;
use crate::objects::{NoObjects, Objects};
use crate::state::task::{Resource, ResourceKind};

/// Carries out the tasks of a machine.
pub trait Tasks: Send + Sync {
    /// Returns whether a task of this kind can be carried out; asked when its state is reached, which fails if not.
    fn knows(&self, binding: &Binding<'_>) -> bool;

    /// Carries out a task. Runs on its own thread.
    ///
    /// A `.waitForTaskToken` task is only handed to its service here: what is returned is the service's own answer, and the task
    /// then waits until its token comes back through [`Tasks::callbacks`].
    ///
    /// # Errors
    /// Returns the error name and cause that Retry and Catch will see.
    fn run(&self, call: TaskCall) -> Result<Value, TaskError>;

    /// Returns the answer when it is known beforehand, so that no thread is needed. Scripted tasks do; others leave it be.
    fn script(&self, call: &TaskCall) -> Option<Scripted> {
        let _ = call;
        None
    }

    /// Returns the handle through which waiting tasks are answered by their tokens; `None` when nobody will.
    fn callbacks(&self) -> Option<&Callbacks> {
        None
    }

    /// Returns the objects that a Distributed Map reads its items from and writes its results to.
    fn objects(&self) -> &dyn Objects {
        &NoObjects
    }

    /// Returns what the branches or items of a state come to, when that is known without running them. Tests of a single state do.
    fn known_result(&self, state: &str) -> Option<KnownResult> {
        let _ = state;
        None
    }

    /// Returns the task token that the next attempt of a state must have; `None` for any.
    fn token(&self, state: &str) -> Option<String> {
        let _ = state;
        None
    }
}

/// What is known of a task before it runs.
#[derive(Debug)]
pub struct Binding<'a> {
    /// The state.
    pub state: &'a str,
    /// What it calls.
    pub resource: &'a Resource,
    /// Its parameters, or the state's input when it has none; before anything runs, only what stands in the definition.
    pub parameters: Option<Value>,
}

impl Binding<'_> {
    /// Returns the name of the Lambda function, when the task calls one and its name stands in the definition.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        function_name(self.resource, self.parameters.as_ref())
    }
}

fn function_name<'a>(resource: &'a Resource, parameters: Option<&'a Value>) -> Option<&'a str> {
    let arn = match &resource.kind {
        ResourceKind::Lambda => Some(resource.arn.as_str()),
        ResourceKind::Service { service, .. } if service == "lambda" => parameters?.get("FunctionName")?.as_str(),
        _ => None,
    }?;
    // An ARN ends in `function:NAME` or `function:NAME:ALIAS`; a plain name stands for itself.
    match arn.split_once(":function:") {
        Some((_, name)) => name.split(':').next(),
        None => Some(arn),
    }
}

/// One attempt of a task.
#[derive(Debug)]
pub struct TaskCall {
    /// The state.
    pub state: String,
    /// The indexes of the Map items it belongs to, outermost first.
    pub iteration: Vec<usize>,
    /// What it calls.
    pub resource: Resource,
    /// Its parameters, or the state's input when it has none.
    pub input: Value,
    /// Which attempt it is, counted from 1.
    pub attempt: u32,
    /// When its answer comes too late.
    pub deadline: Timestamp,
    /// The token of a `.waitForTaskToken` task.
    pub token: Option<String>,
    /// Says when nobody wants the answer any more.
    pub cancellation: Cancellation,
    /// Tells the interpreter that the task is alive.
    pub heart: Heart,
}

impl TaskCall {
    /// Returns the name of the Lambda function, when the task calls one.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        function_name(&self.resource, Some(&self.input))
    }
}

/// Says whether a task's answer is still wanted. A long task looks at it between its steps.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Returns whether the task should stop: its time is over, a sibling has failed, or the execution was aborted.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Tells the task to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Tells the interpreter about a task that is under way.
#[derive(Debug, Clone)]
pub struct Heart {
    pub(crate) call: u64,
    pub(crate) outbox: Sender<Message>,
}

impl Heart {
    /// Starts the silence allowed by `HeartbeatSeconds` anew.
    pub fn beat(&self) {
        // Nobody listens once the execution has ended; then there is nothing to tell either.
        drop(self.outbox.send(Message::Heartbeat { call: self.call }));
    }

    /// Reports that a `.sync` or `.waitForTaskToken` task has been handed to its service, with the service's answer.
    pub fn submitted(&self, answer: Value) {
        drop(self.outbox.send(Message::Submitted { call: self.call, answer }));
    }
}

/// What tasks and the abort handle send to the interpreter.
#[derive(Debug)]
pub(crate) enum Message {
    Answer { call: u64, answer: Result<Value, TaskError> },
    Heartbeat { call: u64 },
    Submitted { call: u64, answer: Value },
    Callback { call: u64, answer: Result<Value, TaskError> },
    Abort,
}

/// Wraps a function's answer the way `arn:aws:states:::lambda:invoke` returns it.
///
/// ```
/// let result = carelake_statemachine::lambda_result(serde_json::json!({"rows": 3}));
/// assert_eq!(result["Payload"]["rows"], 3);
/// ```
#[must_use]
pub fn lambda_result(payload: Value) -> Value {
    json!({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200})
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// The error name, matched against `ErrorEquals`.
    pub error: Option<String>,
    /// The human-readable cause.
    pub cause: Option<String>,
    /// Whether no retrier tries again: who carries the task out knows that another attempt cannot help. Nothing on AWS
    /// can say so.
    pub is_final: bool,
}

impl TaskError {
    /// Creates an error with a name and a cause.
    #[must_use]
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { error: Some(error.into()), cause: Some(cause.into()), is_final: false }
    }

    /// Says whether another attempt cannot help.
    #[must_use]
    pub fn with_final(self, is_final: bool) -> Self {
        Self { is_final, ..self }
    }
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        Self { error: error.error, cause: error.cause }
    }
}

/// An answer known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Scripted {
    /// What the service answers when the task is handed to it.
    pub submitted: Option<Value>,
    /// How long the task takes.
    pub after: Duration,
    /// How long after its start each of its heartbeats comes.
    pub beats: Vec<Duration>,
    /// How it ends.
    pub answer: Answer,
}

/// What the branches of a Parallel or the items of a Map come to, known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownResult {
    /// How many items failed.
    pub failed_items: u32,
    /// The list of results, or the failure that ended them.
    pub result: Result<Value, TaskError>,
}

/// How a scripted task ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// With this result.
    Now(Result<Value, TaskError>),
    /// Not at all: a timeout or an abort ends it. What is said here of the timeout takes the place of what the clock says.
    Never {
        /// The error name that the timeout gets.
        error: Option<String>,
        /// The cause that the timeout gets.
        cause: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_name_or_arn() {
        let invoke = Resource::parse("arn:aws:states:::lambda:invoke").unwrap();
        let arn = Resource::parse("arn:aws:lambda:eu-west-1:1:function:plan:live").unwrap();
        let publish = Resource::parse("arn:aws:states:::sns:publish").unwrap();
        let binding = |resource| Binding {
            state: "S",
            resource,
            parameters: Some(json!({"FunctionName": "arn:aws:lambda:eu-west-1:1:function:report"})),
        };
        assert_eq!(binding(&invoke).function_name(), Some("report"));
        assert_eq!(binding(&arn).function_name(), Some("plan"));
        assert_eq!(binding(&publish).function_name(), None);
    }

    #[test]
    fn a_cancelled_task_can_see_it() {
        let cancellation = Cancellation::default();
        let seen_by_task = cancellation.clone();
        assert!(!seen_by_task.is_cancelled());
        cancellation.cancel();
        assert!(seen_by_task.is_cancelled());
    }
}
