//! One publication: staged batches become a run of changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::SchemaRef;
use carelake_core::account::Account;
use carelake_core::causes;
use carelake_core::ledger::Given;
use carelake_core::publish::{Input, Keep, PublishError, Publishing, Swap, current, manifest};
use carelake_sorted::{Batches, Sorter, keyed_schema, without_key};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use super::doubles::remember;
use super::gather::{Gathered, gather};
use super::passed::Pending;
use super::state::State;
use crate::config::Stream;
use crate::latest;
use crate::publish::{RunWriter, StreamError, World};
use crate::rows::{keyed, rows, with_metadata};

/// What made the runs of changes.
const MADE_BY: &str = "streams.flush";

/// What a publication came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Flushed {
    /// Staged files that are published with it.
    pub batches: u64,
    /// What became of their records.
    pub account: Account,
    /// Records that were gone before they were read.
    pub lost: u64,
    /// The run, where there are new rows.
    pub run: Option<String>,
    /// Files of the run: at most one a folder.
    pub files: u64,
    /// Whether there is more to publish.
    pub is_more: bool,
    /// Rows that are there now.
    pub latest: u64,
    /// What failed after the pointer was moved, and is made up for by the next publication or `gc`.
    pub warnings: Vec<String>,
}

/// Publishes what is staged, as much as goes at once, and brings the rows that are there now to what follows.
///
/// # Errors
/// [`StreamError`]. What is served stays as it was, or is served whole.
pub fn flush(world: &World<'_>, stream: &Stream) -> Result<Flushed, StreamError> {
    let publication = stream.changes();
    let mut flushed = {
        let publishing = world.open(&publication)?;
        let now = (world.now)();
        let state = State::of(stream, current(world.store, &publication)?.as_ref())?;
        let mut pending = Pending::of(world, stream, &state, now)?;
        let left = pending.cut(stream.flush_bytes);
        if pending.batches.is_empty() {
            drop(publishing);
            Flushed::default()
        } else {
            let flushed = Flush { world, stream, publishing, state, now }.carry_out(&pending, left)?;
            Flushed { is_more: left.is_some(), ..flushed }
        }
    };
    flushed.latest = latest::settle(world, stream)?;
    Ok(flushed)
}

struct Flush<'f, 'w> {
    world: &'f World<'w>,
    stream: &'f Stream,
    publishing: Publishing<'w>,
    state: State,
    now: Timestamp,
}

