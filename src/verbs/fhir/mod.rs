//! `carelake fhir`: exports of FHIR servers are taken, published, and looked at.

mod rebuild;
mod release;
mod run;
mod search;
mod status;
mod view;

use std::process::ExitCode;

use carelake_fhir::config::{Fhir as Section, Source};
use carelake_fhir::functions::{failed, world};
use carelake_fhir::{FhirError, World};
use clap::{Args, Subcommand};

use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;

/// Take exports of FHIR servers, publish them, and see how they stand
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake fhir run ehr
  carelake fhir run ehr --full
  carelake fhir status --json
  carelake fhir release ehr
  carelake fhir view patients Patient.1.ndjson
  carelake fhir rebuild ehr
  carelake fhir search ehr 'Observation?code=http://loinc.org|4548-4' --max 10")]
pub(crate) struct Fhir {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Run),
    Status(status::Status),
    Release(release::Release),
    View(view::View),
    Rebuild(rebuild::Rebuild),
    Search(search::Search),
}

impl Fhir {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Run(verb) => verb.execute(global),
            Verb::Status(verb) => verb.execute(global),
            Verb::Release(verb) => verb.execute(global),
            Verb::View(verb) => verb.execute(global),
            Verb::Rebuild(verb) => verb.execute(global),
            Verb::Search(verb) => verb.execute(global),
        }
    }
}

/// Returns the section of the configuration.
fn section(lake: &Lake) -> Result<Section, Failure> {
    Section::of_config(&lake.config).ok_or_else(|| {
        Failure::argument("the configuration has no section `fhir`").advise("docs/rooms/fhir.md has one")
    })
}

/// Returns a source, or the nearest name.
fn named(lake: &Lake, name: &str) -> Result<Source, Failure> {
    let section = section(lake)?;
    let found = section.sources.iter().find(|source| source.name == name).cloned();
    found.ok_or_else(|| Failure::unknown("source", name, section.sources.iter().map(|source| source.name.as_str())))
}

/// Does something with what lies in a lake of this machine.
fn with_world<T>(lake: Lake, work: impl FnOnce(&World<'_>) -> Result<T, FhirError>) -> Result<T, Failure> {
    refuse_aws(&lake)?;
    let local = execution::runner(lake)?;
    Ok(local.with_context(&|| false, |context| work(&world(context, None)).map_err(|error| failed(&error)))?)
}

/// Refuses what is for one machine so far.
fn refuse_aws(lake: &Lake) -> Result<(), Failure> {
    if lake.deployment().is_none() {
        return Ok(());
    }
    Err(Failure::argument(
        "the room of FHIR works on one machine so far, and nothing of it is in an environment on AWS",
    ))
}
