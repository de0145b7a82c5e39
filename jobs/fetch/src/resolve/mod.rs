//! Which release of a source is current: pure functions from what a site answers to [`Release`]s.
//!
//! Nothing here asks a site; `site` does. A part of an answer that nobody needs may be anything.

mod address;
mod data_cms;
mod html;
mod nppes;
mod period;
mod provider_data;
#[cfg(test)]
mod tests;

use carelake_core::ErrorKind;
use jiff::civil::Date;

pub use address::{file_name, host};
pub use data_cms::{Newest, file as data_cms_file, newest as data_cms_newest};
pub use nppes::listed as nppes_listed;
pub use provider_data::current as provider_data_current;

/// A release of a source, as its publisher tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its date.
    pub date: Date,
    /// Where the file is.
    pub url: String,
    /// The name of the file there.
    pub file: String,
    /// Its size in bytes, where the publisher tells it.
    pub size_bytes: Option<u64>,
    /// When the next release is expected.
    pub next_expected: Option<Date>,
}

/// Why a release could not be found in an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The answer is not what the site answers.
    #[error("{what} is not what the site is known to answer: {why}")]
    NotUnderstood {
        /// What was asked.
        what: &'static str,
        /// What is wrong with it; nothing of it is shown.
        why: &'static str,
    },
    /// The site does not know what is asked for.
    #[error("{what} has no {wanted}{}", near(nearest.as_deref()))]
    Absent {
        /// What was asked.
        what: &'static str,
        /// What is not in it.
        wanted: String,
        /// A name there that is most like it.
        nearest: Option<String>,
    },
}

impl Unresolved {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::NotUnderstood { .. } => ErrorKind::INPUT_MALFORMED,
            Self::Absent { .. } => ErrorKind::REFUSED,
        }
    }
}

fn near(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; the nearest is `{name}`")).unwrap_or_default()
}
