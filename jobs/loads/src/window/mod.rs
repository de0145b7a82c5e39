//! Windows: what one load of one table covers, so that no row is lost and no version of a row is published twice.
//!
//! ```text
//! take(world, table)          the right to load it, and what it serves now
//! View::open(session)         the server's clock, then a snapshot: one for all tables that are loaded together
//! load(world, view, turn, table)
//! give_back(world, turn)      whether somebody asked for one more load meanwhile
//! ```
//!
//! The order matters: what is served is noted before the snapshot is opened, so that a load whose snapshot is older than what somebody
//! else published meanwhile is refused and never puts older rows after newer ones.

mod beat;
mod changes;
mod decide;
mod load;
mod masks;
mod pieces;
mod reading;
mod text;
mod turn;
mod view;

pub use load::{Outcome, load};
pub(crate) use reading::{Lake, read};
pub use turn::{Turn, give_back, let_go, take};
pub use view::View;
