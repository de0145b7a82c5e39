//! What is published as one: a dataset, or one feed of a dataset of feeds. And where its files are.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::run_id::RunId;

/// One dataset, or one feed of a dataset of feeds.
///
/// ```
/// use carelake_core::publish::Publication;
/// let feed = Publication { dataset: "hospitals".into(), feed: Some("hospital_enrollments".into()) };
/// assert_eq!(feed.to_string(), "hospitals/hospital_enrollments");
/// assert_eq!(Publication::from_path("hospitals/hospital_enrollments"), feed);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Publication {
    /// The dataset.
    pub dataset: String,
    /// The feed, if the dataset has feeds.
    pub feed: Option<String>,
}

impl Publication {
    /// Names a dataset without feeds.
    #[must_use]
    pub fn of_dataset(dataset: &str) -> Self {
        Self { dataset: dataset.to_owned(), feed: None }
    }

    /// Returns the folder of the publication: the dataset, or dataset and feed.
    #[must_use]
    pub fn path(&self) -> String {
        self.to_string()
    }

    /// Reads what [`Publication::path`] wrote.
    #[must_use]
    pub fn from_path(path: &str) -> Self {
        match path.split_once('/') {
            Some((dataset, feed)) => Self { dataset: dataset.to_owned(), feed: Some(feed.to_owned()) },
            None => Self::of_dataset(path),
        }
    }

    /// Returns the key of the pointer: the object whose replacement publishes.
    #[must_use]
    pub fn pointer_key(&self) -> String {
        format!("{self}/_current.json")
    }

    /// Returns the key of the link to the published run, for readers who want a path.
    #[must_use]
    pub fn link_key(&self) -> String {
        format!("{self}/current")
    }

    /// Returns the folder that a run is written to, without a slash at the end. [`Manifest::folder`](super::Manifest::folder)
    /// tells where one is that was written.
    #[must_use]
    pub fn run_folder(&self, run_id: &RunId) -> String {
        Layout::default().folder(self, run_id)
    }

    /// Returns the key that the manifest of a run is written to.
    #[must_use]
    pub fn manifest_key(&self, run_id: &RunId) -> String {
        Layout::default().manifest_key(self, run_id)
    }

    /// Returns the key of the file that tells readers of the whole folder where to look. It is named as a Parquet file, comes
    /// before every other, and is none: a reader that does not pass over names with `_` fails at it, where it would read the
    /// rows of every run that is kept.
    #[must_use]
    pub fn signpost_key(&self) -> String {
        format!("{self}/_READ_current_INSTEAD.parquet")
    }
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dataset)?;
        self.feed.as_ref().map_or(Ok(()), |feed| write!(f, "/{feed}"))
    }
}
