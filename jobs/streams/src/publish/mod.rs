//! What every step works with: where changes are kept and published, runs that have ids, and why a step fails.

mod error;
mod run;
mod world;

pub use error::StreamError;
pub use run::RunWriter;
pub use world::{CLAIM_SECS, World};
