//! The functions of the room on AWS: one binary, of which a deployment names the function.

use std::process::ExitCode;

fn main() -> ExitCode {
    carelake_lambda::serve(&carelake_matching::ROOM, env!("CARGO_PKG_VERSION"))
}
