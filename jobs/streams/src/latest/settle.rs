//! Bringing the rows that are there now to what follows from the log.

use std::collections::BTreeMap;

use arrow_schema::SchemaRef;
use carelake_core::ledger::Given;
use carelake_core::names::Publication;
use carelake_core::publish::{Input, Keep, PublishError, Publishing, Served, Swap, current, manifest, reconcile_link};
use carelake_sorted::{Ahead, Batches, Before, Merge, last_of_key, without_key};
use jiff::tz::TimeZone;
use serde_json::json;

use super::gone;
use super::held::{Held, settings};
use super::source::{changes, divide, part, schema};
use crate::config::Stream;
use crate::publish::{RunWriter, StreamError, World};
use crate::record::bare;

/// What made the parts.
const MADE_BY: &str = "streams.latest";

/// Brings the rows that are there now to what follows from the log, and answers how many there are. Nothing is done where they are already.
///
/// # Errors
/// [`StreamError`]. What is served stays as it was.
pub fn settle(world: &World<'_>, stream: &Stream) -> Result<u64, StreamError> {
    let (log, latest) = (stream.changes(), stream.latest());
    let pointer = current(world.store, &log)?;
    let before = current(world.store, &latest)?;
    let held = Held::of(stream, before.as_ref())?;
    let is_settled = match (&pointer, &held) {
        (None, _) => true,
        (Some(log), Some(held)) => held.content == log.content && held.settings == settings(stream),
        (Some(log), None) => log.runs.is_empty() && before.is_none(),
    };
    let rows = if is_settled {
        before.map_or(0, |pointer| pointer.rows())
    } else {
        merge(world, stream)?;
        current(world.store, &latest)?.map_or(0, |pointer| pointer.rows())
    };
    // Whoever moved a pointer may not have lived to show it.
    for publication in [&log, &latest] {
        reconcile_link(world.store, publication)?;
    }
    Ok(rows)
}

fn merge(world: &World<'_>, stream: &Stream) -> Result<(), StreamError> {
    let publication = stream.latest();
    let publishing = world.open(&publication)?;
    // Read anew, now that nobody else moves the rows that are there now.
    let Some(log) = Served::of(world.store, &stream.changes())? else { return Ok(()) };
    let parts = Served::of(world.store, &publication)?;
    let held = Held::of(stream, parts.as_ref().map(|parts| &parts.pointer))?;
    let held = held.filter(|held| held.settings == settings(stream));
    let beyond = held.as_ref().and_then(|held| held.beyond(&log.manifests));
    let is_anew = beyond.is_none();
    let schema = schema(stream, &log)?;
    let runs = beyond.unwrap_or(&log.manifests);
    let after = Held {
        content: log.pointer.content,
        run: log.manifests.last().map(last_of),
        settings: settings(stream),
        gone: held.filter(|_| !is_anew).map(|held| held.gone).unwrap_or_default(),
    };
    let input = Input::Publication {
        publication: stream.changes(),
        content: log.pointer.content,
        runs: log.manifests.iter().map(|manifest| manifest.run_id.clone()).collect(),
    };
    let changes = Ahead::new(changes(world, stream, &log, runs, &schema)?, bare);
    let parts = parts.filter(|_| !is_anew);
    let swap = Swap { replace_all: is_anew, ..Swap::default() };
    let mut work = Work { world, stream, publishing: &publishing, parts, schema, input, swap, after };
    work.buckets(changes)?;
    let Work { mut swap, after, .. } = work;
    swap.helpers = Some(after.gone.values().cloned().collect());
    swap.state =
        Some(serde_json::to_value(&after).map_err(|_| StreamError::State { publication: publication.path() })?);
    // Files of the room's own are safe before the pointer names them.
    world.store.settle()?;
    publishing.commit(swap, Keep::ALL)?;
    Ok(())
}

/// Returns the last run that a run is, or took in.
fn last_of(manifest: &carelake_core::publish::Manifest) -> carelake_core::names::RunId {
    manifest.joined.last().map_or_else(|| manifest.run_id.clone(), |joined| joined.run_id.clone())
}

