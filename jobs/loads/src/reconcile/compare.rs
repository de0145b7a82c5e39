//! One comparison of a table with its source.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::account::Account;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Keep, Pointer, PublishError, Publishing, Served, Swap, current};
use serde_json::json;

use super::difference::{Differences, with_op};
use super::joined::{joined, of_published};
use super::ranges::{Range, Sum, compared, parts, ranges, sum_of};
use crate::latest::{Before, Sources, ahead, bare_keys, last_of_key, schema_of, settle, visible};
use crate::overlap::{self, Batches, Merge, NAME, OverlapWriter, Sorter, keyed_schema, with_key, without_key};
use crate::publish::{
    Files, Latest, LoadError, Maker, Mode, OP, RunWriter, Stamp, Table, TableState, Telling, World, given,
    with_metadata,
};
use crate::window::{Lake, Turn, View, read};

/// Rows of a table that is compared as one range first, at most: its statement is to be done within seconds.
const MOST_WHOLE: u64 = 20_000_000;

/// By what rows are compared before they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Key and cursor.
    Cursor,
    /// All columns.
    Row,
}

/// How a table is compared.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// By what.
    pub by: By,
    /// Whether it is compared as one range first, which costs the server half, and again by ranges only if it differs.
    pub begins_whole: bool,
    /// Rows of a range, at least.
    pub least_rows: u64,
}

impl How {
    /// Compares by ranges of 50,000 rows or more.
    #[must_use]
    pub const fn by_ranges(by: By) -> Self {
        Self { by, begins_whole: false, least_rows: 50_000 }
    }
}

/// What a comparison came to.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// Ranges that were compared.
    pub ranges: u64,
    /// Of these the ones that differ.
    pub differing: u64,
    /// Rows that were here.
    pub here: u64,
    /// Rows that were read.
    pub read: u64,
    /// Rows that are new or other at the source.
    pub changed: u64,
    /// Rows that are gone there.
    pub gone: u64,
    /// The run, where something differs.
    pub run: Option<RunId>,
    /// How often the pointer has been moved then.
    pub sequence: Option<u64>,
    /// What failed after the pointer was moved.
    pub warnings: Vec<PublishError>,
}

/// Compares a table with its source, and publishes what differs. `sum` computes what the server's checksum answers.
///
/// # Errors
/// [`LoadError`]. What is served stays as it was; [`LoadError::Superseded`] where the table was never loaded in this way, or somebody else
/// published it since the turn was taken.
pub fn reconcile(
    world: &World<'_>,
    view: &mut View<'_>,
    turn: &Turn,
    table: &Table,
    how: How,
    sum: Sum<'_>,
) -> Result<Reconciled, LoadError> {
    let shown = table.relation.shown();
    let key = table.key()?;
    let publishing = world.open(&table.publication)?;
    let pointer = current(world.store, &table.publication)?;
    let state = TableState::of(pointer.as_ref(), &shown)?;
    let (Some(pointer), Some(state)) = (pointer, state) else { return Err(LoadError::Superseded { table: shown }) };
    if Some(pointer.sequence) != turn.sequence || state.generation != table.generation {
        return Err(LoadError::Superseded { table: shown });
    }
    let lake = Lake::new(table);
    let served = there(world, table)?;
    let work = Work { world, turn, table, publishing, pointer, lake, key, served };
    let mut reconciled = Reconciled::default();
    let differing = work.differing(view, how, sum, &mut reconciled)?;
    if differing.is_empty() {
        return Ok(reconciled);
    }
    work.publish(view, &differing, reconciled)
}

/// Returns what tells the rows that are there now: the parts of them where these hold all, else the log.
fn there(world: &World<'_>, table: &Table) -> Result<Option<Served>, LoadError> {
    let hides = table.deleted.is_some() && !table.keeps_deleted;
    if table.latest == Latest::Merge && !hides {
        settle(world, table)?;
        return Ok(Served::of(world.store, &table.latest_publication())?);
    }
    Ok(Served::of(world.store, &table.publication)?)
}

struct Work<'w> {
    world: &'w World<'w>,
    turn: &'w Turn,
    table: &'w Table,
    publishing: Publishing<'w>,
    pointer: Pointer,
    lake: Lake<'w>,
    key: Vec<String>,
    served: Option<Served>,
}

