//! Why a step failed.

use arrow_schema::ArrowError;
use carelake_core::ErrorKind;
use carelake_core::account::Unbalanced;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_http::HttpError;
use carelake_pipeline::pipeline::Failure;
use carelake_sorted::SortedError;

/// A server failed to export, or lost what it exported.
pub const EXPORT_FAILED: &ErrorKind = &ErrorKind {
    name: "ExportFailed",
    exit_code: 80,
    is_permanent: true,
    heals_here: false,
    meaning: "a server failed to export, or its files are cut or gone",
    advice: "look at the server's own log of the export; the next run asks for the same window again",
};

/// [`EXPORT_FAILED`] of files of a folder, which no server has a log of.
const FILES_FAILED: &ErrorKind = &ErrorKind {
    name: EXPORT_FAILED.name,
    exit_code: EXPORT_FAILED.exit_code,
    is_permanent: true,
    heals_here: false,
    meaning: EXPORT_FAILED.meaning,
    advice: "copy what the message names into the folder again, whole, and run the source again",
};

/// [`ErrorKind::INPUT_MISSING`] with what helps here.
const FOLDER_MISSING: &ErrorKind = &ErrorKind {
    name: ErrorKind::INPUT_MISSING.name,
    exit_code: ErrorKind::INPUT_MISSING.exit_code,
    is_permanent: false,
    heals_here: false,
    meaning: ErrorKind::INPUT_MISSING.meaning,
    advice: "put the files into that folder, or correct `place` of the source, and run it again",
};

/// [`ErrorKind::REJECT_THRESHOLD`] with what helps here.
const REJECTED: &ErrorKind = &ErrorKind {
    name: ErrorKind::REJECT_THRESHOLD.name,
    exit_code: ErrorKind::REJECT_THRESHOLD.exit_code,
    is_permanent: true,
    heals_here: false,
    meaning: ErrorKind::REJECT_THRESHOLD.meaning,
    advice: "mend what the message names, or raise max_reject_ratio of the source, and run it again",
};

