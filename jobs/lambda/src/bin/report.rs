//! The function that reports a run: keeps the report, closes the ledger entry, and words the notice.

use std::process::ExitCode;

use carelake_lambda::serve;
use carelake_pipeline::monthly::REPORT;

fn main() -> ExitCode {
    serve(REPORT, env!("CARGO_PKG_VERSION"))
}
