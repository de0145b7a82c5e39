//! Sources through the whole room, on the stores of this machine.

mod bookmarks;
mod bulk;
mod faults;
mod files;
mod lines;
mod property;
mod rig;
mod search;
mod server;
mod smart;
mod versions;
mod views;
pub(crate) mod world;
