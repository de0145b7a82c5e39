//! Which file a source would be read from: told from its name and place, without opening it.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Inputs;
use crate::source::{locate, release_date};

/// The file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its name, without a folder.
    pub file: String,
    /// Where it is on this machine; `None` when it is elsewhere.
    pub path: Option<PathBuf>,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written, by the clock of its store.
    pub modified: Timestamp,
}

impl Chosen {
    /// Returns the date of the release: that in its name, else that of its last change, in UTC. A name without a day or a month
    /// stands for the first.
    #[must_use]
    pub fn date(&self) -> Date {
        let part = |number: u32| i8::try_from(number.max(1)).ok();
        let named = release_date(&self.file)
            .and_then(|(year, month, day)| Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok());
        named.unwrap_or_else(|| self.modified.to_zoned(TimeZone::UTC).date())
    }
}

impl Inputs {
    /// Returns the file that a source would be read from now; `None` when there is none, or it cannot be told which.
    #[must_use]
    pub fn chosen(&self, name: &str) -> Option<Chosen> {
        if let Some(path) = self.overrides.get(name) {
            let about = fs::metadata(path).ok()?;
            return Some(Chosen {
                file: path.file_name()?.to_string_lossy().into_owned(),
                path: Some(path.clone()),
                bytes: about.len(),
                modified: Timestamp::try_from(about.modified().ok()?).ok()?,
            });
        }
        let located = locate(self.config.source(name)?, &*self.store).ok()?;
        let object =
            self.store.list(&located.file.key).ok()?.into_iter().find(|object| object.key == located.file.key)?;
        Some(Chosen {
            file: object.key.rsplit('/').next().unwrap_or(&object.key).to_owned(),
            path: self.store.local_path(&object.key),
            bytes: object.size_bytes,
            modified: object.modified,
        })
    }
}
