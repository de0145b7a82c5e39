//! Publishing: staged batches become one run of changes, and the rows that are there now follow.
//!
//! Which batches are published, and what is known of their records, moves with the rows by one commit of the pointer of `changes`: whoever
//! is killed before it has published nothing, and whoever is killed after it finds nothing more to publish.

mod compact;
mod doubles;
mod gather;
mod passed;
mod prune;
mod publish;
mod state;

pub use compact::compact;
pub use doubles::WINDOW_HOURS;
pub(crate) use passed::Pending;
pub use prune::prune;
pub use publish::{Flushed, flush};
pub(crate) use state::is_greater;
pub use state::{Position, Segment, State};
