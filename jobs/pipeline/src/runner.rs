//! Executions: how they are started, looked at and stopped, on one machine as on AWS.

use carelake_core::ErrorKind;
use jiff::Timestamp;
use serde_json::Value;

/// Starts definitions and follows their executions.
pub trait Runner: Send + Sync {
    /// Starts an execution and answers its id. Of two starts with one name only the first starts anything; without a name each does.
    ///
    /// # Errors
    /// [`RunnerError::UnknownDefinition`]; [`RunnerError::Unavailable`].
    fn start(&self, definition: &str, name: Option<&str>, input: &Value) -> Result<String, RunnerError>;

    /// Tells how an execution goes.
    ///
    /// # Errors
    /// [`RunnerError::UnknownExecution`]; [`RunnerError::Unavailable`].
    fn describe(&self, execution: &str) -> Result<Described, RunnerError>;

    /// Returns executions of a definition, those that began last first: at most so many, and with a moment only those that began before it.
    /// A runner of one machine knows those of its process; what ended earlier is in the output.
    ///
    /// # Errors
    /// [`RunnerError::UnknownDefinition`]; [`RunnerError::Unavailable`].
    fn executions(&self, definition: &str, before: Option<Timestamp>, most: usize) -> Result<Vec<Listed>, RunnerError>;

    /// Returns the id that an execution of this name has, whether there is one or not.
    ///
    /// # Errors
    /// [`RunnerError::UnknownDefinition`]; [`RunnerError::Unavailable`].
    fn execution(&self, definition: &str, name: &str) -> Result<String, RunnerError>;

    /// Stops an execution; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`RunnerError::UnknownExecution`]; [`RunnerError::Unavailable`].
    fn stop(&self, execution: &str) -> Result<(), RunnerError>;

    /// Returns the events after one, the oldest first, each as `GetExecutionHistory` has it: `{"id", "previousEventId", "type", …}`.
    /// 0 stands before the first.
    ///
    /// # Errors
    /// [`RunnerError::UnknownExecution`]; [`RunnerError::Unavailable`].
    fn history(&self, execution: &str, after: u64) -> Result<Vec<Value>, RunnerError>;

    /// Ends a task that waits with this token well.
    ///
    /// # Errors
    /// [`RunnerError::UnknownToken`]; [`RunnerError::Unavailable`].
    fn task_success(&self, token: &str, output: &Value) -> Result<(), RunnerError>;

    /// Ends a task that waits with this token with an error.
    ///
    /// # Errors
    /// [`RunnerError::UnknownToken`]; [`RunnerError::Unavailable`].
    fn task_failure(&self, token: &str, error: &str, cause: &str) -> Result<(), RunnerError>;

    /// Says that the task that waits with this token is alive.
    ///
    /// # Errors
    /// [`RunnerError::UnknownToken`]; [`RunnerError::Unavailable`].
    fn task_heartbeat(&self, token: &str) -> Result<(), RunnerError>;
}

/// An execution in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id, by which it can be asked about.
    pub id: String,
    /// Its name among those of its definition.
    pub name: String,
    /// How far it is.
    pub status: ExecutionStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
}

/// How an execution goes, or went.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// How far it is.
    pub status: ExecutionStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// Its output, when it ended well.
    pub output: Option<Value>,
    /// The error name, when it did not.
    pub error: Option<String>,
    /// The cause, when there is one.
    pub cause: Option<String>,
}

/// How far an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// It goes on.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// It took longer than its definition allows.
    TimedOut,
    /// It was stopped.
    Aborted,
}

impl ExecutionStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Running, Self::Succeeded, Self::Failed, Self::TimedOut, Self::Aborted];

    /// Returns AWS's name of the status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// Why a runner could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunnerError {
    /// No room has this definition, or it is not deployed.
    #[error("there is no state machine {name}; deploy the environment, or correct the name")]
    UnknownDefinition {
        /// The definition, or the name it is deployed under.
        name: String,
    },
    /// There is no such execution.
    #[error("there is no execution {execution}; it may be older than the runner keeps")]
    UnknownExecution {
        /// Its id.
        execution: String,
    },
    /// No task waits with this token.
    #[error("no task waits with this token: it was answered, it ran out of time, or the token was never given out")]
    UnknownToken,
    /// What carries executions out did not answer, or refused.
    #[error("cannot {action}: {cause}")]
    Unavailable {
        /// What was tried, after "cannot".
        action: &'static str,
        /// What was answered, without values from the data.
        cause: String,
    },
}

impl RunnerError {
    /// Returns the name that the state machine and the exit code know.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::UnknownDefinition { .. } => ErrorKind::INVALID_CONFIG,
            Self::UnknownExecution { .. } | Self::UnknownToken => ErrorKind::INTERNAL,
            Self::Unavailable { .. } => ErrorKind::STORAGE,
        }
    }
}

impl From<RunnerError> for super::pipeline::Failure {
    fn from(error: RunnerError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}
