//! The functions of the fetch room on AWS: one binary, of which a deployment names the function.

use std::process::ExitCode;

fn main() -> ExitCode {
    carelake_lambda::serve(&carelake_fetch::ROOM, env!("CARGO_PKG_VERSION"))
}
