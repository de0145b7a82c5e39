//! `carelake hl7`: messages of HL7 v2.

mod parse;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::options::Global;

/// Read messages of HL7 v2
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 parse admission.hl7
  carelake hl7 parse admission.hl7 --json")]
pub(crate) struct Hl7 {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Parse(parse::Parse),
}

impl Hl7 {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Parse(verb) => verb.execute(global),
        }
    }
}
