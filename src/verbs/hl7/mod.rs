//! `carelake hl7`: messages of HL7 v2.

mod day;
mod errors;
mod load;
mod parse;
mod patients;
mod replay;
mod send;
mod show;
mod sweep;
mod token;

use std::process::ExitCode;

use carelake_hl7::config::Hl7 as Section;
use carelake_hl7::world::{Hl7Error, World};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;

/// Take messages of HL7 v2, look them up, and see to those that could not be used
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 parse admission.hl7
  carelake hl7 load night.hl7 backlog.hl7.gz
  carelake hl7 errors --reason segment_name
  carelake hl7 replay --reason segment_name
  carelake hl7 day
  carelake hl7 show 0f3a…
  carelake hl7 token --scope hl7/write

`carelake serve` takes messages over HTTP, and with --mllp ADDRESS by MLLP.")]
pub(crate) struct Hl7 {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Parse(parse::Parse),
    Load(load::Load),
    Send(send::Send),
    Token(token::Token),
    Day(day::Day),
    Errors(errors::Errors),
    Replay(replay::Replay),
    Sweep(sweep::Sweep),
    Show(show::Show),
    Patient(patients::Patient),
    Messages(patients::Messages),
    Conflicts(patients::Conflicts),
    Link(patients::Link),
}

impl Hl7 {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Parse(verb) => verb.execute(global),
            Verb::Load(verb) => verb.execute(global),
            Verb::Send(verb) => verb.execute(global),
            Verb::Token(verb) => verb.execute(global),
            Verb::Day(verb) => verb.execute(global),
            Verb::Errors(verb) => verb.execute(global),
            Verb::Replay(verb) => verb.execute(global),
            Verb::Sweep(verb) => verb.execute(global),
            Verb::Show(verb) => verb.execute(global),
            Verb::Patient(verb) => verb.execute(global),
            Verb::Messages(verb) => verb.execute(global),
            Verb::Conflicts(verb) => verb.execute(global),
            Verb::Link(verb) => verb.execute(global),
        }
    }
}

/// Does something with the messages of a lake, wherever it is.
fn with_world<T>(lake: &Lake, work: impl FnOnce(&World<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let (config, ledger) = (Section::of_config(&lake.config), lake.ledger()?);
    work(&World {
        config: &config,
        raw: &*lake.raw,
        output: &*lake.output,
        rejects: &*lake.rejects,
        ledger: &*ledger,
        rows: None,
        scope: &lake.scope,
        code_version: env!("CARGO_PKG_VERSION"),
        now: &Timestamp::now,
    })
}

impl From<Hl7Error> for Failure {
    fn from(error: Hl7Error) -> Self {
        match &error {
            // What was typed is wrong, and not the configuration.
            Hl7Error::Unknown { .. } | Hl7Error::Refused { .. } => Self::argument(error.to_string())
                .advise("`carelake hl7 errors`, `hl7 patient` and `hl7 conflicts` list what there is"),
            _ => carelake_pipeline::pipeline::Failure::from(error).into(),
        }
    }
}
