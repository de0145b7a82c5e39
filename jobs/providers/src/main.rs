//! The providers job as a Lambda function, and as a container task.

use std::process::ExitCode;

use carelake_lambda::{Function, serve};

fn main() -> ExitCode {
    serve(Function::Extract(&carelake_providers::DATASET), env!("CARGO_PKG_VERSION"))
}