struct Work<'s, 'w> {
    world: &'s World<'w>,
    stream: &'s Stream,
    publishing: &'s Publishing<'w>,
    /// What is served; none where all is made anew.
    parts: Option<Served>,
    schema: SchemaRef,
    input: Input,
    swap: Swap,
    after: Held,
}

impl Work<'_, '_> {
    /// Writes each part that has a change anew, and no other.
    fn buckets(&mut self, mut changes: Ahead<'_, StreamError>) -> Result<(), StreamError> {
        while let Some(bucket) = changes.next_key()?.and_then(|key| key.first().copied()) {
            let name = format!("{bucket:02}");
            let end = bucket.checked_add(1).map(|next| vec![next]);
            let is_part = |run: &carelake_core::publish::Manifest| run.part.as_deref() == Some(&name);
            let there = self.parts.as_ref().map(|parts| parts.only(is_part));
            self.part(&name, there.as_ref(), Before(&mut changes, end))?;
        }
        Ok(())
    }

    fn part(
        &mut self,
        name: &str,
        there: Option<&Served>,
        changes: Before<'_, '_, StreamError>,
    ) -> Result<(), StreamError> {
        let (world, stream, publication) = (self.world, self.stream, self.stream.latest());
        let schema = self.schema.clone();
        let mut streams: Vec<Batches<'_, StreamError>> = Vec::new();
        if let Some(there) = there {
            streams.push(part(world, stream, there, &schema));
        }
        if let Some(path) = self.after.gone.get(name) {
            let gone = gone::read(world.store, &format!("{publication}/{path}"), &schema)?;
            streams.push(Box::new(gone.into_iter().map(Ok)));
        }
        streams.push(Box::new(changes));
        let given = self.given(name)?;
        let run_id = given.run_id.clone();
        let shape: (&SchemaRef, &[String]) = (&schema, &[]);
        let mut run = RunWriter::begin(world, self.publishing, &publication, shape, given, MADE_BY)?;
        let (mut rows, mut removed) = (0, Vec::new());
        for batch in last_of_key(Box::new(Merge::new(streams)), bare) {
            self.publishing.beat()?;
            let (there, gone) = divide(&batch?)?;
            gone::note(&gone, &mut removed)?;
            rows += there.num_rows();
            if there.num_rows() > 0 {
                run.push(&without_key(&there)?)?;
            }
        }
        self.after.gone.remove(name);
        if !removed.is_empty() {
            let path = run.draft().add_helper(&format!("gone-{name}"), &removed)?;
            self.after.gone.insert(name.to_owned(), path);
        }
        let former = there.and_then(|there| there.manifests.first()).map(|run| run.run_id.clone());
        if rows > 0 {
            let details = json!({ "after": self.publishing.sequence() });
            let sealed = run.seal(Some(name.to_owned()), vec![self.input.clone()], BTreeMap::new(), details)?;
            self.swap.runs.push(sealed);
        } else if let Some(former) = former.filter(|former| *former != run_id) {
            self.swap.retract.push(former);
        }
        Ok(())
    }

    /// Takes an id for a part: one that no run of the publication has, nor an attempt that was killed.
    fn given(&self, name: &str) -> Result<Given, StreamError> {
        let (world, publication) = (self.world, self.stream.latest());
        let now = (world.now)();
        let mut identity = format!("streams {publication} {name} {} {now}", self.publishing.sequence());
        loop {
            let given = world.ledger.id_for(&identity, TimeZone::UTC.to_datetime(now).date(), now)?;
            let left = format!("{publication}/{}", Publication::helper_path(&given.run_id, ""));
            match manifest(world.store, &publication, &given.run_id) {
                Err(PublishError::NoSuchRun { .. }) if world.store.list(&left)?.is_empty() => return Ok(given),
                Ok(_) | Err(PublishError::NoSuchRun { .. }) => identity.push_str(" again"),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
