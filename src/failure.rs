//! Why the command ended without doing what it was asked: one line, what to do next, and an exit code.

use std::fmt;

use carelake_core::config::ConfigError;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::PublishError;
use carelake_core::store::StoreError;
use carelake_core::{ErrorKind, causes, nearest};
use carelake_tabular::job::JobError;

/// The class of a failure: one of the kinds that a job knows, or wrong usage, which only a command knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// What was typed is not there, or does not fit together. Nothing was done.
    Usage,
    /// What it was asked for failed.
    Of(&'static ErrorKind),
}

impl Class {
    /// Returns the name that JSON and messages have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Usage => "Usage",
            Self::Of(kind) => kind.name,
        }
    }

    /// Returns the exit code of the command.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Of(kind) => kind.exit_code,
        }
    }
}

impl From<&'static ErrorKind> for Class {
    fn from(kind: &'static ErrorKind) -> Self {
        Self::Of(kind)
    }
}

impl PartialEq<&'static ErrorKind> for Class {
    fn eq(&self, kind: &&'static ErrorKind) -> bool {
        *self == Self::Of(kind)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failure of the command.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub kind: Class,
    pub message: String,
    pub advice: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: impl Into<Class>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), advice: None }
    }

    /// Wrong usage: what is named on the command line is not there, or does not fit together.
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(Class::Usage, message)
    }

    /// Wrong usage: nothing has this name; the nearest of those that are known is suggested.
    pub(crate) fn unknown<'a>(what: impl fmt::Display, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let failure = Self::argument(format!("{what}: there is no `{given}`"));
        match nearest(given, known.iter().copied()) {
            Some(name) => failure.advise(format!("did you mean `{name}`?")),
            None if known.is_empty() => failure,
            None => failure.advise(format!("choose from {}", known.join(", "))),
        }
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

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::INVALID_CONFIG, error.to_string())
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self::new(error.kind(), error.reason()).advise(error.kind().advice)
    }
}

impl From<carelake_pipeline::pipeline::Failure> for Failure {
    fn from(failure: carelake_pipeline::pipeline::Failure) -> Self {
        Self::new(failure.kind, failure.reason).advise(failure.kind.advice)
    }
}

impl From<carelake_files::FilesError> for Failure {
    fn from(error: carelake_files::FilesError) -> Self {
        match error {
            carelake_files::FilesError::Publish(error) => error.into(),
            error => Self::new(error.kind(), causes(&error))
                .advise("nothing was changed; `carelake publish --help` has examples"),
        }
    }
}

impl From<carelake_pipeline::RunnerError> for Failure {
    fn from(error: carelake_pipeline::RunnerError) -> Self {
        Self::new(error.kind(), error.to_string()).advise(error.kind().advice)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.kind(), causes(&error)).advise(error.kind().advice)
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let advice = match error {
            PublishError::NoEarlierRun { .. } | PublishError::NoSuchRun { .. } => {
                return Self::argument(causes(&error)).advise("`carelake runs DATASET` lists the runs that are kept");
            }
            PublishError::Unreadable { .. } => "`carelake doctor` says which, and what to type",
            _ => error.kind().advice,
        };
        Self::new(error.kind(), causes(&error)).advise(advice)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::new(error.kind(), causes(&error)).advise(error.kind().advice)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(ErrorKind::STORAGE, error.to_string())
    }
}
