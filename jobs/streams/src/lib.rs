//! The room of streams: changes of tables, as streams deliver them, become a log in which each is once, and the rows that are there now.
//!
//! Two steps, so that acknowledging is quick and files are large. Taking reads a delivery and stages it as one file; then it may be
//! acknowledged. Publishing makes one run of what is staged, finds out what was delivered before, and brings the rows that are there now to
//! what follows.

pub mod config;
pub mod enrich;
pub mod filter;
pub mod flush;
pub mod functions;
pub mod latest;
mod pages;
pub mod publish;
pub mod range;
pub mod read;
pub mod record;
mod room;
pub mod rows;
pub mod take;

#[cfg(test)]
mod tests;

pub use room::ROOM;
