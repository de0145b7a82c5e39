//! The function that reports a run: keeps the report, closes the ledger entry, and words the notice.

use std::process::ExitCode;

use carelake_lambda::{Function, serve};

fn main() -> ExitCode {
    serve(Function::Report, env!("CARGO_PKG_VERSION"))
}
