//! Records that hold records: what JSON, XML and Parquet have in common.
//!
//! Their readers turn one record at a time into a [`Tree`] of the values that are wanted, and [`Sink`] makes rows of it. The paths
//! of everything that records have are kept by [`Names`], so that it can be said what is there and nobody wanted.

mod find;
mod names;
mod path;
mod plan;
#[cfg(test)]
pub(crate) mod shown;
mod sink;
mod tree;

pub(crate) use names::{NONE, Names, ROOT};
pub(crate) use path::{Step, dotted, slashed};
pub(crate) use plan::{Grammar, Plan, Trail};
pub(crate) use sink::Sink;
pub(crate) use tree::{Record, Shape, Tree};

/// Bytes of one record, with everything in it.
pub(crate) const RECORD_BYTES: usize = 64 << 20;

/// Wanted values of one record, with the records and lists in it: what a list of short values in a record of that size may be.
pub(crate) const RECORD_VALUES: usize = 4 << 20;
