//! One load of one table: from the server to the moved pointer.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use carelake_core::account::Account;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Input, Keep, Pointer, PublishError, Published, Publishing, Sealed, Swap, current};
use carelake_database::Condition;
use carelake_pipeline::Way;
use jiff::Timestamp;
use serde_json::json;

use super::decide::{Reach, greatest, next, reach, read_again};
use super::reading::{Lake, read};
use super::turn::Turn;
use super::view::View;
use crate::overlap::{self, Known, NAME, OverlapWriter, Sorter, entries, hashes, keyed_schema, keys, with_key};
use crate::publish::{
    Files, Given, LoadError, Maker, Mode, Position, RunWriter, Stamp, Table, TableState, Telling, World, given, there,
    with_metadata,
};

/// Whether a row is read again by the next window, beside the row while it is sorted.
const AGAIN: &str = "_again";
/// The kind of duplicates that an earlier window published.
const OVERLAP: &str = "overlap";

/// What a load came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was made: `loads.full` or `loads.window`.
    pub made_by: &'static str,
    /// Why the whole table was read; none of a window.
    pub reason: Option<&'static str>,
    /// What became of the rows.
    pub account: Account,
    /// The run, where rows came.
    pub run: Option<RunId>,
    /// How often the pointer has been moved now; none where it was not.
    pub sequence: Option<u64>,
    /// Where the next window begins.
    pub position: Option<Position>,
    /// The server's clock before the snapshot: microseconds since 1970, UTC.
    pub clock: i64,
    /// Bytes of the files.
    pub bytes: u64,
    /// What failed after the pointer was moved, and is made up for by the next load or `gc`.
    pub warnings: Vec<PublishError>,
}

/// Loads a table: the whole of it, or what came since the last window.
///
/// # Errors
/// [`LoadError`]. What is served stays as it was; [`LoadError::Superseded`] where somebody else published the table since the turn was
/// taken.
pub fn load(world: &World<'_>, view: &mut View<'_>, turn: &Turn, table: &Table) -> Result<Outcome, LoadError> {
    let shown = table.relation.shown();
    let key = if table.mode.is_always_whole() { table.key().unwrap_or_default() } else { table.key()? };
    let publishing = world.open(&table.publication)?;
    let pointer = current(world.store, &table.publication)?;
    if pointer.as_ref().map(|pointer| pointer.sequence) != turn.sequence {
        return Err(LoadError::Superseded { table: shown });
    }
    let state = TableState::of(pointer.as_ref(), &shown)?;
    let lake = Lake::new(table);
    let schema = with_metadata(&lake.schema);
    let far = Cell::default();
    let work = Work { world, table, publishing, turn, pointer, state, lake, far, schema, key };
    match reach(table, work.state.as_ref(), view)? {
        Reach::Whole(reason) => work.whole(view, reason),
        Reach::Window(conditions) => work.window(view, &conditions),
        Reach::Changes => work.changes(view),
    }
}

/// A load under way.
pub(super) struct Work<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) table: &'w Table,
    pub(super) publishing: Publishing<'w>,
    pub(super) turn: &'w Turn,
    pointer: Option<Pointer>,
    pub(super) state: Option<TableState>,
    pub(super) lake: Lake<'w>,
    pub(super) far: Cell<Way>,
    pub(super) schema: SchemaRef,
    pub(super) key: Vec<String>,
}

