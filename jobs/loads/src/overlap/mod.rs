//! What windows share: rows that are read again, known by their keys and hashes.
//!
//! Whoever reads by a safe time reads rows more than once. Their keys and hashes are kept beside the log, in the order of the keys, and
//! the next window leaves out what it finds there unchanged. Everything here is a stream in the order of keys: nothing is held but what
//! is under way.

mod cells;
mod file;
mod keyed;
mod known;
mod merge;
mod sorter;

pub(crate) use cells::cell;
pub(crate) use file::{NAME, OverlapWriter, entries, read};
pub(crate) use keyed::{KEY, ROW, hashes, keyed_schema, keys, with_key, without_key};
pub(crate) use known::Known;
pub(crate) use merge::{Batches, Merge};
pub(crate) use sorter::Sorter;
