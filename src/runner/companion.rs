//! What goes along with an execution: where it keeps what it leaves, and who is told.

use carelake_pipeline::Function;
use carelake_pipeline::pipeline::Failure;
use carelake_statemachine::{Notice, Outcome, TaskCall};
use serde_json::Value;

use super::local::Local;
use super::report;
use crate::kept::Kept;
use crate::{failure, output};

/// Goes along with one execution.
pub(crate) trait Companion: Send + Sync {
    /// Returns where the execution keeps what it leaves, once that is known.
    fn kept(&self) -> Option<Kept>;

    /// Is told before a function is called; a failure takes the place of its answer.
    fn before(&self, local: &Local, call: &TaskCall, payload: &Value) -> Result<(), Failure> {
        let _ = (local, call, payload);
        Ok(())
    }

    /// Is told what a function answered.
    fn answered(&self, local: &Local, function: &Function, answer: &Value) {
        let _ = (local, function, answer);
    }

    /// Is told what happens, with each event as it is kept.
    fn look(&self, notice: &Notice<'_>, event: Option<&Value>) {
        let _ = (notice, event);
    }

    /// Is told whether a notice was sent.
    fn sent(&self, sent: Result<(), &failure::Failure>) {
        let _ = sent;
    }

    /// Is told how the execution ended.
    fn ended(&self, local: &Local, outcome: &Outcome);
}

/// Goes along with an execution whose history and report are kept under its own name; its states tell of it.
pub(crate) struct Plain(pub Kept);

impl Companion for Plain {
    fn kept(&self) -> Option<Kept> {
        Some(self.0.clone())
    }

    fn sent(&self, sent: Result<(), &failure::Failure>) {
        if let Err(failure) = sent {
            output::aside(format_args!("the notice of {} was not sent: {}", self.0.id, failure.message));
        }
    }

    fn ended(&self, local: &Local, outcome: &Outcome) {
        if let Err(failure) = report::keep(local.lake(), &self.0, outcome) {
            output::aside(format_args!("the report of {} could not be kept: {}", self.0.id, failure.message));
        }
    }
}