impl<'w> Work<'w> {
    /// Reads everything; the run takes the place of all that were there.
    fn whole(self, view: &mut View<'_>, reason: &'static str) -> Result<Outcome, LoadError> {
        let table = self.table;
        let given = given(self.world, &table.publication, "full")?;
        let mut run = self.begin(&given, &self.key)?;
        let stamp = self.stamp(given);
        // Exports follow each other without a gap: nothing is read again.
        let is_keyed = !matches!(table.mode, Mode::Full | Mode::Exported { .. });
        // Of transactions it is not known which rows the next window reads again: they are asked for.
        let is_told = is_keyed && table.mode != Mode::Xid;
        let ahead = next(table, None, view, None)?;
        let mut again = Sorter::new(entries(), self.world.scratch);
        let mut most = None;
        let account = read(view, table, &[], &mut |raw| {
            self.take(raw)?;
            let rows = self.lake.rows(raw)?;
            if is_told {
                most = greatest(table, raw)?.into_iter().chain(most).max();
                let is_again = read_again(table, ahead.as_ref(), raw)?;
                if is_again.true_count() > 0 {
                    again.push(self.entries(&filter_record_batch(&rows, &is_again)?)?)?;
                }
            }
            run.push(&stamp.on(&rows, there(rows.num_rows()), &self.schema)?)
        });
        let account =
            self.settled(account, run.rows, 0).and_then(|account| self.check_volume(&account).map(|()| account));
        let account = match account {
            Ok(account) => account,
            Err(error) => {
                run.discard();
                return Err(error);
            }
        };
        let position = next(table, None, view, most)?;
        if let (Mode::Xid, Some(Position::Transaction { xmin, .. })) = (table.mode, &position) {
            read(view, table, &[Condition::Xmin(*xmin)], &mut |raw| {
                self.take(raw)?;
                Ok(again.push(self.entries(&self.lake.rows(raw)?)?)?)
            })?;
        }
        let mut helpers = Vec::new();
        if is_keyed {
            let mut writer = OverlapWriter::begin(self.world.scratch)?;
            again.finish::<LoadError>()?.try_for_each(|batch| writer.push(&batch?))?;
            helpers.push(self.keep_overlap(writer, run.run_id())?);
        }
        let mut telling = self.telling(Maker::Full, &account, Some(reason), position.as_ref());
        if let (false, Some(details)) = (view.session.has_snapshots(), telling.details.as_object_mut()) {
            details.insert("snapshot".to_owned(), json!("none"));
        }
        let sealed = run.seal(telling)?;
        let bytes = sealed.manifest().bytes;
        let run_id = sealed.manifest().run_id.clone();
        let swap = Swap { replace_all: true, helpers: Some(helpers), ..Swap::run(sealed) };
        let published = self.commit(swap, position.clone(), view)?;
        let (sequence, warnings) = (Some(published.sequence), published.warnings);
        let (made_by, reason, run) = (Maker::Full.name(), Some(reason), Some(run_id));
        Ok(Outcome { made_by, reason, account, run, sequence, position, clock: view.moment.clock, bytes, warnings })
    }

