//! Where handlers get what they work with: given by whoever serves, since it differs between one machine and AWS.

use std::fmt::Display;

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

/// Gives each request what its handler works with.
pub trait Contexts: Send + Sync {
    /// Does something with a context, once. `is_over` tells that the answer is no longer wanted.
    ///
    /// # Errors
    /// [`Failure`] where there is no lake to work on; nothing was done then.
    fn with(&self, is_over: &(dyn Fn() -> bool + Sync), work: &mut dyn FnMut(&Context<'_>)) -> Result<(), Failure>;

    /// Returns the time, which tokens are held against.
    fn now(&self) -> Timestamp;

    /// Tells an operator of something. It names routes, requests by their ids, and what was wrong; never what was sent.
    fn warning(&self, message: &dyn Display);
}
