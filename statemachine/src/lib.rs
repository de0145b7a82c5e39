//! Runs an Amazon States Language state machine on one machine, exactly as AWS Step Functions would.
//!
//! `carelake run` is the deployed definition, `pipeline.asl.json`, executed by this crate with the job functions bound
//! in-process. Nothing here knows about health data, files or AWS: a definition goes in, calls of [`Tasks`] come out, and a
//! history of events is left behind.
//!
//! Read in this order: [`Machine`] reads a definition into the typed states of [`state`], or refuses it with every
//! [`Problem`] at once; [`execute`] runs it; [`Tasks`] is the seam to everything that does work, and hands over the
//! [`Objects`] of a Distributed Map and the [`Callbacks`] of waiting tasks; [`replay`] compares the result with executions
//! recorded on AWS.
//!
//! ```
//! use std::sync::Arc;
//! use carelake_statemachine::{
//!     Abort, ChildExecution, Execution, ExecutionContext, Machine, Mock, Silent, Status, VirtualClock, execute,
//! };
//! use serde_json::json;
//!
//! let machine = Machine::parse(r#"{"StartAt": "Load", "States": {"Load": {
//!     "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
//!     "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2.0}]
//! }}}"#).unwrap();
//! let script = json!({"Load": [{"error": "Storage"}, {"output": {"rows": 3}}]});
//! let started = "2024-06-01T00:00:00Z".parse().unwrap();
//! let outcome = execute(Execution {
//!     machine: &machine,
//!     input: json!({}),
//!     context: ExecutionContext::new("run-1", "example", started),
//!     tasks: Arc::new(Mock::parse(&script, &machine).unwrap()),
//!     clock: &VirtualClock::starting_at(started),
//!     observer: &mut Silent,
//!     abort: Abort::new(),
//! });
//! assert_eq!(outcome.status, Status::Succeeded);
//! assert_eq!(outcome.history.last().unwrap().at.to_string(), "2024-06-01T00:00:02Z");
//! ```

mod callbacks;
mod clock;
mod diagram;
mod failure;
mod history;
mod inject;
mod intrinsic;
mod items;
mod load;
mod machine;
mod mock;
mod moment;
mod number;
mod objects;
mod observer;
mod path;
mod problem;
mod random;
pub mod replay;
mod run;
mod scope;
pub mod state;
mod substitute;
mod tasks;
mod template;

pub use callbacks::{Callbacks, UnknownToken};
pub use clock::{Clock, RealClock, VirtualClock};
pub use diagram::diagram;
pub use failure::{Failure, MAX_PAYLOAD_BYTES};
pub use history::{CallKind, CallStep, Details, Event, EventKind};
pub use inject::{Inject, InjectSyntax};
pub use intrinsic::Call;
pub use machine::{Kind, Machine, check};
pub use mock::{Mock, MockError, run_mocked, run_scripted};
pub use objects::{NoObjects, ObjectEntry, ObjectError, Objects, ObjectsInMemory};
pub use observer::{DataStep, Notice, Observer, Silent};
pub use path::{NoSuchPath, Path, PathSyntax, ReferencePath, Root};
pub use problem::{Problem, Problems};
pub use run::{
    Abort, ChildExecution, Execution, ExecutionContext, Outcome, StateTest, StateTested, Status, execute, test_state,
    test_state_of,
};
pub use scope::{Scope, Variables};
pub use substitute::substitute;
pub use tasks::{
    Answer, Binding, Cancellation, Heart, KnownResult, Scripted, TaskCall, TaskError, Tasks, lambda_result,
};
pub use template::Template;
