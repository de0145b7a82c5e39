//! The function that plans a run: enters it in the ledger and answers what is to be done.

use std::process::ExitCode;

use carelake_lambda::serve;
use carelake_pipeline::monthly::PLAN;

fn main() -> ExitCode {
    serve(PLAN, env!("CARGO_PKG_VERSION"))
}
