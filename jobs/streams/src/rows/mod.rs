//! Changes as rows: their columns, and what becomes of the values of records.

mod asking;
mod builder;
mod cell;
mod column;
mod keyed;
mod schema;
mod when;

pub use builder::{RowBuilder, Taken};
pub use keyed::keyed;
pub use schema::{ARRIVED_AT, COUNTED, EVENT_ID, IDENTITY, OP, OUTCOME, SEQUENCE, TTL, rows, staged, with_metadata};

/// What `_outcome` says of a record that the filter left out.
pub const FILTERED: &str = "filtered";
