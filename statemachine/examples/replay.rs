//! Replays a folder of recorded executions: `cargo run -p carelake-statemachine --example replay -- FOLDER`.

use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

use carelake_statemachine::replay::replay;

fn main() -> std::io::Result<ExitCode> {
    let mut out = stdout().lock();
    let Some(folder) = std::env::args_os().nth(1) else {
        writeln!(out, "usage: replay FOLDER")?;
        return Ok(ExitCode::from(2));
    };
    match replay(Path::new(&folder)) {
        Ok(report) => {
            for case in &report.failed {
                writeln!(out, "{}: {}", case.name, case.difference)?;
            }
            writeln!(
                out,
                "{} passed, {} failed, {} skipped",
                report.passed,
                report.failed.len(),
                report.skipped.len()
            )?;
            Ok(ExitCode::from(u8::from(!report.failed.is_empty())))
        }
        Err(error) => {
            writeln!(out, "{error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}
