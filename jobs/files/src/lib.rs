//! Files that people give, published as they are: Parquet, in folders of partitions too, and CSV whose columns are declared.
//!
//! What somebody already has (a truth set, a seed, the table of another program) becomes a publication like any other: leased,
//! verified, accounted for, reversible. Nothing is cleaned here: a file whose values do not fit is refused as a whole.

mod delimited;
mod error;
mod given;
mod publish;

#[cfg(test)]
mod tests;

pub use error::FilesError;
pub use publish::{ROOM, Request, publish};
