//! One walk through a definition on this machine: an execution under way, or one that has ended.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use carelake_pipeline::{Described, ExecutionStatus, Listed};
use carelake_statemachine::{Abort, Outcome, Status};
use jiff::Timestamp;
use serde_json::Value;

use super::companion::Companion;

/// An execution.
pub(crate) struct Walk {
    /// As the context object names it.
    pub id: String,
    pub name: String,
    pub definition: &'static str,
    pub started_at: Timestamp,
    pub(super) companion: Arc<dyn Companion>,
    pub(super) stop: Abort,
    course: Mutex<Course>,
    over: Condvar,
}

#[derive(Default)]
struct Course {
    history: Vec<Value>,
    end: Option<Described>,
}

impl Walk {
    pub(super) fn new(
        (id, name, definition): (String, String, &'static str),
        started_at: Timestamp,
        companion: Arc<dyn Companion>,
    ) -> Self {
        let (stop, course, over) = (Abort::new(), Mutex::default(), Condvar::new());
        Self { id, name, definition, started_at, companion, stop, course, over }
    }

    /// Takes one that has ended before, with its history.
    pub(super) fn recall(&self, (told, history): (Described, Vec<Value>)) {
        *self.course() = Course { history, end: Some(told) };
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, event: Value) {
        self.course().history.push(event);
    }

    /// Returns the events after one.
    pub(super) fn history(&self, after: u64) -> Vec<Value> {
        // Events are numbered from 1 in their order.
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        self.course().history.iter().skip(after).cloned().collect()
    }

    pub(super) fn end(&self, outcome: &Outcome) {
        let status = match outcome.status {
            Status::Succeeded => ExecutionStatus::Succeeded,
            Status::Failed => ExecutionStatus::Failed,
            Status::TimedOut => ExecutionStatus::TimedOut,
            Status::Aborted => ExecutionStatus::Aborted,
        };
        let ended_at = outcome.history.last().map(|event| event.at);
        self.course().end = Some(Described {
            status,
            started_at: self.started_at,
            ended_at,
            output: outcome.output.clone(),
            error: outcome.error.clone(),
            cause: outcome.cause.clone(),
        });
        self.over.notify_all();
    }

    /// Returns how it goes, or went.
    pub(super) fn describe(&self) -> Described {
        self.course().end.clone().unwrap_or(Described {
            status: ExecutionStatus::Running,
            started_at: self.started_at,
            ended_at: None,
            output: None,
            error: None,
            cause: None,
        })
    }

    pub(super) fn listed(&self) -> Listed {
        let Described { status, started_at, ended_at, .. } = self.describe();
        Listed { id: self.id.clone(), name: self.name.clone(), status, started_at, ended_at }
    }

    /// Waits for the end at most this long, and returns whether it has come.
    pub(super) fn has_ended_within(&self, wait: Duration) -> bool {
        let waited = self.over.wait_timeout_while(self.course(), wait, |course| course.end.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.end.is_some()
    }

    /// Stops it from outside.
    pub(crate) fn abort(&self) {
        self.stop.abort();
    }
}
