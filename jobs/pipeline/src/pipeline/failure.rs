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

    /// Returns the line of a failure that was told like that, as state machines hand it on as the cause; any other text as it is.
    ///
    /// ```
    /// use carelake_pipeline::pipeline::Failure;
    /// assert_eq!(Failure::line_of(r#"{"errorType": "Storage", "errorMessage": "no answer"}"#), "no answer");
    /// assert_eq!(Failure::line_of("the task timed out"), "the task timed out");
    /// ```
    #[must_use]
    pub fn line_of(cause: &str) -> String {
        let form: Option<Value> = serde_json::from_str(cause).ok();
        let line = form.as_ref().and_then(|form| form.get("errorMessage")?.as_str());
        line.unwrap_or(cause).to_owned()
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
