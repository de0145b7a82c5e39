//! What windows share: rows that are read again, known by their keys and hashes.
//!
//! Whoever reads by a safe time reads rows more than once. Their keys and hashes are kept beside the log, in the order of the keys, and
//! the next window leaves out what it finds there unchanged. Everything here is a stream in the order of keys: nothing is held but what
//! is under way.

mod file;
mod hashes;
mod known;

pub(crate) use carelake_sorted::{Sorter, cell, keyed_schema, keys, with_key, without_key};
pub(crate) use file::{NAME, OverlapWriter, entries, read};
pub(crate) use hashes::{ROW, hashes};
pub(crate) use known::Known;

use crate::publish::LoadError;

/// Batches with keys in front, in the order of these.
pub(crate) type Batches<'b> = carelake_sorted::Batches<'b, LoadError>;
/// Several of these as one.
pub(crate) type Merge<'m> = carelake_sorted::Merge<'m, LoadError>;
