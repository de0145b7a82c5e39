//! The rows that the source has now: what follows from a log, as a publication of parts by ranges of the key.
//!
//! The merge commits after the log. Its state names the list of the log that it holds, so that what a crash in between or a rollback of
//! the log leaves behind is mended by the next load or `loads settle`: more runs of the log are merged into the parts that they touch,
//! anything else makes all parts anew. Everything is a stream in the order of the key; memory does not follow the table.

mod cut;
mod held;
mod rows;
mod settle;
mod streams;

pub(crate) use carelake_sorted::Before;
pub use held::Held;
pub(crate) use rows::{ahead, bare_keys, last_of_key, visible};
#[cfg(test)]
pub(crate) use settle::settle_by;
pub use settle::{Settled, settle};
pub(crate) use streams::{Sources, schema_of};
