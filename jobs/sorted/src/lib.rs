//! Batches in the order of their keys.
//!
//! A batch has the key of each row in front, as bytes that compare as the cells do. Such batches are sorted without holding them,
//! merged, cut at a key, and left with the last row of each key. Everything is a stream: memory holds what is under way. Whoever uses it
//! hands batches on with errors of its own.

mod ahead;
mod cells;
mod error;
mod keyed;
mod last;
mod merge;
mod sorter;

pub use ahead::{Ahead, Before};
pub use cells::cell;
pub use error::SortedError;
pub use keyed::{KEY, in_front, keyed_schema, keys, named, with_key, without_key};
pub use last::last_of_key;
pub use merge::{Batches, Merge};
pub use sorter::Sorter;
