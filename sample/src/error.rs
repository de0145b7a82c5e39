//! How making a sample can fail.

use std::io;
use std::path::PathBuf;

/// Why no sample, or only a part of it, was written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// More rows than can be made, or none.
    #[error("make a sample of {rows} rows; ask for 1 to {most}")]
    Rows {
        /// The rows asked for.
        rows: u64,
        /// The most there can be.
        most: u64,
    },
    /// A share of rows that is not one.
    #[error("damage {dirt_ratio} of the rows; ask for 0 to 1")]
    DirtRatio {
        /// The share asked for.
        dirt_ratio: f64,
    },
    /// Somebody stopped it.
    #[error("write the sample: stopped")]
    Stopped,
    /// A file or folder could not be written.
    #[error("write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}
