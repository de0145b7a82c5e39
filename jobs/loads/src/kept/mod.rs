//! What the room keeps of sources and tables, over the rows of the ledger: how they stand, what they are called in the lake, what they
//! were seen to be, and the batches and reports of executions. What is served, and where the next window begins, is told by pointers.

mod batch;
mod entry;
mod rows;
mod together;

pub use batch::{Batch, Branch};
pub use entry::{Compared, Entry, SourceEntry, State};
pub use rows::{Kept, Shapes};
pub use together::Together;