/// Why a step failed. What is served stays as it was. No value of the data is in it.
#[derive(Debug, thiserror::Error)]
pub enum FhirError {
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
    /// No client can be made.
    #[error(transparent)]
    Http(HttpError),
    /// A server does not answer, or not whole. Addresses of jobs and files may be signed, so none is told.
    #[error("fhir.sources.{origin}: the server does not answer{}", answered(*.status))]
    Unavailable {
        /// The source.
        origin: String,
        /// The status that it answers with, if it does.
        status: Option<u16>,
    },
    /// A server does not do what it is asked.
    #[error("fhir.sources.{origin}: the server {what}{}", answered(*.status))]
    Export {
        /// The source.
        origin: String,
        /// What it does instead.
        what: &'static str,
        /// The status that it answers with, where that says more.
        status: Option<u16>,
    },
    /// A server does not let us in.
    #[error("fhir.sources.{origin}: the server refuses us{}; see to what `auth` says, and to its certificate", answered(*.status))]
    Refused {
        /// The source.
        origin: String,
        /// The status that it answers with; none where its certificate is not trusted.
        status: Option<u16>,
    },
    /// A file of an export does not come.
    #[error("{file}: {why}")]
    Lost {
        /// The file.
        file: String,
        /// Why.
        why: &'static str,
    },
    /// What says who we are is not there.
    #[error("{}", .0.reason)]
    Secret(Failure),
    /// Our key cannot be used.
    #[error("fhir.sources.{origin}.auth.smart.key: {what}")]
    Key {
        /// The source.
        origin: String,
        /// Why.
        what: &'static str,
    },
    /// A file cannot be read from where it lies.
    #[error("{file} cannot be read")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// A file is not whole, or not what it should be.
    #[error("{file} {why}, also when it is read again; {}", if *.is_copied { "copy it again" } else { "have it exported again" })]
    Cut {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
        /// Whether it is of a folder, and not of a server.
        is_copied: bool,
    },
    /// The folder of a source is not there.
    #[error("there is no folder {folder} among the inputs")]
    Missing {
        /// The folder.
        folder: String,
    },
    /// A manifest is none.
    #[error("{file} is no manifest of an export: {what}")]
    Manifest {
        /// The file.
        file: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More files failed than may.
    #[error("fhir.sources.{origin}: {failed} files failed, and {tolerated} may; the first: {first}")]
    Files {
        /// The source.
        origin: String,
        /// How many failed.
        failed: u64,
        /// How many may.
        tolerated: u64,
        /// Why the first did.
        first: String,
        /// Whether they are of a folder, and not of a server.
        are_copied: bool,
    },
    /// Too many lines are rejected.
    #[error(
        "fhir.sources.{origin}: {rejected} of {read} lines are rejected, more than max_reject_ratio {most}: {rules}; until the next run they are below {kept} in the place of rejects"
    )]
    Rejects {
        /// The source.
        origin: String,
        /// Lines that are rejected.
        rejected: u64,
        /// Lines that were read.
        read: u64,
        /// The most, from 0 to 1.
        most: f64,
        /// How many by each rule, and where the first is.
        rules: String,
        /// Where the lines are.
        kept: String,
    },
    /// A full export lacks too much.
    #[error(
        "fhir.sources.{origin}: the full export lacks {absent} of {there} {resource_type}, more than max_drop_ratio {most}; `--accept-loss` publishes it"
    )]
    Drop {
        /// The source.
        origin: String,
        /// The type.
        resource_type: String,
        /// Resources that it lacks.
        absent: u64,
        /// Resources that were there.
        there: u64,
        /// The most, from 0 to 1.
        most: f64,
    },
    /// Views are wrong.
    #[error("{problems}")]
    View {
        /// What is wrong, and where.
        problems: String,
    },
    /// A column that takes one value has several in too many rows.
    #[error(
        "fhir.sources.{origin}: the view {view} is not made: its column {column} has several values in {many} of {rows} rows, more than max_reject_ratio {most}; changes, resources and the other views are published; send a corrected version, raise max_reject_ratio, or take the file away and `carelake rollback fhir/{origin}/changes`"
    )]
    Many {
        /// The source.
        origin: String,
        /// The view, which is as it was.
        view: String,
        /// The column.
        column: String,
        /// Rows with several values.
        many: u64,
        /// Rows.
        rows: u64,
        /// The most, from 0 to 1.
        most: f64,
    },
    /// What a pointer keeps of the source is damaged.
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
}

impl FhirError {
    /// Returns whether only the file failed, so that others may be taken.
    #[must_use]
    pub const fn is_of_file(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::Lost { .. })
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
            Self::Sorted(SortedError::Scratch(_)) | Self::Read { .. } | Self::State { .. } | Self::Damaged { .. } => {
                ErrorKind::STORAGE
            }
            Self::Sorted(_) | Self::Arrow(_) | Self::Unbalanced(_) => ErrorKind::INTERNAL,
            Self::Http(error) => error.kind(),
            Self::Refused { .. } => ErrorKind::REFUSED,
            Self::Unavailable { .. } => ErrorKind::UNAVAILABLE,
            Self::Secret(failure) => failure.kind,
            Self::Key { .. } | Self::View { .. } => ErrorKind::INVALID_CONFIG,
            Self::Cut { is_copied: true, .. } | Self::Files { are_copied: true, .. } | Self::Manifest { .. } => {
                FILES_FAILED
            }
            Self::Export { .. } | Self::Lost { .. } | Self::Cut { .. } | Self::Files { .. } => EXPORT_FAILED,
            Self::Rejects { .. } | Self::Many { .. } => REJECTED,
            Self::Missing { .. } => FOLDER_MISSING,
            Self::Drop { .. } => ErrorKind::VOLUME_DROP,
        }
    }
}

/// Words a status.
fn answered(status: Option<u16>) -> String {
    status.map(|status| format!(" ({status})")).unwrap_or_default()
}
