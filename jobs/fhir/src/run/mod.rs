//! One run of a source, from its claim to its end.

mod bulk;
mod claim;
mod files;
mod jobs;
mod result;
mod window;

pub use bulk::{Way, run_bulk};
pub use claim::{name_of, with_claim};
pub use files::{rebuild, run, stage};
pub use result::{RunRequest, RunResult};
