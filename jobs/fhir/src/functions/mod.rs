//! What verbs and functions do with a source.

mod search;
mod status;

use std::sync::Arc;

use carelake_core::{ErrorKind, causes};
use carelake_http::Machine;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;

pub use search::search;
pub use status::{Status, release, status};

use crate::config::{Kind, Source};
use crate::error::FhirError;
use crate::run::{self, RunRequest, RunResult, Way};
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
        Kind::Bulk(bulk) => {
            let way = Way { secrets: context.secrets, clock: Arc::new(Machine), proxy: None };
            run::run_bulk(&world, source, bulk, request, &way).map_err(|error| failed(&error))
        }
        Kind::HealthLake(_) => {
            let why = format!("fhir.sources.{}: data stores of HealthLake are not asked yet", source.name);
            Err(Failure::new(ErrorKind::INVALID_CONFIG, why))
        }
    }
}
