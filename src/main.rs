//! `carelake`: runs the pipeline, and answers questions about its runs and what they published.

mod answer;
mod cli;
mod deployment;
mod execution;
mod failure;
mod lake;
mod output;
mod published;
mod registry;
mod report;
mod sample;
mod verbs;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
