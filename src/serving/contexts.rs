//! What handlers on this machine work with: one runner, which keeps the executions that they start.

use std::fmt::Display;

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use carelake_web::Contexts;
use jiff::Timestamp;

use crate::output;
use crate::runner::Local;

impl Contexts for Local {
    fn with(&self, is_over: &(dyn Fn() -> bool + Sync), work: &mut dyn FnMut(&Context<'_>)) -> Result<(), Failure> {
        self.with_context(is_over, |context| {
            work(context);
            Ok(())
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn warning(&self, message: &dyn Display) {
        output::aside(message);
    }
}
