//! A function as a container task: one payload from the environment, and an answer by the token of the task.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Function, Runner, answered};

use crate::environment::ContainerTask;
use crate::invoke::{invoke, panicked};
use crate::lake::Lake;

/// How often the state machine is told that the task is alive.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Carries out the task and sends its answer.
///
/// The process succeeds when the answer was delivered, also when it tells of a failure: what became of the task is for
/// the state machine to judge.
pub(crate) fn run(function: &Function, lake: &Lake, task: &ContainerTask) -> Result<(), Failure> {
    let runner = lake.runner();
    let (outbox, inbox) = mpsc::channel();
    let answer = thread::scope(|scope| {
        scope.spawn(move || {
            let payload = serde_json::from_str(&task.payload)
                .map_err(|_| Failure::new(ErrorKind::INVALID_CONFIG, "CARELAKE_TASK is not JSON"));
            let answer = payload.and_then(|payload| invoke(function, lake, &payload, None));
            // The other side waits as long as this thread lives.
            drop(outbox.send(answer));
        });
        loop {
            match inbox.recv_timeout(HEARTBEAT) {
                Ok(answer) => break answer,
                Err(RecvTimeoutError::Disconnected) => break Err(panicked()),
                // One that is not delivered is followed by another.
                Err(RecvTimeoutError::Timeout) => drop(runner.task_heartbeat(&task.token)),
            }
        }
    });
    let sent = match answer {
        // As an invoked function answers, so that the state machine reads both alike.
        Ok(answer) => runner.task_success(&task.token, &answered(answer)),
        Err(failure) => runner.task_failure(&task.token, failure.kind.name, &failure.to_json().to_string()),
    };
    sent.map_err(|error| Failure::new(ErrorKind::STORAGE, format!("the answer was not delivered: {error}")))
}
