//! Sources through the whole room, on the stores of this machine.

mod faults;
mod files;
mod lines;
mod property;
mod versions;
mod world;
