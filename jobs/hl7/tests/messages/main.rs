//! Messages that are read, by the rules for each part of them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod charset;
mod compat;
mod escape;
mod frame;
mod given;
mod json;
mod placing;
mod properties;
mod remade;
mod structure;
mod time;
