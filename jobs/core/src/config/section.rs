//! A section of the configuration that one room reads.

use std::path::Path;

use serde_json::Value;

use super::reader::{Mistakes, Spot};

/// A section that a room reads.
///
/// Reading is pure, so the room may read its section again when it is used: what `check` finds nothing wrong with can be trusted.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The key of the section, at the top of the file.
    pub name: &'static str,
    /// Reads the section for what is wrong with it; the folder is that of the configuration file, for small files that the section
    /// names.
    pub check: fn(&Spot<'_>, &Path, &mut Mistakes),
    /// Returns the schema of the section for editors.
    pub schema: fn() -> Value,
}
