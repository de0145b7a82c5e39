//! How the last build of each model went, and whether it is the model that was built. What runs models is not needed for that.

mod fingerprint;
mod kept;
mod result;

pub use fingerprint::{ENGINE, fingerprint, values};
pub use kept::{Kept, Standings, failing_key};
pub use result::{Outcome, TestResult};
