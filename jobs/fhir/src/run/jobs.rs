//! Exports that servers work on, kept before they are asked after for the first time: whoever comes after one that was killed goes on with
//! what it began.

use carelake_core::ledger::{Key, Partition, Write};
use serde::{Deserialize, Serialize};

use crate::bulk::{Asked, Job};
use crate::config::Source;
use crate::error::FhirError;
use crate::world::World;

/// An export that a server works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What was asked for.
    pub(super) asked: Asked,
    /// What that holds for.
    pub(super) asked_of: String,
    /// Where it is asked after.
    pub(super) job: Job,
}

fn key(world: &World<'_>, source: &Source) -> Key {
    Partition::new(world.scope, "fhir", "jobs").key(&source.name)
}

/// Returns the export that is under way, if there is one.
pub(super) fn get(world: &World<'_>, source: &Source) -> Result<Option<Kept>, FhirError> {
    let row = world.ledger.get(&key(world, source), (world.now)())?;
    let damaged = |_| FhirError::Damaged { key: format!("fhir/jobs/{}", source.name) };
    row.map(|row| serde_json::from_value(row.value.into()).map_err(damaged)).transpose()
}

/// Keeps an export.
pub(super) fn put(world: &World<'_>, source: &Source, kept: &Kept) -> Result<(), FhirError> {
    let value = serde_json::to_value(kept).ok().and_then(|value| value.as_object().cloned());
    let value = value.ok_or_else(|| FhirError::Damaged { key: format!("fhir/jobs/{}", source.name) })?;
    world.ledger.write(&Write::put(key(world, source), value), (world.now)())?;
    Ok(())
}

/// Forgets the export: it is over.
pub(super) fn forget(world: &World<'_>, source: &Source) -> Result<(), FhirError> {
    world.ledger.write(&Write::delete(key(world, source)), (world.now)())?;
    Ok(())
}
