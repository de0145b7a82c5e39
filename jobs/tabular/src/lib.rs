//! Jobs over delimited text: sources and their columns, rules, deduplication, and from these rows to a published run.
//!
//! Rows flow one way: [`csv`] → [`source`] → [`dedup`] → folders ([`placing`]) and tables → publishing, the last two in `carelake-core`. A dataset crate connects
//! these with what is peculiar to it; [`job`] does the rest. Nothing here knows AWS, reads the clock or looks at environment variables.

pub mod codes;
pub mod config;
pub mod csv;
pub mod dedup;
pub mod inputs;
pub mod job;
pub mod meter;
pub mod placing;
pub mod rejects;
pub mod source;
mod table;

// What the declarations of datasets are made of.
#[doc(hidden)]
pub use carelake_core;