impl<'w> Flush<'_, 'w> {
    fn carry_out(self, pending: &Pending, left: Option<jiff::civil::Date>) -> Result<Flushed, StreamError> {
        let Self { world, stream, .. } = self;
        let mut gathered = gather(world, stream, &self.state, &pending.batches)?;
        let account = std::mem::take(&mut gathered.account).balanced(&stream.name)?;
        let (staged_from, passed) = pending.after(left, self.now);
        let names: Vec<String> = pending.batches.iter().map(|name| name.path()).collect();
        let remembered: Vec<&str> = passed.iter().map(String::as_str).collect();
        let identity = format!("{staged_from}\n{}\n\n{}", names.join("\n"), remembered.join("\n"));
        let identity = format!("{} {:032x}", self.publishing.sequence(), xxh3_128(identity.as_bytes()));
        let given = self.given(&identity)?;
        let schema = with_metadata(&rows(stream));
        let publication = stream.changes();
        let shape = (&schema, stream.folders());
        let mut run =
            RunWriter::begin(world, &self.publishing, &publication, (shape.0, &shape.1), given.clone(), MADE_BY)?;
        let fates = std::mem::take(&mut gathered.fates);
        let mut state = self.state.clone();
        state.doubles = remember(world.store, stream, &self.state, run.draft(), &fates, self.now)?;
        state.passed = Some(run.draft().add_helper("passed", remembered.join("\n").as_bytes())?);
        state.staged_from = Some(staged_from);
        for (shard, range) in &gathered.ranges {
            state.positions.entry(shard.clone()).or_insert_with(|| range.clone()).widen(range);
        }
        state.totals.add(&account);
        state.records_lost += gathered.lost;
        let helpers = Some(state.helpers());
        let state = serde_json::to_value(&state).map_err(|_| StreamError::State { publication: publication.path() })?;
        let (swap, files, run_id) = if account.published > 0 {
            self.write(&mut run, std::mem::take(&mut gathered.rows), &schema, &given)?;
            let details = json!({ "identity": identity, "batches": names.len() });
            let counts = BTreeMap::from([(stream.name.clone(), account.clone())]);
            let sealed = run.seal(None, self.inputs(&gathered), counts, details)?;
            let files = sealed.manifest().files.len() as u64;
            (Swap::run(sealed), files, Some(given.run_id.to_string()))
        } else {
            // Files of the room's own are safe before the pointer names them.
            world.store.settle()?;
            (Swap::default(), 0, None)
        };
        let swap = Swap { state: Some(state), helpers, ..swap };
        let published = self.publishing.commit(swap, Keep::ALL)?;
        let warnings = published.warnings.iter().map(|warning| causes(warning)).collect();
        let batches = names.len() as u64;
        Ok(Flushed { batches, account, lost: gathered.lost, run: run_id, files, is_more: false, latest: 0, warnings })
    }

    /// Takes the id of the run: the same whenever the same batches are published after the same state, so that a retry finds its files.
    fn given(&self, identity: &str) -> Result<Given, StreamError> {
        let (world, publication) = (self.world, self.stream.changes());
        let mut asked = format!("streams {publication} flush {identity}");
        loop {
            let as_of = TimeZone::UTC.to_datetime(self.now).date();
            let given = world.ledger.id_for(&asked, as_of, self.now)?;
            match manifest(world.store, &publication, &given.run_id) {
                // Another run has the id, because the ledger was begun anew.
                Ok(other) if other.details.get("identity").and_then(|it| it.as_str()) != Some(identity) => {
                    asked.push_str(" again");
                }
                Ok(_) | Err(PublishError::NoSuchRun { .. }) => return Ok(given),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Writes rows in the order of key and sequence.
    fn write(
        &self,
        run: &mut RunWriter<'w>,
        batches: Vec<RecordBatch>,
        schema: &SchemaRef,
        given: &Given,
    ) -> Result<(), StreamError> {
        let mut sorter = Sorter::new(keyed_schema(schema), self.world.scratch);
        for batch in batches {
            let batch = stamped(self.stream, &batch, schema, given)?;
            sorter.push(keyed(self.stream, &batch, false)?)?;
        }
        let sorted: Batches<'_, StreamError> = sorter.finish()?;
        for batch in sorted {
            self.publishing.beat()?;
            run.push(&without_key(&batch?)?)?;
        }
        Ok(())
    }

    fn inputs(&self, gathered: &Gathered) -> Vec<Input> {
        let input = |(shard, range): (&String, &super::state::Position)| Input::Stream {
            stream: self.stream.name.clone(),
            shard: shard.clone(),
            from: range.from.clone(),
            to: range.to.clone(),
        };
        gathered.ranges.iter().map(input).collect()
    }
}

/// Adds the columns of metadata.
fn stamped(
    stream: &Stream,
    batch: &RecordBatch,
    schema: &SchemaRef,
    given: &Given,
) -> Result<RecordBatch, StreamError> {
    let count = batch.num_rows();
    let text = |text: &str| Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, count))) as ArrayRef;
    let at = TimestampMicrosecondArray::from_value(given.first_given_at.as_microsecond(), count);
    let metadata: [ArrayRef; 3] =
        [text(&given.run_id.to_string()), text(&stream.name), Arc::new(at.with_timezone("UTC"))];
    let columns = batch.columns().iter().cloned().chain(metadata).collect();
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
