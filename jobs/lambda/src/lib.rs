//! Functions on AWS.
//!
//! What they do is for their rooms to say; here they get their stores, ledger, catalog and runner, and their answers go back to
//! the state machine: from a Lambda function, or by a task token from a container. A binary is a call of [`serve`].

mod about;
mod container;
mod environment;
mod invoke;
mod lake;
mod lambda;
mod metrics;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;

pub use carelake_pipeline::Function;
pub use carelake_pipeline::monthly::dataset;
use carelake_pipeline::pipeline::Failure;
pub use environment::{Environment, EnvironmentError};

use crate::lake::Lake;
use crate::metrics::Log;

/// Serves a function until the process is told to end: one container task where `CARELAKE_TASK` gives one, else every
/// invocation that Lambda sends.
#[must_use]
pub fn serve(function: Function, version: &'static str) -> ExitCode {
    match start(function, version) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Log::default().error(&failure);
            ExitCode::FAILURE
        }
    }
}

fn start(function: Function, version: &'static str) -> Result<(), Failure> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let task = environment.task.clone();
    let lake = Arc::new(Lake::connect(environment, version, function.task().datasets().to_vec())?);
    match task {
        Some(task) => container::run(&function, &lake, &task),
        None => lambda::serve(function, lake),
    }
}
