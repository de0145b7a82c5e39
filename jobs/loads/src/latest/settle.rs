//! Bringing the rows that are there now to what follows from the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use carelake_core::names::Publication;
use carelake_core::publish::{Entry, Input, Keep, Manifest, Publishing, Served, Swap, current, reconcile_link};

use super::Before;
use super::cut::Cutting;
use super::held::Held;
use super::rows::{ahead, last_of_key, visible};
use super::streams::{Sources, first_keys, schema_of};
use crate::overlap::{Batches, Merge};
use crate::publish::{Latest, LoadError, Table, World};

/// The most parts; above it all are cut anew.
const MOST_PARTS: u64 = 64;
/// Parts that are made where all are cut anew, so that there is room for more.
const PARTS: u64 = 48;
/// Rows of a part, at least, unless the table has fewer.
const LEAST_ROWS: u64 = 1 << 16;

/// What settling came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Rows that are there now.
    pub rows: u64,
    /// Parts that were written.
    pub written: u64,
    /// Rows of these.
    pub rewritten: u64,
}

/// Brings the rows that are there now to what follows from the log. Nothing is done where they are already.
///
/// # Errors
/// [`LoadError`]. What is served stays as it was.
pub fn settle(world: &World<'_>, table: &Table) -> Result<Settled, LoadError> {
    settle_by(world, table, LEAST_ROWS)
}

/// Settles with parts of at least so many rows.
pub fn settle_by(world: &World<'_>, table: &Table, least_rows: u64) -> Result<Settled, LoadError> {
    let settled = merged(world, table, least_rows)?;
    // Whoever moved a pointer may not have lived to show it, and where nothing came since nobody else does.
    for publication in [&table.publication, &table.latest_publication()] {
        reconcile_link(world.store, publication)?;
    }
    Ok(settled)
}

fn merged(world: &World<'_>, table: &Table, least_rows: u64) -> Result<Settled, LoadError> {
    let publication = table.latest_publication();
    let before = current(world.store, &publication)?;
    if table.latest != Latest::Merge || table.mode.is_always_whole() {
        if before.is_some_and(|pointer| !pointer.runs.is_empty()) {
            let none = Swap { replace_all: true, state: Some(serde_json::Value::Null), ..Swap::default() };
            world.open(&publication)?.commit(none, Keep::ALL)?;
        }
        return Ok(Settled::default());
    }
    let shown = table.relation.shown();
    let Some(log) = current(world.store, &table.publication)? else { return Ok(Settled::default()) };
    if let (Some(held), Some(before)) = (Held::of(before.as_ref(), &shown)?, &before)
        && held.content == log.content
        && held.generation == table.generation
    {
        return Ok(Settled { rows: before.rows(), ..Settled::default() });
    }
    let publishing = world.open(&publication)?;
    // What both serve is read anew, now that nobody else moves the rows that are there now.
    let (log, held) = (Served::of(world.store, &table.publication)?, Served::of(world.store, &publication)?);
    let Some(log) = log else { return Ok(Settled::default()) };
    let known = Held::of(held.as_ref().map(|held| &held.pointer), &shown)?;
    let list = Held::list(&table.generation, log.pointer.content, &log.manifests);
    let state = serde_json::to_value(&list).map_err(|cause| LoadError::State { table: shown, cause })?;
    let beyond = known.as_ref().and_then(|known| known.beyond(&table.generation, &log.manifests));
    let held = held.filter(|held| (held.manifests.len() as u64) <= MOST_PARTS);
    let schema = schema(table, &log, held.as_ref().filter(|_| beyond.is_some()))?;
    let input = Input::Publication {
        publication: table.publication.clone(),
        content: log.pointer.content,
        runs: log.manifests.iter().map(|manifest| manifest.run_id.clone()).collect(),
    };
    let work = Work { world, table, publication: &publication, schema, input, least_rows, key: table.key()? };
    let (swap, settled) = match (beyond, held) {
        (Some(beyond), Some(held)) => work.merge(&publishing, &log, beyond, &held)?,
        _ => work.anew(&publishing, &log)?,
    };
    publishing.commit(Swap { state: Some(state), ..swap }, Keep::ALL)?;
    let rows = current(world.store, &publication)?.map_or(0, |pointer| pointer.rows());
    Ok(Settled { rows, ..settled })
}

