//! `carelake`: runs the pipeline, and answers questions about its runs and what they published.

mod answer;
mod as_of;
mod cli;
mod coming;
mod deployment;
mod execution;
mod facts;
mod failure;
mod host;
mod joined;
mod kept;
mod lake;
mod listing;
mod loading;
mod memory;
mod now;
mod options;
mod output;
mod place;
mod progress;
mod publications;
mod published;
mod reading;
mod ready;
mod registry;
mod report;
mod reserve;
mod runner;
mod serving;
mod tables;
mod telling;
mod tenant;
mod undelivered;
mod unmended;
mod untold;
mod verbs;
mod views;
mod way_out;
mod width;

use std::process::ExitCode;

fn main() -> ExitCode {
    memory::give_back_large_lists();
    cli::main()
}
