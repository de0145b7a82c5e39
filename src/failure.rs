//! Why the command ended without doing what it was asked: one line, what to do next, and an exit code.

use std::fmt;

use carelake_core::ErrorKind;
use carelake_core::config::ConfigError;
use carelake_core::job::JobError;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::PublishError;
use carelake_core::store::StoreError;

/// A failure of the command.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub kind: ErrorKind,
    pub message: String,
    pub advice: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), advice: None }
    }

    /// A wrong argument: something named on the command line that is not there.
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidConfig, message)
    }

    pub(crate) fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)?;
        match &self.advice {
            Some(advice) => write!(f, "\n  next: {advice}"),
            None => Ok(()),
        }
    }
}

/// Returns an error with its causes, as one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::InvalidConfig, error.to_string())
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self::new(error.kind(), error.reason()).advise(error.kind().advice())
    }
}

impl From<carelake_core::run::pipeline::Failure> for Failure {
    fn from(failure: carelake_core::run::pipeline::Failure) -> Self {
        Self::new(failure.kind, failure.reason).advise(failure.kind.advice())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.kind(), chain(&error)).advise(error.kind().advice())
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let advice = match error {
            PublishError::NoEarlierRun { .. } | PublishError::NoSuchRun { .. } => {
                "`carelake runs DATASET` lists the runs that are kept"
            }
            PublishError::Unreadable { .. } => "`carelake doctor` says which, and what to type",
            _ => error.kind().advice(),
        };
        Self::new(error.kind(), chain(&error)).advise(advice)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::new(error.kind(), chain(&error)).advise(error.kind().advice())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(ErrorKind::Storage, error.to_string())
    }
}
