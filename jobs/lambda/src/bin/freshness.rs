//! The function that looks every day how long ago runs succeeded, so that a month that never ran is noticed.

use std::process::ExitCode;

use carelake_lambda::serve;
use carelake_pipeline::monthly::FRESHNESS;

fn main() -> ExitCode {
    serve(FRESHNESS, env!("CARGO_PKG_VERSION"))
}
