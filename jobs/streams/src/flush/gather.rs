//! The records of staged batches: which are new, what is counted of them, and their rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, new_null_array};
use arrow_schema::{Field, SchemaRef};
use arrow_select::filter::filter_record_batch;
use carelake_core::account::Account;
use jiff::Timestamp;

use super::doubles::{Fate, known};
use super::state::{Position, State};
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{IDENTITY_BYTES, Identity};
use crate::rows::{COUNTED, FILTERED, IDENTITY, OUTCOME, rows};
use crate::take::{Staged, StagedName, read, read_again};

/// The kind of duplicates that were delivered before.
const AGAIN: &str = "again";
/// Why records are left out that the filter does not take.
const FILTER: &str = "filter";

/// What staged batches come to.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Rows that are new.
    pub(super) rows: Vec<RecordBatch>,
    /// What became of the records.
    pub(super) account: Account,
    /// What is known of records now that was not before.
    pub(super) fates: HashMap<Identity, Fate>,
    /// Records that were gone before they were read.
    pub(super) lost: u64,
    /// The range of each shard.
    pub(super) ranges: BTreeMap<String, Position>,
}

/// Reads staged batches.
pub(super) fn gather(
    world: &World<'_>,
    stream: &Stream,
    state: &State,
    batches: &[StagedName],
) -> Result<Gathered, StreamError> {
    let mut gathered = Gathered::default();
    let mut staged: Vec<(Timestamp, Staged)> = Vec::new();
    for name in batches {
        if name.is_again() {
            let delivered = read_again(world.raw, stream, name)?;
            gathered.account.read += delivered;
            *gathered.account.duplicate.entry(AGAIN.to_owned()).or_default() += delivered;
        } else {
            let read = read(world.raw, stream, name)?;
            staged.push((read.meta.enriched_at.unwrap_or(name.written), read));
        }
    }
    if !stream.enrich.is_empty() {
        // What was looked up first is what holds.
        staged.sort_by_key(|(at, _)| *at);
    }
    let mut wanted: HashSet<Identity> = HashSet::new();
    for batch in staged.iter().flat_map(|(_, staged)| &staged.batches) {
        wanted.extend(identities(stream, batch)?);
    }
    let known = known(world.store, stream, state, &wanted)?;
    drop(wanted);
    let schema = rows(stream);
    for (_, Staged { meta, batches }) in staged {
        gathered.lost += meta.lost;
        let shard = meta.shard.clone().unwrap_or_default();
        let range = Position { from: meta.from.clone(), to: meta.to.clone() };
        gathered.ranges.entry(shard).or_insert_with(|| range.clone()).widen(&range);
        for batch in batches {
            let new = gathered.settle(stream, &batch, &known, meta.is_replay)?;
            if new.num_rows() > 0 {
                gathered.rows.push(conform(stream, &new, &schema)?);
            }
        }
    }
    Ok(gathered)
}

impl Gathered {
    /// Counts the records of a batch, and answers the rows that are new.
    fn settle(
        &mut self,
        stream: &Stream,
        batch: &RecordBatch,
        known: &HashMap<Identity, Fate>,
        is_replay: bool,
    ) -> Result<RecordBatch, StreamError> {
        let (outcomes, counted) = (text(stream, batch, OUTCOME)?, text(stream, batch, COUNTED)?);
        let mut is_new = BooleanBuilder::with_capacity(batch.num_rows());
        for (row, identity) in identities(stream, batch)?.enumerate() {
            self.account.read += 1;
            let fate = self.fates.get(&identity).or_else(|| known.get(&identity));
            let is_double = match fate {
                None => false,
                // What could not be used before may be now.
                Some(Fate::Parked) => !is_replay || outcomes.is_valid(row) && outcomes.value(row) != FILTERED,
                Some(Fate::Settled) => true,
            };
            if is_double {
                *self.account.duplicate.entry(AGAIN.to_owned()).or_default() += 1;
                is_new.append_value(false);
                continue;
            }
            let outcome = outcomes.is_valid(row).then(|| outcomes.value(row));
            let parked = outcome.and_then(|outcome| outcome.strip_prefix("parked."));
            self.fates.insert(identity, if parked.is_some() { Fate::Parked } else { Fate::Settled });
            match (outcome, parked) {
                (_, Some(rule)) => *self.account.rejected.entry(rule.to_owned()).or_default() += 1,
                (Some(_), None) => *self.account.filtered.entry(FILTER.to_owned()).or_default() += 1,
                (None, None) => {
                    self.account.published += 1;
                    let names = counted.is_valid(row).then(|| counted.value(row).split(','));
                    for name in names.into_iter().flatten() {
                        *self.account.counted.entry(name.to_owned()).or_default() += 1;
                    }
                }
            }
            is_new.append_value(outcome.is_none());
        }
        Ok(filter_record_batch(batch, &is_new.finish())?)
    }
}

fn identities<'b>(stream: &Stream, batch: &'b RecordBatch) -> Result<impl Iterator<Item = Identity> + 'b, StreamError> {
    let column = batch.column_by_name(IDENTITY).and_then(|column| column.as_fixed_size_binary_opt());
    let column = column.filter(|column| usize::try_from(column.value_length()) == Ok(IDENTITY_BYTES));
    let column = column.ok_or_else(|| other_type(stream, IDENTITY))?;
    Ok((0..column.len()).map(|row| column.value(row).try_into().unwrap_or_default()))
}

fn text<'b>(stream: &Stream, batch: &'b RecordBatch, name: &str) -> Result<&'b arrow_array::StringArray, StreamError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    column.ok_or_else(|| other_type(stream, name))
}

fn other_type(stream: &Stream, column: &str) -> StreamError {
    StreamError::Type { stream: stream.name.clone(), column: column.to_owned() }
}

/// Gives a batch the columns that the configuration declares now; those that it did not when the batch was staged are null.
fn conform(stream: &Stream, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StreamError> {
    let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
        Some(column) if column.data_type() == field.data_type() => Ok(Arc::clone(column)),
        Some(_) => Err(other_type(stream, field.name())),
        None => Ok(new_null_array(field.data_type(), batch.num_rows())),
    };
    let columns = schema.fields().iter().map(column).collect::<Result<_, StreamError>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
