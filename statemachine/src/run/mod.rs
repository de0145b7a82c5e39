//! Runs a machine: one thread for the machine, one for each task under way, and a clock that may be virtual.
//!
//! Events come out in the order in which AWS records them. Branches and items are worked on in the order of the text; each
//! runs until it waits for something.

mod abort;
mod call;
mod context;
mod engine;
mod handling;
mod join;
mod log;
mod map_run;
mod probe;
mod results;
mod spread;
mod strand;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use self::abort::Abort;
use self::engine::Engine;
pub use self::probe::{StateTest, StateTested, test_state, test_state_of};
use crate::clock::Clock;
use crate::history::Event;
use crate::machine::Machine;
use crate::moment;
use crate::observer::Observer;
use crate::random::Random;
use crate::tasks::Tasks;

/// How long an execution that is over waits for tasks that were told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// What an execution knows about itself, for the context object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExecutionContext(Value);

impl ExecutionContext {
    /// Describes an execution by its name, its machine's name and its start.
    #[must_use]
    pub fn new(name: &str, machine: &str, started: Timestamp) -> Self {
        Self(json!({
            "Execution": {
                "Id": format!("arn:aws:states:local:000000000000:execution:{machine}:{name}"),
                "Name": name,
                "RoleArn": "arn:aws:iam::000000000000:role/local",
                "StartTime": moment::text(started),
                "RedriveCount": 0,
            },
            "StateMachine": {
                "Id": format!("arn:aws:states:local:000000000000:stateMachine:{machine}"),
                "Name": machine,
            },
        }))
    }

    /// Returns the id of the execution; empty when there is none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.pointer("/Execution/Id").and_then(Value::as_str).unwrap_or_default()
    }

    /// Takes a context object as it is; `Execution.Input` is set when the execution starts.
    #[must_use]
    pub const fn from_value(context: Value) -> Self {
        Self(context)
    }
}

/// Everything an execution needs.
pub struct Execution<'e> {
    /// The machine.
    pub machine: &'e Machine,
    /// Its input.
    pub input: Value,
    /// What the context object says about it.
    pub context: ExecutionContext,
    /// Who carries out its tasks.
    pub tasks: Arc<dyn Tasks>,
    /// What time it is.
    pub clock: &'e dyn Clock,
    /// Who looks on.
    pub observer: &'e mut dyn Observer,
    /// Stops it from outside.
    pub abort: Abort,
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Well.
    Succeeded,
    /// With an error.
    Failed,
    /// Too late.
    TimedOut,
    /// Stopped from outside.
    Aborted,
}

impl Status {
    /// Returns AWS's name of the status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// What came of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Its output, when it ended well.
    pub output: Option<Value>,
    /// The error name, when it did not.
    pub error: Option<String>,
    /// The cause, when there is one.
    pub cause: Option<String>,
    /// Its history.
    pub history: Vec<Event>,
    /// The children of its map runs, in the order in which they began.
    pub children: Vec<ChildExecution>,
    /// How many tasks still ran when the interpreter stopped waiting for them.
    pub unfinished_tasks: usize,
}

/// What came of a child of a map run.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildExecution {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The ARN of the map run it belongs to.
    pub map_run: String,
    /// How it ended.
    pub status: Status,
    /// Its output, when it ended well.
    pub output: Option<Value>,
    /// The error name, when it did not.
    pub error: Option<String>,
    /// The cause, when there is one.
    pub cause: Option<String>,
    /// Its history.
    pub history: Vec<Event>,
}

/// Runs a machine to its end.
#[must_use]
pub fn execute(execution: Execution<'_>) -> Outcome {
    Engine::start(execution, Random::fresh()).run()
}
