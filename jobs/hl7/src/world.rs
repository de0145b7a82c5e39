//! What every step works with: where messages lie, what is known of them, and the time of day.

use std::fmt;

use carelake_core::ErrorKind;
use carelake_core::account::Unbalanced;
use carelake_core::ledger::{Ledger, LedgerError, Rows};
use carelake_core::names::Scope;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::{Store, StoreError};
use carelake_core::table::TableError;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::Hl7;

/// Where messages are kept, of whom, and the time of day.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// What the configuration says.
    pub config: &'w Hl7,
    /// The place of messages as they were received, which never expire.
    pub raw: &'w dyn Store,
    /// The place of messages as JSON, and of the publications.
    pub output: &'w dyn Store,
    /// The place of messages that could not be used.
    pub rejects: &'w dyn Store,
    /// The ledger, in whose rows the catalogue is.
    pub ledger: &'w dyn Ledger,
    /// Other rows for the catalogue, of who writes many messages at a time.
    pub rows: Option<&'w dyn Rows>,
    /// Whose data it is.
    pub scope: &'w Scope,
    /// The version of carelake.
    pub code_version: &'w str,
    /// The time of day.
    pub now: &'w (dyn Fn() -> Timestamp + Sync),
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("raw", &self.raw).field("output", &self.output).finish_non_exhaustive()
    }
}

impl<'w> World<'w> {
    /// Takes what a function works with.
    #[must_use]
    pub fn of(context: &Context<'w>, config: &'w Hl7) -> Self {
        Self {
            config,
            raw: context.raw,
            output: context.services.output,
            rejects: context.services.rejects,
            ledger: context.services.ledger,
            rows: None,
            scope: context.scope,
            code_version: context.code_version,
            now: context.services.now,
        }
    }

    /// Returns the time of day.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        (self.now)()
    }
}

/// Returns the day of a moment in UTC.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// Why a step failed. What was acknowledged is kept whatever it is; no value of a message is in it.
#[derive(Debug, thiserror::Error)]
pub enum Hl7Error {
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What is published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is served could not be read.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// A file could not be made of the rows.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Rows could not be put together.
    #[error("rows could not be put together")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// The sums do not agree.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// Others changed the same patients again and again.
    #[error("others were always first to change the same patients; it is tried again")]
    Crowded,
    /// There is no such message, patient or entry.
    #[error("there is no {what} of this name")]
    Unknown {
        /// What was asked for.
        what: &'static str,
    },
    /// What is asked for cannot be done.
    #[error("{why}")]
    Refused {
        /// Why, and what to do.
        why: &'static str,
    },
    /// This machine gives no random numbers.
    #[error("this machine gives no random numbers")]
    Random,
}

impl Hl7Error {
    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            Self::Table(error) => error.kind(),
            Self::Arrow(_) | Self::Unbalanced(_) | Self::Random => ErrorKind::INTERNAL,
            Self::Crowded => ErrorKind::PUBLISH_CONFLICT,
            Self::Unknown { .. } | Self::Refused { .. } => ErrorKind::INVALID_CONFIG,
        }
    }
}

impl From<Hl7Error> for Failure {
    fn from(error: Hl7Error) -> Self {
        Self::new(error.kind(), carelake_core::causes(&error))
    }
}
