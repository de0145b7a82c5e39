//! Why a model was not built.

use carelake_core::ledger::LedgerError;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_core::{ErrorKind, causes};
use carelake_pipeline::pipeline::Failure;

use crate::engine::EngineError;
use crate::errors::{MODEL_FAILED, TEST_FAILED};

/// Why a model was not built. What is served stays as it was. No value of a row is in it.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// What is published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is served could not be read.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be made of the rows.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file of the configuration could not be read.
    #[error("{path} cannot be read; see that it is there and that it may be read")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// What it reads was never published.
    #[error("{model}: nothing is served of {publication}, which it reads; publish or build that first")]
    Missing {
        /// The model.
        model: String,
        /// The publication.
        publication: String,
    },
    /// Rows could not be made.
    #[error("{model}: {cause}")]
    Engine {
        /// The model.
        model: String,
        /// Why.
        cause: EngineError,
    },
    /// What came out is not what is declared.
    #[error("{model}: {what}")]
    Drift {
        /// The model.
        model: String,
        /// Column, declared, found.
        what: String,
    },
    /// It took more memory than its share.
    #[error(
        "{model}: it took {peak_mib} MiB and has {share_mib} MiB; give it more by `memory`, read fewer columns before the first join, or make it by partition"
    )]
    Memory {
        /// The model.
        model: String,
        /// MiB that it took when that was seen.
        peak_mib: u64,
        /// MiB that it may take.
        share_mib: u64,
    },
    /// The engine gave up.
    #[error("{model}: the engine gave it up; `carelake models compile` shows what it was asked")]
    GaveUp {
        /// The model.
        model: String,
    },
    /// A test failed.
    #[error("{model}: {tests} failed; nothing of it was published")]
    Tests {
        /// The model.
        model: String,
        /// The names of the tests.
        tests: String,
    },
    /// A test cannot be asked.
    #[error("{model}: the test {test} cannot be asked: {what}")]
    Test {
        /// The model.
        model: String,
        /// The test.
        test: String,
        /// Why.
        what: String,
    },
    /// Somebody does not want the answer any more.
    #[error("the build was aborted")]
    Aborted,
}

impl BuildError {
    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Table(error) => error.kind(),
            Self::File { .. } => ErrorKind::INVALID_CONFIG,
            Self::Missing { .. } => ErrorKind::INPUT_MISSING,
            Self::Drift { .. } => ErrorKind::SCHEMA_DRIFT,
            Self::Engine { cause: EngineError::Machine { .. }, .. } | Self::Aborted => ErrorKind::STORAGE,
            Self::Engine { .. } | Self::Test { .. } | Self::Memory { .. } | Self::GaveUp { .. } => MODEL_FAILED,
            Self::Tests { .. } => TEST_FAILED,
        }
    }
}

impl From<&BuildError> for Failure {
    fn from(error: &BuildError) -> Self {
        Self::new(error.kind(), causes(error))
    }
}
