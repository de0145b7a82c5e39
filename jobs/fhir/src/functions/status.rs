//! How a source stands, and giving back its claim.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::publish::current;
use jiff::Timestamp;
use serde::Serialize;

use crate::config::Source;
use crate::error::FhirError;
use crate::run::name_of;
use crate::settle::{State, taken_before};
use crate::world::World;

/// How a source stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Status {
    /// The source.
    pub source: String,
    /// Where its resources come from, as the configuration words it.
    pub kind: &'static str,
    /// Who runs it now.
    pub held_by: Option<String>,
    /// When that ends by itself.
    pub held_until: Option<Timestamp>,
    /// Up to when each type is exported, by the clock of the server.
    pub until: BTreeMap<String, Timestamp>,
    /// Files that were taken.
    pub files: u64,
    /// What became of everything that was read.
    pub totals: Account,
    /// When the pointer of changes was moved last.
    pub published_at: Option<Timestamp>,
    /// Runs of changes that are served.
    pub runs: u64,
    /// Versions and deletes.
    pub changes: u64,
    /// Resources that are there now.
    pub resources: u64,
}

/// Looks how a source stands.
///
/// # Errors
/// [`FhirError`].
pub fn status(world: &World<'_>, source: &Source) -> Result<Status, FhirError> {
    let pointer = current(world.store, &source.changes())?;
    let state = State::of(source, pointer.as_ref())?;
    let holder = world.ledger.holder(&name_of(world, source), (world.now)())?;
    Ok(Status {
        source: source.name.clone(),
        kind: source.kind.word(),
        held_by: holder.as_ref().map(|taken| taken.owner.clone()),
        held_until: holder.map(|taken| taken.until),
        files: taken_before(world, source)?.len() as u64,
        until: state.until,
        totals: state.totals,
        published_at: pointer.as_ref().map(|pointer| pointer.committed_at),
        runs: pointer.as_ref().map_or(0, |pointer| pointer.runs.len() as u64),
        changes: pointer.map_or(0, |pointer| pointer.rows()),
        resources: current(world.store, &source.resources())?.map_or(0, |pointer| pointer.rows()),
    })
}

/// Gives the claim of a source back, whoever has it; answers who had it. What its holder still does is published no more.
///
/// # Errors
/// [`FhirError::Ledger`].
pub fn release(world: &World<'_>, source: &Source) -> Result<Option<String>, FhirError> {
    let Some(taken) = world.ledger.holder(&name_of(world, source), (world.now)())? else { return Ok(None) };
    world.ledger.release_claim(&taken)?;
    Ok(Some(taken.owner))
}
