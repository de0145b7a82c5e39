//! The rows that are there now: what follows from the log of changes, as a publication of parts by a hash of the key.
//!
//! It commits after the log. Its state names the last run of the log that is in it: runs that came after that are merged into the parts that
//! they touch; where the log has lost that run, or other settings hold, all parts are made anew. Merging takes the change with the highest
//! order of each key, so that a run may be merged twice, and an older change never moves a row back. Of keys that were removed the order of
//! the removal is kept beside the part.

mod gone;
mod held;
mod settle;
mod source;

pub use settle::settle;
