//! The functions of the monthly run on AWS: one binary, of which a deployment names the function.

use std::process::ExitCode;

fn main() -> ExitCode {
    carelake_lambda::serve(&carelake_monthly::ROOM, env!("CARGO_PKG_VERSION"))
}
