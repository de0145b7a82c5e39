//! Why a step failed.

use arrow_schema::ArrowError;
use carelake_core::ErrorKind;
use carelake_core::account::Unbalanced;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_http::HttpError;
use carelake_lookup::LookupError;
use carelake_pipeline::pipeline::Failure;
use carelake_sorted::SortedError;

/// Why a step failed. What is served stays as it was, and what was delivered comes again. No value of the data is in it.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
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
    /// Rows could not be put in order.
    #[error(transparent)]
    Sorted(#[from] SortedError),
    /// Rows could not be put together.
    #[error("rows could not be put together")]
    Arrow(#[from] ArrowError),
    /// The sums do not agree.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// What a record needs is not looked up.
    #[error("a batch cannot be taken whole")]
    Enrich {
        /// The first record of the batch that needs it, from 0 on.
        record: usize,
        /// Why.
        #[source]
        cause: Box<StreamError>,
    },
    /// A look-up does not answer.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A server does not answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A server answers something else than it is asked.
    #[error("streams.{stream}: {place} {what}")]
    Answer {
        /// The stream.
        stream: String,
        /// Where was asked.
        place: String,
        /// What is wrong with the answer.
        what: &'static str,
    },
    /// What says who we are is not there.
    #[error("{}", .0.reason)]
    Secret(Failure),
    /// A file of this machine could not be read.
    #[error("{path} cannot be read; see that it is there and that it may be read")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// What a pointer keeps of the stream is damaged.
    #[error("{publication}: what its pointer keeps is damaged; `carelake rollback` serves a former state whole")]
    State {
        /// The publication.
        publication: String,
    },
    /// A file of the room's own is not what was written.
    #[error("{key} is not what was written; `carelake doctor` tells what to do")]
    Damaged {
        /// The file.
        key: String,
    },
    /// A column of a staged batch has another type than the configuration says now.
    #[error(
        "streams.{stream}: column {column} has another type than when its batches were staged; give the column of the new type another name"
    )]
    Type {
        /// The stream.
        stream: String,
        /// The column.
        column: String,
    },
    /// A delivery is no batch of records.
    #[error("what was delivered is no batch of records; look at what calls the function")]
    NoBatch,
    /// The machine slept while it wrote: nobody looks any more where the batch lies.
    #[error("the batch was staged on {day} and is looked for later than that; it is delivered again")]
    Late {
        /// The day.
        day: String,
    },
    /// A shard is said to come after one that there is not.
    #[error("{path}: a shard has a parent that is not there, or shards are each other's parents; mend the file")]
    Shards {
        /// The file.
        path: String,
    },
    /// A file that was staged in part is shorter now.
    #[error("{path} is shorter than what was taken of it; a file of records may only grow")]
    Shorter {
        /// The file.
        path: String,
    },
    /// AWS does not answer for a stream.
    #[error("streams.{stream}: its stream of AWS does not answer{}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Unavailable {
        /// The stream.
        stream: String,
        /// What the service calls it, if it answered.
        code: Option<String>,
    },
    /// AWS refuses what is asked of a stream.
    #[error("streams.{stream}: its stream of AWS refuses to be read ({code}); see to credentials, region and rights")]
    Refused {
        /// The stream.
        stream: String,
        /// What the service calls it.
        code: String,
    },
    /// A shard has no such records.
    #[error("{shard} was read to its end and has no such records; `carelake doctor` tells ranges as they are")]
    NoSuchRange {
        /// The shard.
        shard: String,
    },
    /// What is asked for cannot be done with this kind of stream.
    #[error("streams.{stream}: {why}")]
    Kind {
        /// The stream.
        stream: String,
        /// Why, and what to do.
        why: &'static str,
    },
}

impl StreamError {
    /// Returns the first record of a batch that needs what is not looked up, from 0 on; none where something else failed.
    #[must_use]
    pub const fn needed_by(&self) -> Option<usize> {
        match self {
            Self::Enrich { record, .. } => Some(*record),
            _ => None,
        }
    }

    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Table(error) => error.kind(),
            Self::Enrich { cause, .. } => cause.kind(),
            Self::Lookup(error) => error.kind(),
            Self::Http(error) => error.kind(),
            Self::Secret(failure) => failure.kind,
            Self::Sorted(SortedError::Scratch(_)) | Self::State { .. } | Self::Damaged { .. } | Self::File { .. } => {
                ErrorKind::STORAGE
            }
            Self::Sorted(_) | Self::Arrow(_) | Self::Unbalanced(_) => ErrorKind::INTERNAL,
            Self::Type { .. } => ErrorKind::SCHEMA_DRIFT,
            Self::Late { .. } => ErrorKind::PUBLISH_CONFLICT,
            Self::Unavailable { .. } | Self::Answer { .. } => ErrorKind::UNAVAILABLE,
            Self::Refused { .. } => ErrorKind::REFUSED,
            Self::NoSuchRange { .. }
            | Self::NoBatch
            | Self::Shards { .. }
            | Self::Shorter { .. }
            | Self::Kind { .. } => ErrorKind::INVALID_CONFIG,
        }
    }
}
