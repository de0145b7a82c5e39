//! What is published as one: a dataset, or one feed of a dataset of feeds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One dataset, or one feed of a dataset of feeds.
///
/// ```
/// use carelake_core::names::Publication;
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
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dataset)?;
        self.feed.as_ref().map_or(Ok(()), |feed| write!(f, "/{feed}"))
    }
}
