//! The function that plans a run: enters it in the ledger and answers what is to be done.

use std::process::ExitCode;

use carelake_lambda::{Function, serve};

fn main() -> ExitCode {
    serve(Function::Plan, env!("CARGO_PKG_VERSION"))
}
