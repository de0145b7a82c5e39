//! How sources and their tables stand, as verbs print it and pages show it: both are told by these functions, so that they say the same.
//!
//! Names, counts and moments only, out of what the room keeps and what is served; no server is asked.

mod schema;
mod source;
mod table;
mod window;

pub use schema::{TableSchema, schema};
pub use source::{Counts, SourceLine, sources};
pub use table::{TableLine, every_table, table, tables};
pub use window::{WindowLine, course, windows};
