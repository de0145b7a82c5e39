//! The law of the room, and kills.

mod kills;
mod law;
mod memory;