impl<'w> Work<'w> {
    fn beat(&self) -> Result<(), LoadError> {
        self.turn.renew(self.world)?;
        Ok(self.publishing.beat()?)
    }

    /// Hands over the rows that are there now, in the order of their keys.
    fn with_rows<T>(&self, take: impl FnOnce(Batches<'_>) -> Result<T, LoadError>) -> Result<T, LoadError> {
        let Some(served) = &self.served else { return take(Box::new(std::iter::empty())) };
        let schema = schema_of(served, self.table)?;
        let sources = Sources::of(served, &served.manifests, &schema, &self.key);
        let streams = sources.streams(self.world.store, self.world.scratch)?;
        let rows = last_of_key(Box::new(Merge::new(streams)));
        take(Box::new(rows.map(|batch| visible(&batch?, true))))
    }

    /// Returns the ranges that differ; neighbours as one.
    fn differing(
        &self,
        view: &mut View<'_>,
        how: How,
        sum: Sum<'_>,
        reconciled: &mut Reconciled,
    ) -> Result<Vec<Range>, LoadError> {
        let cursor = if let Mode::Incremental { cursor } = self.table.mode { Some(cursor) } else { None };
        let Some(columns) = compared(self.table, cursor, how.by == By::Row) else {
            (reconciled.ranges, reconciled.differing) = (1, 1);
            return Ok(vec![Range::default()]);
        };
        let rows = self.served.as_ref().map_or(0, |served| served.pointer.rows());
        let parts = parts(self.table, rows, how.least_rows);
        if how.begins_whole && parts > 1 && rows <= MOST_WHOLE {
            let whole = self.differing_of(view, vec![Range::default()], &columns, sum, reconciled)?;
            if whole.is_empty() {
                return Ok(whole);
            }
        }
        let ranges = ranges(view, self.table, parts)?;
        self.differing_of(view, ranges, &columns, sum, reconciled)
    }

    fn differing_of(
        &self,
        view: &mut View<'_>,
        ranges: Vec<Range>,
        columns: &[usize],
        sum: Sum<'_>,
        reconciled: &mut Reconciled,
    ) -> Result<Vec<Range>, LoadError> {
        *reconciled = Reconciled { ranges: ranges.len() as u64, ..Reconciled::default() };
        let mut differing: Vec<Range> = Vec::new();
        let mut was_different = false;
        self.with_rows(|rows| {
            let mut rows = ahead(rows);
            for range in ranges {
                self.beat()?;
                let theirs = view.session.checksum(&self.table.relation, columns, &range.conditions(self.table))?;
                let (mut ours, mut here) = (Some((0_u64, 0_u64)), 0);
                for batch in Before(&mut rows, range.end.clone()) {
                    let batch = batch?;
                    self.beat()?;
                    here += batch.num_rows() as u64;
                    let more = sum_of(self.table, columns, &batch, sum);
                    ours = ours
                        .zip(more)
                        .map(|((count, sum), more)| (count + batch.num_rows() as u64, sum.wrapping_add(more)));
                }
                let is_different = ours != Some(theirs);
                reconciled.differing += u64::from(is_different);
                reconciled.here += here;
                match differing.pop_if(|_| is_different && was_different) {
                    Some(last) => differing.push(last.and(range)),
                    None if is_different => differing.push(range),
                    None => {}
                }
                was_different = is_different;
            }
            Ok(())
        })?;
        Ok(differing)
    }

    /// Reads ranges, and publishes what differs in them.
    fn publish(
        self,
        view: &mut View<'_>,
        ranges: &[Range],
        mut reconciled: Reconciled,
    ) -> Result<Reconciled, LoadError> {
        let (world, table, lake) = (self.world, self.table, &self.lake.schema);
        let differing = Sorter::new(keyed_schema(&with_op(lake)), world.scratch);
        let mut differences = Differences::new(lake, &self.key, differing);
        let (mut account, mut here) = (Account::default(), 0);
        self.with_rows(|rows| {
            let mut rows = ahead(rows);
            for range in ranges {
                let mut sorter = Sorter::new(keyed_schema(lake), world.scratch);
                let read = read(view, table, &range.conditions(table), &mut |raw| {
                    self.beat()?;
                    Ok(sorter.push(with_key(&self.lake.rows(raw)?, &self.key, None)?)?)
                })?;
                account.add(&read);
                // Rows before the range are as they are at the source.
                Before(&mut rows, range.begin()?).try_for_each(|batch| batch.map(drop))?;
                let ours = Before(&mut rows, range.end.clone()).map(|batch| {
                    let batch = batch?;
                    here += batch.num_rows() as u64;
                    bare_keys(&batch)
                });
                differences.compare(sorter.finish()?, Box::new(ours))?;
            }
            Ok(())
        })?;
        (reconciled.read, reconciled.changed, reconciled.gone) = (account.read, differences.changed, differences.gone);
        if differences.changed + differences.gone == 0 {
            return Ok(reconciled);
        }
        // Where the key is masked nobody counted before.
        reconciled.here = reconciled.here.max(here);
        self.check_loss(reconciled.here, reconciled.here + differences.added - differences.gone)?;
        account.published = differences.changed;
        let same = account.read.saturating_sub(account.published + account.rejects());
        account.duplicate.insert("same".to_owned(), same);
        account.counted.insert("tombstones".to_owned(), differences.gone);
        let account = account.balanced(&table.origin())?;
        let given = given(world, &table.publication, "reconcile")?;
        let schema = with_metadata(lake);
        let files = Files { partition_by: &table.partition_by, sort_by: &[] };
        let mut run = RunWriter::begin(world, &self.publishing, &table.publication, &schema, &files, given.clone())?;
        let stamp = Stamp::new(given, self.publishing.sequence(), table.origin());
        let mut changes = Sorter::new(published_schema(), world.scratch);
        for batch in differences.finish()? {
            self.beat()?;
            let batch = batch?;
            changes.push(of_published(&batch, lake)?)?;
            let rows = without_key(&batch)?;
            let op = rows.column_by_name(OP).cloned().ok_or_else(|| LoadError::Kind { kind: OP.to_owned() })?;
            run.push(&stamp.on(&rows, op, &schema)?)?;
        }
        let helper = self.keep(changes.finish()?, run.run_id())?;
        let relation = &table.relation;
        let sealed = run.seal(Telling {
            maker: Maker::Reconcile,
            part: None,
            inputs: Vec::new(),
            counts: BTreeMap::from([(table.source.clone(), account)]),
            details: json!({
                "database": relation.database,
                "table": relation.name,
                "ranges": reconciled.ranges,
                "differing": reconciled.differing,
                "gone": reconciled.gone,
            }),
        })?;
        reconciled.run = Some(sealed.manifest().run_id.clone());
        let swap = Swap { helpers: Some(vec![helper]), ..Swap::run(sealed) };
        let published = self.publishing.commit(swap, Keep::ALL)?;
        (reconciled.sequence, reconciled.warnings) = (Some(published.sequence), published.warnings);
        Ok(reconciled)
    }

    /// Refuses to take far fewer rows than are served, as a load of the whole table would.
    fn check_loss(&self, before: u64, rows: u64) -> Result<(), LoadError> {
        let least = (1.0 - self.table.max_drop_ratio) * before as f64;
        if self.table.accepts_loss || before == 0 || (rows > 0 && rows as f64 >= least) {
            return Ok(());
        }
        Err(LoadError::Volume { table: self.table.relation.shown(), rows, before })
    }

    /// Keeps what the next window knows: what it knew, and what was published.
    fn keep(&self, changes: Batches<'static>, run_id: &RunId) -> Result<String, LoadError> {
        let publication = &self.table.publication;
        let known: Batches<'static> = match self.pointer.helpers.iter().find(|path| path.ends_with(NAME)) {
            Some(helper) => overlap::read(self.world.store, &format!("{publication}/{helper}"), self.world.scratch)?,
            None => Box::new(std::iter::empty()),
        };
        let mut writer = OverlapWriter::begin(self.world.scratch)?;
        joined(known, changes).try_for_each(|batch| writer.push(&batch?))?;
        let path = Publication::helper_path(run_id, NAME);
        writer.keep(self.world.store, &format!("{publication}/{path}"))?;
        Ok(path)
    }
}

/// Returns the columns of what was published: keys, and hashes that may be missing.
fn published_schema() -> arrow_schema::SchemaRef {
    let fields = overlap::entries()
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| Arc::new(field.as_ref().clone().with_nullable(at > 0)))
        .collect::<Vec<_>>();
    Arc::new(arrow_schema::Schema::new(fields))
}
