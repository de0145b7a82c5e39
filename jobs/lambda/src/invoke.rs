//! One call of a function.

use std::panic::{AssertUnwindSafe, catch_unwind};

use carelake_core::ErrorKind;
use carelake_pipeline::Function;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use serde_json::Value;

use crate::about::About;
use crate::lake::Lake;
use crate::metrics::Log;
use crate::watch::Watch;

/// Carries out one task; a panic is a failure like any other. `deadline` is when it is stopped from outside.
pub(crate) fn invoke(
    function: &Function,
    lake: &Lake,
    payload: &Value,
    deadline: Option<Timestamp>,
) -> Result<Value, Failure> {
    let about = About::of(payload);
    let log = Log::of(lake.environment(), &about);
    let watch = Watch::start(deadline);
    let call = || lake.with_context(&about, &watch, &log, |context| function.task().call(context, payload));
    let answer = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(panicked()));
    match &answer {
        Ok(_) => log.info(format_args!("done after {:.3} s", watch.seconds())),
        Err(failure) => log.error(failure),
    }
    answer
}

/// The message of a panic may hold anything, so it is not told.
pub(crate) fn panicked() -> Failure {
    Failure::new(ErrorKind::INTERNAL, "the function panicked")
}
