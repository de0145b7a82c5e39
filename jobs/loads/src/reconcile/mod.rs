//! Rows that no window shows: deletes, updates that keep the cursor, rows that a foreign key changed.
//!
//! Source and lake are compared by ranges of the key: count and checksum of each, of which only two numbers come over the wire; first as a
//! whole where nothing differed the last time. Only ranges that differ are read. What is gone at the source becomes a tombstone, what is new or other there becomes a row, and all of it one
//! run.

mod compare;
mod difference;
mod joined;
mod ranges;

pub use compare::{By, How, Reconciled, reconcile};
pub use ranges::Sum;
