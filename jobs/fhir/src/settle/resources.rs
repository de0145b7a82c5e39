//! The resources that are there now, brought to what follows from the log, part by part.
//!
//! They commit after the log. Their state names the last run of the log that is in them: runs that came after that are merged into the parts
//! that they touch; where the log has lost that run, or other parts hold, all are made anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::{Array, RecordBatch};
use carelake_core::ledger::Given;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Input, Keep, Manifest, Pointer, Publishing, Served, Swap, current, reconcile_link};
use carelake_sorted::{Ahead, Batches, Before, Merge, Sorter, in_front, keyed_schema, without_key};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::gone;
use super::winners::{divide, winners};
use crate::config::Source;
use crate::error::FhirError;
use crate::rows::{ID, RESOURCE_TYPE, RunWriter, bare, published, text};
use crate::world::World;

/// What made the parts.
const MADE_BY: &str = "fhir.resources";

/// What the pointer of resources keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// How often the list of the log had changed.
    pub(super) content: u64,
    /// The last run of the log that is in them.
    pub(super) run: Option<RunId>,
    /// Parts.
    pub(super) buckets: u8,
    /// The files with what was deleted, by part.
    #[serde(default)]
    pub(super) gone: BTreeMap<u8, String>,
}

impl Held {
    /// Reads what a pointer keeps.
    pub(super) fn of(source: &Source, pointer: Option<&Pointer>) -> Result<Option<Self>, FhirError> {
        let state = pointer.map(|pointer| &pointer.state).filter(|state| !state.is_null());
        let damaged = |_| FhirError::State { publication: source.resources().path() };
        state.map(|state| Self::deserialize(state).map_err(damaged)).transpose()
    }

    /// Returns the runs of the log that came after those that are held; none where it has lost one of them.
    fn beyond<'m>(&self, manifests: &'m [Manifest]) -> Option<&'m [Manifest]> {
        let last = self.run.as_ref()?;
        let at = manifests.iter().position(|manifest| manifest.holds(last))?;
        let holder = manifests.get(at)?;
        // One that was joined with later runs is merged once more, whole.
        let is_last = holder.run_id == *last || holder.joined.last().is_some_and(|joined| joined.run_id == *last);
        manifests.get(at + usize::from(is_last)..)
    }
}

/// What there is now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Resources.
    pub resources: u64,
    /// Parts that were written.
    pub parts: u64,
}

/// Brings the resources that are there now to what follows from the log. Nothing is done where they are already.
///
/// # Errors
/// [`FhirError`]. What is served stays as it was.
pub fn settle(world: &World<'_>, source: &Source) -> Result<Settled, FhirError> {
    let (log, resources) = (source.changes(), source.resources());
    let before = current(world.store, &resources)?;
    let held = Held::of(source, before.as_ref())?;
    let is_settled = match (current(world.store, &log)?, held) {
        (None, _) => true,
        (Some(log), Some(held)) => held.content == log.content && held.buckets == source.buckets,
        (Some(_), None) => false,
    };
    let parts = if is_settled { 0 } else { merge(world, source)? };
    // Whoever moved a pointer may not have lived to show it.
    for publication in [&log, &resources] {
        reconcile_link(world.store, publication)?;
    }
    Ok(Settled { resources: current(world.store, &resources)?.map_or(0, |pointer| pointer.rows()), parts })
}

fn merge(world: &World<'_>, source: &Source) -> Result<u64, FhirError> {
    let publication = source.resources();
    let publishing = world.open(&publication)?;
    // Read anew, now that nobody else moves them.
    let Some(log) = Served::of(world.store, &source.changes())? else { return Ok(0) };
    let parts = Served::of(world.store, &publication)?;
    let held = Held::of(source, parts.as_ref().map(|parts| &parts.pointer))?;
    let held = held.filter(|held| held.buckets == source.buckets);
    let beyond = held.as_ref().and_then(|held| held.beyond(&log.manifests));
    let is_anew = beyond.is_none();
    let runs = beyond.unwrap_or(&log.manifests);
    let before = held.clone().filter(|_| !is_anew).unwrap_or_default();
    let last = log.manifests.last();
    let after = Held {
        content: log.pointer.content,
        run: last.map(|run| run.joined.last().map_or_else(|| run.run_id.clone(), |joined| joined.run_id.clone())),
        buckets: source.buckets,
        gone: before.gone.clone(),
    };
    let input = Input::Publication {
        publication: source.changes(),
        content: log.pointer.content,
        runs: log.manifests.iter().map(|manifest| manifest.run_id.clone()).collect(),
    };
    let changes = Ahead::new(changes(world, source, &log, runs)?, |key| key);
    let parts = parts.filter(|_| !is_anew);
    let swap = Swap { replace_all: is_anew, ..Swap::default() };
    let mut work = Work { world, source, publishing: &publishing, parts, input, swap, before, after };
    work.buckets(changes, is_anew)?;
    let Work { mut swap, after, .. } = work;
    let written = swap.runs.len() as u64;
    swap.helpers = Some(after.gone.values().cloned().collect());
    swap.state = Some(serde_json::to_value(&after).map_err(|_| FhirError::State { publication: publication.path() })?);
    // Files of the room's own are safe before the pointer names them.
    world.store.settle()?;
    publishing.commit(swap, Keep::ALL)?;
    Ok(written)
}