    /// Reads what came since the last window, and publishes what was not published yet.
    fn window(self, view: &mut View<'_>, conditions: &[Condition]) -> Result<Outcome, LoadError> {
        let (world, table) = (self.world, self.table);
        let ahead = next(table, self.state.as_ref(), view, None)?;
        let again = Arc::new(Field::new(AGAIN, DataType::Boolean, false));
        let fields = self.lake.schema.fields().iter().cloned().chain([again]).collect::<Vec<_>>();
        let marked: SchemaRef = Arc::new(Schema::new(fields));
        let mut sorter = Sorter::new(keyed_schema(&marked), world.scratch);
        let mut most = None;
        let read = read(view, table, conditions, &mut |raw| {
            self.take(raw)?;
            most = greatest(table, raw)?.into_iter().chain(most).max();
            let rows = self.lake.rows(raw)?;
            let is_again = read_again(table, ahead.as_ref(), raw)?;
            let columns = rows.columns().iter().cloned().chain([Arc::new(is_again) as _]).collect();
            Ok(sorter.push(with_key(&RecordBatch::try_new(Arc::clone(&marked), columns)?, &self.key, None)?)?)
        });
        let (mut run, mut duplicates) = (None, 0);
        let mut writer = OverlapWriter::begin(world.scratch)?;
        let mut known = self.known()?;
        let sorted = read.and_then(|account| Ok((account, sorter.finish::<LoadError>()?)));
        let passed = sorted.and_then(|(account, sorted)| {
            for batch in sorted {
                self.beat()?;
                let (fresh, seen) = self.compared(&batch?, &mut known, &mut writer)?;
                duplicates += seen;
                if fresh.num_rows() > 0 {
                    self.publish(&mut run, &fresh)?;
                }
            }
            let published = run.as_ref().map_or(0, |(run, _): &(RunWriter<'_>, Stamp)| run.rows);
            self.settled(Ok(account), published, duplicates)
        });
        let account = match passed {
            Ok(account) => account,
            Err(error) => {
                if let Some((run, _)) = run {
                    run.discard();
                }
                return Err(error);
            }
        };
        let position = next(table, self.state.as_ref(), view, most)?;
        let (made_by, clock) = (Maker::Window.name(), view.moment.clock);
        let mut outcome = Outcome {
            made_by,
            reason: None,
            account,
            run: None,
            sequence: None,
            position: position.clone(),
            clock,
            bytes: 0,
            warnings: Vec::new(),
        };
        let swap = match run {
            Some((run, _)) => {
                let helper = self.keep_overlap(writer, run.run_id())?;
                let sealed: Sealed =
                    run.seal(self.telling(Maker::Window, &outcome.account, None, position.as_ref()))?;
                outcome.run = Some(sealed.manifest().run_id.clone());
                outcome.bytes = sealed.manifest().bytes;
                Swap { helpers: Some(vec![helper]), ..Swap::run(sealed) }
            }
            // The file in force knows all that was read.
            None if self.is_due() => Swap::default(),
            None => {
                outcome.position = self.state.and_then(|state| state.position);
                return Ok(outcome);
            }
        };
        let published = self.commit(swap, position, view)?;
        (outcome.sequence, outcome.warnings) = (Some(published.sequence), published.warnings);
        Ok(outcome)
    }

    /// Tells rows that are new from those that are known as they are, and notes what the next window reads again.
    fn compared(
        &self,
        batch: &RecordBatch,
        known: &mut Known,
        writer: &mut OverlapWriter,
    ) -> Result<(RecordBatch, u64), LoadError> {
        let last = batch.num_columns().saturating_sub(1);
        let rows = batch.project(&(1..last).collect::<Vec<_>>())?;
        let (key, hash) = (keys(batch)?, hashes(&rows)?);
        let mut is_new = BooleanBuilder::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            is_new.append_value(!known.has(key.value(row), hash.value(row))?);
        }
        let is_new = is_new.finish();
        let entry = RecordBatch::try_new(entries(), vec![Arc::new(key.clone()), Arc::new(hash)])?;
        let again = batch.columns().get(last).and_then(|column| column.as_boolean_opt());
        let again = again.cloned().unwrap_or_else(|| BooleanArray::from(vec![true; batch.num_rows()]));
        writer.push(&filter_record_batch(&entry, &again)?)?;
        let fresh = filter_record_batch(&rows, &is_new)?;
        let seen = (batch.num_rows() - fresh.num_rows()) as u64;
        Ok((fresh, seen))
    }

    /// Adds rows to the run, which begins with the first of them.
    fn publish(&self, run: &mut Option<(RunWriter<'w>, Stamp)>, rows: &RecordBatch) -> Result<(), LoadError> {
        let (run, stamp) = match run {
            Some(run) => run,
            None => {
                let given = given(self.world, &self.table.publication, "window")?;
                // They come in the order of their keys.
                run.insert((self.begin(&given, &[])?, self.stamp(given)))
            }
        };
        run.push(&stamp.on(rows, there(rows.num_rows()), &self.schema)?)
    }

    pub(super) fn begin(&self, given: &Given, sort_by: &[String]) -> Result<RunWriter<'w>, LoadError> {
        let (table, publication) = (self.table, &self.table.publication);
        let sort_by: Vec<String> = sort_by.iter().filter(|name| !table.partition_by.contains(name)).cloned().collect();
        let files = Files { partition_by: &table.partition_by, sort_by: &sort_by };
        RunWriter::begin(self.world, &self.publishing, publication, &self.schema, &files, given.clone())
    }

    pub(super) fn stamp(&self, given: Given) -> Stamp {
        Stamp::new(given, self.publishing.sequence(), self.table.origin())
    }

    /// Returns keys and hashes of rows.
    fn entries(&self, rows: &RecordBatch) -> Result<RecordBatch, LoadError> {
        let keyed = with_key(rows, &self.key, None)?;
        let hash = hashes(rows)?;
        Ok(RecordBatch::try_new(entries(), vec![Arc::new(keys(&keyed)?.clone()), Arc::new(hash)])?)
    }

    /// Returns what is known of the rows that the last window noted.
    fn known(&self) -> Result<Known, LoadError> {
        let helper = self.pointer.as_ref().and_then(|pointer| pointer.helpers.iter().find(|path| path.ends_with(NAME)));
        let Some(helper) = helper else { return Ok(Known::nothing()) };
        let key = format!("{}/{helper}", self.table.publication);
        Ok(Known::new(overlap::read(self.world.store, &key, self.world.scratch)?))
    }

    fn keep_overlap(&self, writer: OverlapWriter, run_id: &RunId) -> Result<String, LoadError> {
        let path = Publication::helper_path(run_id, NAME);
        writer.keep(self.world.store, &format!("{}/{path}", self.table.publication))?;
        Ok(path)
    }

    /// Completes an account, and checks it.
    pub(super) fn settled(
        &self,
        account: Result<Account, LoadError>,
        published: u64,
        known: u64,
    ) -> Result<Account, LoadError> {
        let mut account = account?;
        account.published = published;
        if known > 0 {
            account.duplicate.insert(OVERLAP.to_owned(), known);
        }
        let (rejected, read) = (account.rejects(), account.read);
        if rejected as f64 > self.table.max_reject_ratio * read as f64 {
            return Err(LoadError::Rejects { table: self.table.relation.shown(), rejected, read });
        }
        Ok(account.balanced(&self.table.origin())?)
    }

    /// Refuses to serve far fewer rows than before: than the source had, else than the last full load.
    fn check_volume(&self, account: &Account) -> Result<(), LoadError> {
        let latest = current(self.world.store, &self.table.latest_publication())?.map(|pointer| pointer.rows());
        let last = || self.publishing.last_made_by(Maker::Full.name()).map(|made| made.map(|manifest| manifest.rows));
        let before = latest.filter(|rows| *rows > 0).map_or_else(last, |rows| Ok(Some(rows)))?.unwrap_or(0);
        let rows = account.published;
        // What a table held that was dropped and made again says nothing of how much the new one has.
        let was = self.state.as_ref().map(|state| state.identity.as_str()).unwrap_or_default();
        let is_another = !was.is_empty() && was != self.table.relation.identity.0;
        let least = if is_another { 0.0 } else { (1.0 - self.table.max_drop_ratio) * before as f64 };
        if self.table.accepts_loss || before == 0 || (rows > 0 && rows as f64 >= least) {
            return Ok(());
        }
        Err(LoadError::Volume { table: self.table.relation.shown(), rows, before })
    }

    /// Returns whether the bookmark has not been moved for long enough to be moved without rows.
    pub(super) fn is_due(&self) -> bool {
        let moved = self.pointer.as_ref().map(|pointer| pointer.committed_at);
        moved.is_none_or(|moved| (self.world.now)().duration_since(moved) >= self.table.bookmark_every)
    }

    pub(super) fn telling(
        &self,
        maker: Maker,
        account: &Account,
        reason: Option<&str>,
        position: Option<&Position>,
    ) -> Telling {
        let time = |position: Option<&Position>| match position {
            Some(Position::Time(at)) => Timestamp::from_microsecond(*at).ok().map(|at| at.to_string()),
            Some(Position::Transaction { xmin, .. }) => Some(xmin.to_string()),
            // A key is a value.
            _ => None,
        };
        let from = self.state.as_ref().filter(|_| maker == Maker::Window).and_then(|state| state.position.as_ref());
        let relation = &self.table.relation;
        let input = Input::Table {
            source: self.table.source.clone(),
            table: format!("{}.{}", relation.database, relation.name),
            from: time(from),
            to: time(position),
        };
        let details = json!({
            "mode": self.table.mode.name(),
            "reason": reason,
            "database": relation.database,
            "table": relation.name,
            "generation": self.table.generation,
        });
        let counts = BTreeMap::from([(self.table.source.clone(), account.clone())]);
        Telling { maker, part: None, inputs: vec![input], counts, details }
    }

    pub(super) fn commit(
        self,
        swap: Swap,
        position: Option<Position>,
        view: &View<'_>,
    ) -> Result<Published, LoadError> {
        let table = self.table;
        let state = TableState {
            generation: table.generation.clone(),
            identity: table.relation.identity.0.clone(),
            file: table.relation.file,
            mode: table.mode.name().to_owned(),
            position,
            seen_at: view.moment.clock,
            latest: table.latest_view()?,
        };
        let swap = Swap { state: Some(state.value(&table.relation.shown())?), ..swap };
        Ok(self.publishing.commit(swap, Keep::ALL)?)
    }
}
