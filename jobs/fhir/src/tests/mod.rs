//! Sources through the whole room, on the stores of this machine.

mod bulk;
mod faults;
mod files;
mod lines;
mod property;
mod server;
mod smart;
mod versions;
pub(crate) mod world;
