//! What verbs and functions do with a source.

mod status;

use carelake_core::{ErrorKind, causes};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;

pub use status::{Status, release, status};

use crate::config::{Kind, Source};
use crate::error::FhirError;
use crate::run::{self, RunRequest, RunResult};
use crate::world::World;

/// Says why a step failed.
#[must_use]
pub fn failed(error: &FhirError) -> Failure {
    Failure::new(error.kind(), causes(error))
}

/// Returns what steps work with.
#[must_use]
pub fn world<'c>(context: &'c Context<'c>, execution: Option<&'c str>) -> World<'c> {
    World {
        store: context.services.output,
        inputs: context.services.inputs.store(),
        rejects: context.services.rejects,
        ledger: context.services.ledger,
        scratch: context.scratch,
        scope: context.scope,
        execution,
        code_version: context.code_version,
        now: context.services.now,
    }
}

/// Runs a source.
///
/// # Errors
/// Whatever kept it from being published.
pub fn run(
    context: &Context<'_>,
    execution: Option<&str>,
    source: &Source,
    request: &RunRequest,
) -> Result<RunResult, Failure> {
    let world = world(context, execution);
    match &source.kind {
        Kind::Files(files) => run::run(&world, source, files, request).map_err(|error| failed(&error)),
        Kind::Bulk(_) | Kind::HealthLake(_) => {
            let why = format!(
                "fhir.sources.{}: servers are not asked yet; `kind: files` takes what they exported",
                source.name
            );
            Err(Failure::new(ErrorKind::INVALID_CONFIG, why))
        }
    }
}
