//! The function that looks every day how long ago runs succeeded, so that a month that never ran is noticed.

use std::process::ExitCode;

use carelake_lambda::{Function, serve};

fn main() -> ExitCode {
    serve(Function::Freshness, env!("CARGO_PKG_VERSION"))
}
