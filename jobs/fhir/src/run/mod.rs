//! One run of a source, from its claim to its end.

mod claim;
mod files;
mod result;

pub use claim::{name_of, with_claim};
pub use files::{run, stage};
pub use result::{RunRequest, RunResult};
