//! Searching the server of a source.

use std::sync::Arc;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_http::{Clock as _, Machine};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;

use super::failed;
use crate::bulk::{Found, Manner, Query, Server};
use crate::config::{Kind, Source};
use crate::error::FhirError;

/// Searches the server of a source, and hands each resource to `put` as one line.
///
/// # Errors
/// `InvalidConfig` of a source that is no server; else as [`Server::search`].
pub fn search(
    context: &Context<'_>,
    source: &Source,
    (query, manner): (&Query, Manner),
    put: &mut dyn FnMut(&str) -> Result<(), FhirError>,
) -> Result<Found, Failure> {
    let Kind::Bulk(bulk) = &source.kind else {
        let why = format!("fhir.sources.{}: only servers of `kind: bulk` are searched", source.name);
        return Err(Failure::new(ErrorKind::INVALID_CONFIG, why));
    };
    let wait = |time: Duration| {
        Machine.wait(time);
        Ok(())
    };
    let server = Server::new(&source.name, bulk, context.secrets, (Arc::new(Machine), None));
    let found = server.and_then(|server| server.search(query, manner, &wait, put));
    found.map_err(|error| failed(&error))
}
