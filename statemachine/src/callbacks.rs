//! Task tokens: how somebody else answers a task that waits.
//!
//! A `.waitForTaskToken` task is handed to a service together with a token; it then waits until whoever has the token reports
//! success or failure, or until its time or the silence it is allowed is over.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::tasks::{Message, TaskError};

/// Answers waiting tasks by their tokens, as AWS's SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat do. Clones answer the
/// tasks of the same executions; one handle may serve several executions at once.
#[derive(Debug, Clone, Default)]
pub struct Callbacks(Arc<Mutex<BTreeMap<String, Waiting>>>);

/// A task that waits.
#[derive(Debug)]
struct Waiting {
    call: u64,
    outbox: Sender<Message>,
}

/// No task waits with this token: it was answered, it ran out of time, or the token was never given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no task waits with this token: it was answered, it ran out of time, or the token was never given out")]
pub struct UnknownToken;

impl Callbacks {
    /// Creates a handle that knows no token yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends a task well.
    ///
    /// # Errors
    /// Fails when no task waits with this token.
    pub fn task_success(&self, token: &str, output: Value) -> Result<(), UnknownToken> {
        self.answer(token, Ok(output))
    }

    /// Ends a task with an error; both its name and its cause may be left out.
    ///
    /// # Errors
    /// Fails when no task waits with this token.
    pub fn task_failure(&self, token: &str, error: Option<String>, cause: Option<String>) -> Result<(), UnknownToken> {
        self.answer(token, Err(TaskError { error, cause, is_final: false }))
    }

    /// Starts the silence allowed by `HeartbeatSeconds` anew.
    ///
    /// # Errors
    /// Fails when no task waits with this token.
    pub fn task_heartbeat(&self, token: &str) -> Result<(), UnknownToken> {
        let waiting = self.waiting();
        let Waiting { call, outbox } = waiting.get(token).ok_or(UnknownToken)?;
        outbox.send(Message::Heartbeat { call: *call }).map_err(|_| UnknownToken)
    }

    /// Hands an answer over; the token is used up by it.
    fn answer(&self, token: &str, answer: Result<Value, TaskError>) -> Result<(), UnknownToken> {
        let Waiting { call, outbox } = self.waiting().remove(token).ok_or(UnknownToken)?;
        outbox.send(Message::Callback { call, answer }).map_err(|_| UnknownToken)
    }

    pub(crate) fn expect(&self, token: &str, call: u64, outbox: Sender<Message>) {
        self.waiting().insert(token.to_owned(), Waiting { call, outbox });
    }

    pub(crate) fn forget(&self, token: &str) {
        self.waiting().remove(token);
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