/// Returns the rows of these runs of the log, in the order of part, type and id; of one resource as they came.
fn changes(
    world: &World<'_>,
    source: &Source,
    log: &Served,
    runs: &[Manifest],
) -> Result<Batches<'static, FhirError>, FhirError> {
    let served = log.only(|manifest| runs.iter().any(|run| run.run_id == manifest.run_id));
    let schema = published();
    let mut sorter = Sorter::new(keyed_schema(&schema), world.scratch);
    for batch in served.batches(world.store, &schema) {
        sorter.push(keyed(source, &batch?)?)?;
    }
    Ok(winners(sorter.finish()?))
}

/// Puts part, type and id of each row in front.
fn keyed(source: &Source, batch: &RecordBatch) -> Result<RecordBatch, FhirError> {
    let (types, ids) = (text(batch, RESOURCE_TYPE)?, text(batch, ID)?);
    let mut front = BinaryBuilder::new();
    (0..types.len()).for_each(|row| front.append_value(bare(types.value(row), ids.value(row), source.buckets)));
    Ok(in_front(batch, Arc::new(front.finish()))?)
}

struct Work<'s, 'w> {
    world: &'s World<'w>,
    source: &'s Source,
    publishing: &'s Publishing<'w>,
    /// What is served; none where all is made anew.
    parts: Option<Served>,
    input: Input,
    swap: Swap,
    before: Held,
    after: Held,
}

impl Work<'_, '_> {
    /// Writes each part that has a change anew, and no other.
    fn buckets(&mut self, mut changes: Ahead<'_, FhirError>, is_anew: bool) -> Result<(), FhirError> {
        let mut is_first = is_anew;
        while let Some(bucket) = changes.next_key()?.and_then(|key| key.first().copied()) {
            let end = bucket.checked_add(1).map(|next| vec![next]);
            self.part(bucket, Before(&mut changes, end), false)?;
            is_first = false;
        }
        if is_first {
            // A source without any resource has its columns.
            self.part(0, Before(&mut changes, Some(Vec::new())), true)?;
        }
        Ok(())
    }

    fn part(&mut self, bucket: u8, changes: Before<'_, '_, FhirError>, is_empty: bool) -> Result<(), FhirError> {
        let (world, source, publication) = (self.world, self.source, self.source.resources());
        let (schema, name) = (published(), gone::name(bucket));
        let there = self.parts.as_ref().map(|parts| gone::part_of(parts, bucket));
        let mut streams: Vec<Batches<'_, FhirError>> = Vec::new();
        if let Some(there) = &there {
            let batches = there.batches(world.store, &schema);
            streams.push(Box::new(batches.map(|batch| keyed(source, &batch?))));
        }
        let gone = gone::read(world.store, source, &self.before, bucket)?;
        streams.push(Box::new(std::iter::once(gone::rows(&gone))));
        streams.push(Box::new(changes));
        let given = self.given(&name)?;
        let run_id = given.run_id.clone();
        let mut run = RunWriter::begin(world, self.publishing, &publication, (&schema, true), given, MADE_BY)?;
        let (mut rows, mut removed) = (0, Vec::new());
        for batch in winners(Box::new(Merge::new(streams))) {
            self.publishing.beat()?;
            let (there, gone) = divide(&batch?)?;
            gone::note(&gone, &mut removed)?;
            rows += there.num_rows();
            run.push(&without_key(&there)?)?;
        }
        self.after.gone.remove(&bucket);
        if !removed.is_empty() {
            let path = run.draft().add_helper(&format!("gone-{name}"), &removed)?;
            self.after.gone.insert(bucket, path);
        }
        let former = there.as_ref().and_then(|there| there.manifests.first()).map(|run| run.run_id.clone());
        if rows > 0 || is_empty {
            let details = json!({ "after": self.publishing.sequence() });
            let sealed = run.seal(Some(name), vec![self.input.clone()], BTreeMap::new(), details)?;
            self.swap.runs.push(sealed);
        } else if let Some(former) = former.filter(|former| *former != run_id) {
            self.swap.retract.push(former);
        }
        Ok(())
    }

    /// Takes an id for a part. What a killed attempt left of its helper files is of another id.
    fn given(&self, name: &str) -> Result<Given, FhirError> {
        let (publication, now) = (self.source.resources(), (self.world.now)());
        let mut identity = format!("{name} {} {now}", self.publishing.sequence());
        loop {
            let given = self.world.new_id(&publication, &identity)?;
            let left = format!("{publication}/{}", Publication::helper_path(&given.run_id, ""));
            if self.world.store.list(&left)?.is_empty() {
                return Ok(given);
            }
            identity.push_str(" once more");
        }
    }
}
