//! What the room keeps of sources and tables, over the rows of the ledger: how they stand, what they are called in the lake, what they
//! were seen to be and which changes of that are to be published, and the batches and reports of executions. What is served, and where the next window begins, is told by pointers.

mod batch;
mod changes;
mod entry;
mod rows;
mod together;

pub use batch::{Batch, Branch};
pub use changes::Told;
pub use entry::{Compared, Entry, SourceEntry, State};
pub(crate) use rows::sort;
pub use rows::{Kept, Shapes};
pub use together::Together;
