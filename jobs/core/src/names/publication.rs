//! What is published as one: a dataset, a feed of one, a table of a source, the answer of a model.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most parts of a name: room, source, database, table.
const MOST_PARTS: usize = 4;

/// A publication, by its name of one to four parts; the first is the dataset or the room, the rest tells which of its. The
/// name is the folder of the publication.
///
/// ```
/// use carelake_core::names::Publication;
/// let feed = Publication::of_feed("hospitals", "hospital_enrollments");
/// assert_eq!(feed.to_string(), "hospitals/hospital_enrollments");
/// assert_eq!((feed.dataset(), feed.feed()), ("hospitals", Some("hospital_enrollments")));
/// let table: Publication = "loads/crm/crm/accounts".parse()?;
/// assert_eq!((table.dataset(), table.alias().as_str()), ("loads", "crm__accounts"));
/// assert!("../elsewhere".parse::<Publication>().is_err());
/// # Ok::<(), carelake_core::names::PublicationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Publication {
    path: String,
}

/// Why a text is not the name of a publication.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a publication; its name has one to four parts of lower-case letters, digits and `_`, with `/` between them"
)]
pub struct PublicationError {
    text: String,
}

impl Publication {
    /// Names a dataset without feeds.
    #[must_use]
    pub fn of_dataset(dataset: &str) -> Self {
        Self { path: dataset.to_owned() }
    }

    /// Names a feed of a dataset of feeds.
    #[must_use]
    pub fn of_feed(dataset: &str, feed: &str) -> Self {
        Self { path: format!("{dataset}/{feed}") }
    }

    /// Takes a name that was checked when it was given: by a configuration, or in what carelake itself wrote.
    #[must_use]
    pub fn from_path(path: &str) -> Self {
        Self { path: path.to_owned() }
    }

    /// Returns the name, which is the folder of the publication.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.clone()
    }

    /// Returns the first part: the dataset, or the room.
    #[must_use]
    pub fn dataset(&self) -> &str {
        self.path.split_once('/').map_or(self.path.as_str(), |(dataset, _)| dataset)
    }

    /// Returns what follows the first part: the feed of a dataset of feeds.
    #[must_use]
    pub fn feed(&self) -> Option<&str> {
        self.path.split_once('/').map(|(_, feed)| feed)
    }

    /// Returns the short name in SQL: the last two parts with `__` between them.
    #[must_use]
    pub fn alias(&self) -> String {
        let parts: Vec<&str> = self.path.split('/').collect();
        parts.get(parts.len().saturating_sub(2)..).unwrap_or_default().join("__")
    }
}

impl FromStr for Publication {
    type Err = PublicationError;

    fn from_str(text: &str) -> Result<Self, PublicationError> {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        // What begins with `_` lies beside the served rows, in the folder of the publication above.
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('_') && part.chars().all(is_allowed);
        if text.split('/').count() <= MOST_PARTS && text.split('/').all(is_part) {
            Ok(Self { path: text.to_owned() })
        } else {
            Err(PublicationError { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_inside_the_output_and_out_of_other_publications() {
        for text in ["clinicians", "hospitals/hospital_enrollments", "loads/crm/crm/accounts", "files/2026_truth"] {
            assert_eq!(text.parse::<Publication>().unwrap().to_string(), text);
        }
        for text in ["", "/", "a/", "a//b", "..", "a/../b", "A", "a b", "a/_runs", "a.b", "a/b/c/d/e", "é"] {
            assert!(text.parse::<Publication>().is_err(), "{text:?}");
        }
    }
}
