//! Proposes the page of a feed from one file of it.
//!
//! `format` tells how the file is written and takes a sample of its rows, by content alone; `meaning` tells what its columns
//! are, by their names and their values; [`Page`] is what a data engineer would have written, with every doubt as a comment.
//! Nothing here is used when files are read for good: what counts then is the page. Values of the file come into the page only as
//! codes of columns that are coded.

mod format;
mod meaning;
mod page;
mod sample;
mod yaml;

use std::io;
use std::path::Path;

pub use page::Page;

/// What is known about the feed beforehand.
#[derive(Debug, Clone)]
pub struct InferOptions {
    /// Who sends it.
    pub partner: String,
    /// The name of the feed.
    pub feed: String,
    /// The zone of local times in it, by its IANA name.
    pub time_zone: String,
    /// How many rows are looked at; of each part.
    pub rows: usize,
}

/// Why no page can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read")]
    Unreadable(#[from] io::Error),
    /// It holds nothing.
    #[error("the file is empty; send one that holds rows")]
    Empty,
    /// It is none of the formats.
    #[error("the file is {what}, which is none of the formats that are read")]
    Unknown {
        /// What it seems to be.
        what: &'static str,
    },
    /// It is one of the formats, and broken.
    #[error("the file looks like {what}, but cannot be read as that; it may be cut off or protected")]
    Broken {
        /// What it seems to be.
        what: &'static str,
    },
    /// Its records hold nothing that could be told apart.
    #[error("no rows were found in the file")]
    NoRows,
}

/// Proposes the page of a feed from one file of it.
///
/// # Errors
/// [`InferError`] if the file cannot be read, or is none of the formats.
pub fn infer(file: &Path, options: &InferOptions) -> Result<Page, InferError> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let sample = format::sample(file, options.rows)?;
    if sample.parts.iter().all(|part| part.rows == 0 || part.columns.is_empty()) {
        return Err(InferError::NoRows);
    }
    let tables = meaning::tables(&sample);
    Ok(Page::new(&name, options, sample, tables))
}

#[cfg(test)]
mod cold;
#[cfg(test)]
mod tests;