/// Returns the columns of both, those of the log first.
fn schema(table: &Table, log: &Served, held: Option<&Served>) -> Result<SchemaRef, LoadError> {
    let mut fields: Vec<Arc<Field>> = schema_of(log, table)?.fields().iter().cloned().collect();
    if let Some(held) = held {
        let schema = held.schema()?;
        let more = schema.fields().iter().filter(|field| !fields.iter().any(|known| known.name() == field.name()));
        let more: Vec<Arc<Field>> = more.cloned().collect();
        fields.extend(more);
    }
    Ok(Arc::new(Schema::new(fields)))
}

struct Work<'s, 'w> {
    world: &'s World<'w>,
    table: &'s Table,
    publication: &'s Publication,
    schema: SchemaRef,
    input: Input,
    least_rows: u64,
    key: Vec<String>,
}

impl<'w> Work<'_, 'w> {
    fn cutting<'c>(&'c self, publishing: &'c Publishing<'w>, names: BTreeSet<String>) -> Cutting<'c, 'w> {
        let (world, publication, schema, input) = (self.world, self.publication, &self.schema, self.input.clone());
        Cutting { world, publishing, publication, schema, input, names }
    }

    /// Makes all parts of the whole log.
    fn anew(&self, publishing: &Publishing<'w>, log: &Served) -> Result<(Swap, Settled), LoadError> {
        let sources = Sources::of(log, &log.manifests, &self.schema, &self.key);
        let rows = last_of_key(Box::new(Merge::new(sources.streams(self.world.store, self.world.scratch)?)));
        let rows = rows.map(|batch| visible(&batch?, self.table.keeps_deleted));
        let most = (log.pointer.rows() / PARTS + 1).max(self.least_rows);
        let runs = self.cutting(publishing, BTreeSet::new()).write(rows, most, None)?;
        let rewritten = runs.iter().map(|run| run.manifest().rows).sum();
        let settled = Settled { written: runs.len() as u64, rewritten, rows: 0 };
        Ok((Swap { runs, replace_all: true, ..Swap::default() }, settled))
    }

    /// Merges more runs of the log into the parts that they touch.
    fn merge(
        &self,
        publishing: &Publishing<'w>,
        log: &Served,
        beyond: &[Manifest],
        held: &Served,
    ) -> Result<(Swap, Settled), LoadError> {
        let (store, scratch) = (self.world.store, self.world.scratch);
        let changes = Sources::of(log, beyond, &self.schema, &self.key);
        let mut changes = ahead(last_of_key(Box::new(Merge::new(changes.streams(store, scratch)?))));
        let firsts = first_keys(store, held, &self.schema, &self.key)?;
        let parts = held.pointer.runs.iter().zip(&held.manifests).zip(firsts);
        let mut parts: Vec<(Option<Vec<u8>>, &Entry, &Manifest)> =
            parts.map(|((entry, manifest), first)| (first, entry, manifest)).collect();
        parts.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let more: u64 = beyond.iter().map(|manifest| manifest.rows).sum();
        let share = ((held.pointer.rows() + more) / PARTS + 1).max(self.least_rows);
        let names = parts.iter().filter_map(|(_, entry, _)| entry.part.clone()).collect();
        let mut cutting = self.cutting(publishing, names);
        let (mut swap, mut settled) = (Swap::default(), Settled::default());
        for (at, (_, entry, manifest)) in parts.iter().enumerate() {
            let end = parts.get(at + 1).and_then(|(first, ..)| first.clone());
            if !changes.has_before(end.as_deref())? {
                continue;
            }
            let there = Sources::of(held, std::slice::from_ref(*manifest), &self.schema, &self.key);
            let mut streams = there.streams(store, scratch)?;
            streams.push(Box::new(Before(&mut changes, end)) as Batches<'_>);
            let rows = last_of_key(Box::new(Merge::new(streams)));
            let rows = rows.map(|batch| visible(&batch?, self.table.keeps_deleted));
            // One that has grown is cut in two; one that grows at its end goes on in another.
            let most = if entry.rows > share + share / 2 { entry.rows / 2 + 1 } else { share * 2 };
            let runs = cutting.write(rows, most, entry.part.clone())?;
            if runs.is_empty() {
                swap.retract.push(entry.run_id.clone());
            }
            settled.written += runs.len() as u64;
            settled.rewritten += runs.iter().map(|run| run.manifest().rows).sum::<u64>();
            swap.runs.extend(runs);
        }
        if changes.has_before(None)? {
            let rest = Before(&mut changes, None).map(|batch| visible(&batch?, self.table.keeps_deleted));
            let runs = cutting.write(rest, share * 2, None)?;
            settled.written += runs.len() as u64;
            settled.rewritten += runs.iter().map(|run| run.manifest().rows).sum::<u64>();
            swap.runs.extend(runs);
        }
        Ok((swap, settled))
    }
}
