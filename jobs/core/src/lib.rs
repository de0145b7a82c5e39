//! What every carelake job is made of: configuration, sources, rules, tables, publishing, ledger.
//!
//! Rows flow one way: [`source`] → [`dedup`] → [`table`] → [`publish`]. A dataset crate connects these with what is
//! peculiar to it; [`job`] does the rest. Nothing here knows AWS, reads the clock or looks at environment variables.

pub mod account;
mod causes;
pub mod codes;
pub mod config;
pub mod csv;
pub mod dedup;
mod error;
mod hex;
pub mod inputs;
pub mod job;
pub mod ledger;
pub mod measure;
pub mod meter;
pub mod names;
mod nearest;
pub mod publish;
pub mod rejects;
pub mod run;
pub mod source;
pub mod store;
pub mod table;
pub mod value;

pub use causes::causes;
pub use error::ErrorKind;
pub use hex::{hex, unhex};
pub use nearest::nearest;
