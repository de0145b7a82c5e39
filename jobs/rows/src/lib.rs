//! Rows of Parquet files wherever they lie.
//!
//! A [`ParquetFile`] is known by its footer. [`ParquetFile::rows`] reads what a [`Wish`] asks for: the row groups and pages whose
//! statistics do not exclude the condition, first the columns of the condition, then what is wanted of the rows that fulfil it. Bytes are
//! taken from a store by ranges, and [`Fetched`] counts them. [`Shown`] and [`Cell`] tell what a cell holds, exactly and as text.
//!
//! A row on its way: file (footer) → ask (the condition against the columns of this file) → prune (row groups and pages) → ranges (bytes)
//! → scan (batches) → shown (cells as JSON or text).

mod answer;
mod ask;
mod cell;
mod decoding;
mod error;
mod file;
mod literal;
mod prune;
mod ranges;
mod scan;
mod shown;
#[cfg(test)]
mod tests;

pub use cell::{Cell, Cells};
pub use error::RowsError;
pub use file::ParquetFile;
pub use ranges::Fetched;
pub use scan::{Rows, Wish};
pub use shown::Shown;
