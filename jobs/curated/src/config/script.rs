//! A file of SQL.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot};

use crate::sql::Checked;

/// A file of SQL that was read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The file, from the folder of the configuration.
    pub path: String,
    /// What it says.
    pub checked: Checked,
}

impl Script {
    /// Reads and checks the file that is named at a place.
    pub(super) fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        let path = spot.text("a file of SQL", mistakes)?;
        let text = match std::fs::read_to_string(folder.join(&path)) {
            Ok(text) => text,
            Err(cause) => {
                mistakes.add(spot, format!("{path} cannot be read: {cause}"));
                return None;
            }
        };
        match Checked::parse(&text) {
            Ok(checked) => Some(Self { path, checked }),
            Err(found) => {
                for wrong in found {
                    mistakes.add(spot, format!("{path}:{wrong}"));
                }
                None
            }
        }
    }

    /// Returns the tables that it names.
    #[must_use]
    pub fn tables(&self) -> Vec<&str> {
        self.checked.tables.iter().map(|named| named.name.as_str()).collect()
    }
}
