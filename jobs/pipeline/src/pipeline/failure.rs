//! How a function of the pipeline fails: one of our names and a line for people.

use std::fmt;

use serde_json::{Value, json};

use carelake_core::ErrorKind;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::PublishError;
use carelake_tabular::job::JobError;

/// A function that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name that the state machine retries and catches.
    pub kind: &'static ErrorKind,
    /// One line without values from the data.
    pub reason: String,
    /// Whether trying again in a moment may help where all that is read and written is on this machine.
    pub may_heal: bool,
}

impl Failure {
    /// Takes the kind and the line.
    #[must_use]
    pub fn new(kind: &'static ErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), may_heal: kind.heals_here }
    }

    /// Returns the failure as a Lambda function tells it: `{"errorType": …, "errorMessage": …}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "errorType": self.kind.name, "errorMessage": self.reason })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.reason)
    }
}

impl std::error::Error for Failure {}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        JobError::from(error).into()
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        JobError::from(error).into()
    }
}
