//! The practices job as a Lambda function, and as a container task.

use std::process::ExitCode;

use carelake_lambda::{dataset, serve};

fn main() -> ExitCode {
    serve(dataset(&carelake_practices::DATASET), env!("CARGO_PKG_VERSION"))
}
