//! Why a state failed: the error name and cause that Retry, Catch and the end of the execution see.
//!
//! A definition with a mistake is not a failure but a [`Problem`](crate::Problem), found before anything runs.

use serde_json::{Value, json};

/// The most bytes a state may take in or hand on. Source: AWS Step Functions service quotas, "Maximum input or output size".
pub const MAX_PAYLOAD_BYTES: usize = 262_144;

/// A state's failure, with AWS's error name and cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error name; a callback may fail without one.
    pub error: Option<String>,
    /// The human-readable cause; a timeout has none.
    pub cause: Option<String>,
}

impl Failure {
    /// Creates a failure with an error name and a cause.
    #[must_use]
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { error: Some(error.into()), cause: Some(cause.into()) }
    }

    /// Creates the failure of a state that cannot be carried out; AWS neither retries nor catches it.
    #[must_use]
    pub fn runtime(cause: impl Into<String>) -> Self {
        Self::new("States.Runtime", cause)
    }

    /// Creates the failure of a task that outlived its `TimeoutSeconds`.
    #[must_use]
    pub fn timeout(cause: Option<String>) -> Self {
        Self { error: Some("States.Timeout".to_owned()), cause }
    }

    /// Creates the failure of a task that kept silent for longer than its `HeartbeatSeconds`.
    #[must_use]
    pub fn heartbeat(cause: Option<String>) -> Self {
        Self { error: Some("States.HeartbeatTimeout".to_owned()), cause }
    }

    /// Creates the failure of a result larger than [`MAX_PAYLOAD_BYTES`]; `of` is the state's name or the task's service.
    #[must_use]
    pub fn too_large(of: &str) -> Self {
        let cause = format!(
            "The state/task '{of}' returned a result with a size exceeding the maximum number of bytes service limit."
        );
        Self::new("States.DataLimitExceeded", cause)
    }

    /// Creates the failure of a Map of which more items failed than it tolerates.
    #[must_use]
    pub fn too_many_items() -> Self {
        Self::new("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")
    }

    /// Returns whether Retry and Catch may look at it at all.
    #[must_use]
    pub fn can_be_handled(&self) -> bool {
        self.error.as_deref() != Some("States.Runtime")
    }

    /// Returns whether it came from a clock rather than from an answer.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.error.as_deref(), Some("States.Timeout" | "States.HeartbeatTimeout"))
    }

    /// Returns whether one of the names of an `ErrorEquals` matches it.
    ///
    /// `States.ALL` matches everything, `States.TaskFailed` everything but a timeout, and `States.Timeout` a missed heartbeat too.
    #[must_use]
    pub fn matches(&self, error_equals: &[String]) -> bool {
        error_equals.iter().any(|wanted| match wanted.as_str() {
            "States.ALL" => true,
            "States.TaskFailed" => !self.is_timeout(),
            "States.Timeout" => self.is_timeout(),
            wanted => self.error.as_deref() == Some(wanted),
        })
    }

    /// Returns the Error Output that Catch hands to the next state.
    #[must_use]
    pub fn output(&self) -> Value {
        // AWS writes the missing cause of a timeout as an empty text, and that of a callback without one as null.
        let cause = if self.is_timeout() && self.cause.is_none() { Some("") } else { self.cause.as_deref() };
        json!({"Error": self.error, "Cause": cause})
    }
}

/// Returns the size of a value as AWS counts it: the bytes of its shortest JSON text.
#[must_use]
pub fn size_bytes(value: &Value) -> usize {
    value.to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn wildcard_names_match_what_the_specification_says() {
        let failed = Failure::new("Storage", "disk full");
        assert!(failed.matches(&names(&["States.ALL"])));
        assert!(failed.matches(&names(&["States.TaskFailed"])));
        assert!(!failed.matches(&names(&["States.Timeout", "Storag"])));
        let silent = Failure::heartbeat(None);
        assert!(silent.matches(&names(&["States.HeartbeatTimeout"])));
        assert!(silent.matches(&names(&["States.Timeout"])));
        assert!(!silent.matches(&names(&["States.TaskFailed"])));
        assert!(!Failure::timeout(None).matches(&names(&["States.HeartbeatTimeout"])));
    }

    #[test]
    fn runtime_failures_cannot_be_handled() {
        assert!(!Failure::runtime("x").can_be_handled());
        assert!(Failure::too_large("State").can_be_handled());
    }

    #[test]
    fn a_timeout_hands_on_an_empty_cause() {
        assert_eq!(Failure::timeout(None).output(), json!({"Error": "States.Timeout", "Cause": ""}));
        assert_eq!(Failure { error: None, cause: None }.output(), json!({"Error": null, "Cause": null}));
    }
}
