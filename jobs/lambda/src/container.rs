//! A function as a container task: one payload from the environment, and an answer by the token of the task.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::DisplayErrorContext;
use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use crate::environment::ContainerTask;
use crate::function::Function;
use crate::lake::Lake;
use crate::lambda::invoke;

/// How often the state machine is told that the task is alive.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Carries out the task and sends its answer.
///
/// The process succeeds when the answer was delivered, also when it tells of a failure: what became of the task is for
/// the state machine to judge.
pub(crate) fn run(function: Function, lake: &Arc<Lake>, task: &ContainerTask) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("no runtime for the task: {error}")))?;
    runtime.block_on(async {
        let client = Client::new(&aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await);
        let (lake, payload) = (Arc::clone(lake), task.payload.clone());
        let mut job = tokio::task::spawn_blocking(move || match serde_json::from_str::<Value>(&payload) {
            Ok(payload) => invoke(function, &lake, &payload, None),
            Err(_) => Err(Failure::new(ErrorKind::INVALID_CONFIG, "CARELAKE_TASK is not JSON")),
        });
        let answer = loop {
            tokio::select! {
                done = &mut job => break done.unwrap_or_else(|_| Err(Failure::new(ErrorKind::INTERNAL, "the task panicked"))),
                // One that is not delivered is followed by another.
                () = tokio::time::sleep(HEARTBEAT) => drop(client.send_task_heartbeat().task_token(&task.token).send().await),
            }
        };
        send(&client, &task.token, answer).await
    })
}

async fn send(client: &Client, token: &str, answer: Result<Value, Failure>) -> Result<(), Failure> {
    let undelivered =
        |error: String| Failure::new(ErrorKind::STORAGE, format!("the answer was not delivered: {error}"));
    match answer {
        Ok(answer) => {
            // As an invoked function answers, so that the state machine reads both alike.
            let output = serde_json::json!({ "Payload": answer }).to_string();
            let sent = client.send_task_success().task_token(token).output(output).send().await;
            sent.map(drop).map_err(|error| undelivered(DisplayErrorContext(error).to_string()))
        }
        Err(failure) => {
            let call = client.send_task_failure().task_token(token).error(failure.kind.name);
            let sent = call.cause(failure.to_json().to_string()).send().await;
            sent.map(drop).map_err(|error| undelivered(DisplayErrorContext(error).to_string()))
        }
    }
}
