//! Publishing: what is staged of an export becomes one run of `changes`, and the resources that are there now follow.
//!
//! Which export was published, and what is known of versions, moves with the rows by one commit of the pointer of `changes`: whoever is killed
//! before it has published nothing, and whoever is killed after it finds that it is done.

mod changes;
mod complete;
mod gone;
mod head;
mod known;
mod resources;
mod state;
mod tally;
mod walk;
mod winners;

pub(crate) use changes::is_more;
pub use changes::{Published, publish};
pub use complete::{Complete, complete};
pub use known::taken_before;
pub use resources::{Settled, settle};
pub use state::State;
pub use tally::Tally;
