//! A function as a Lambda function.

use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_pipeline::Function;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::invoke::{invoke, panicked};
use crate::lake::Lake;

/// A failure as Lambda tells it to the state machine: by our name, never by a type of Rust.
#[derive(Debug)]
struct Told(Failure);

impl From<Told> for Diagnostic {
    fn from(Told(failure): Told) -> Self {
        Self { error_type: failure.kind.name.to_owned(), error_message: failure.reason }
    }
}

/// Answers every invocation until Lambda ends the process.
pub(crate) fn serve(function: Function, lake: Arc<Lake>) -> Result<(), Failure> {
    let internal = |error: String| Failure::new(ErrorKind::INTERNAL, error);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| internal(format!("no runtime for the function: {error}")))?;
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let lake = Arc::clone(&lake);
        async move {
            let deadline = Timestamp::from_millisecond(event.context.deadline as i64).ok();
            let answer = tokio::task::spawn_blocking(move || invoke(&function, &lake, &event.payload, deadline)).await;
            answer.unwrap_or_else(|_| Err(panicked())).map_err(Told)
        }
    });
    runtime.block_on(lambda_runtime::run(handler)).map_err(|error| internal(format!("the Lambda runtime: {error}")))
}
