//! The catalog against an emulator of Glue: real jobs publish, and the tables have to follow.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod doctor;
mod faults;
mod flipping;
mod lake;
mod races;
mod reading;
mod rig;
mod view;
