//! Functions on AWS.
//!
//! What they do is for their rooms to say; here they get their stores, ledger, catalog and runner, and their answers go back to
//! the state machine: from a Lambda function, or by a task token from a container. The binary of a room is a call of [`serve`].

mod about;
mod container;
mod environment;
mod http;
mod invoke;
mod lake;
mod lambda;
mod metrics;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Function, Handler, Room};
pub use environment::{Environment, EnvironmentError};

use crate::lake::Lake;
use crate::metrics::Log;

/// Serves the function of a room that the deployment names, until the process is told to end: one container task where
/// `CARELAKE_TASK` gives one, else every invocation that Lambda sends.
#[must_use]
pub fn serve(room: &'static Room, version: &'static str) -> ExitCode {
    match start(room, version) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Log::default().error(&failure);
            ExitCode::FAILURE
        }
    }
}

fn start(room: &'static Room, version: &'static str) -> Result<(), Failure> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let function = *named(room, &environment.function)?;
    let task = environment.task.clone();
    let lake = Arc::new(Lake::connect(environment, version, room, function.task().datasets().to_vec())?);
    match (task, function.handler) {
        (Some(task), _) => container::run(&function, &lake, &task),
        (None, Handler::Http(_)) => http::serve(function, lake),
        (None, _) => lambda::serve(function, lake),
    }
}

/// Returns the function of a room with this name.
fn named(room: &'static Room, name: &str) -> Result<&'static Function, Failure> {
    room.functions.iter().find(|function| function.name == name).ok_or_else(|| {
        let all: Vec<&str> = room.functions.iter().map(|function| function.name).collect();
        let reason = format!("CARELAKE_FUNCTION is `{name}`, and {} has {}; deploy again", room.name, all.join(", "));
        Failure::new(ErrorKind::INVALID_CONFIG, reason)
    })
}

#[cfg(test)]
mod tests {
    use carelake_pipeline::monthly::{PLAN, REPORT};

    use super::*;

    const ROOM: Room =
        Room { name: "some", functions: &[PLAN, REPORT], definitions: &[], errors: &[], listens: &[], pages: &[] };

    #[test]
    fn a_binary_serves_each_function_of_its_room_and_no_other() {
        assert_eq!(named(&ROOM, "report").map(|function| function.name), Ok("report"));
        let refused = named(&ROOM, "freshness").map(|function| function.name).unwrap_err();
        assert_eq!(refused.reason, "CARELAKE_FUNCTION is `freshness`, and some has plan, report; deploy again");
    }
}
