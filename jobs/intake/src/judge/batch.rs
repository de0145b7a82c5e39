//! The rows of one batch, judged: what is valid, what is refused and why, and what tells which row of a key wins.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use bumpalo::Bump;
use carelake_core::account::Account;
use carelake_records::{Batch, Place, Row, Rows, State};

use super::column::is_one_of;
use super::flow::Flow;
use super::making::{Kept, Making, Tally};
use super::plan::{JudgeError, Plan};
use super::program::Record;
use super::table::{FilterOf, TablePlan, Test};
use super::zone::Zone;
use crate::judged::Rejected;

/// Judges batches, one after the other, on one thread.
#[derive(Debug)]
pub struct BatchJudge<'p> {
    plan: &'p Plan<'p>,
    zone: Zone,
    arena: Bump,
    /// Of each table, how many bytes the texts of its mapped columns had in the batch before.
    text_bytes: Vec<Vec<usize>>,
}

/// A batch that was judged: what [`Gather`](super::Gather) takes.
#[derive(Debug)]
pub struct JudgedBatch {
    pub(super) tables: Vec<JudgedRows>,
}

/// The rows of one table of a batch.
#[derive(Debug)]
pub(super) struct JudgedRows {
    /// Valid rows; none if there are none.
    pub(super) rows: Option<RecordBatch>,
    /// What they take in memory.
    pub(super) bytes: usize,
    /// The hash of each row's key.
    pub(super) keys: Vec<u128>,
    /// Of each row, what it is ordered by among those of its key: bytes, of which the smallest win; and where they end.
    pub(super) ranks: (Vec<u8>, Vec<u32>),
    pub(super) account: Account,
    pub(super) rejects: Vec<Rejected>,
    /// Of each mapped column.
    pub(super) tallies: Vec<Tally>,
}

/// What becomes of a row.
enum Fate<'f> {
    Valid { is_removal: bool },
    Filtered(&'f str),
    Refused(&'static str, Option<&'f str>),
}

impl<'p> BatchJudge<'p> {
    /// Makes ready to judge by a plan.
    #[must_use]
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let text_bytes = vec![Vec::new(); plan.tables.len()];
        Self { plan, zone: Zone::new(plan.time_zone.clone()), arena: Bump::new(), text_bytes }
    }

    /// Judges a batch.
    ///
    /// # Errors
    /// [`JudgeError::Arrow`] when the rows could not be put together.
    pub fn judge(&mut self, batch: &Batch) -> Result<JudgedBatch, JudgeError> {
        let Self { plan, zone, arena, text_bytes } = self;
        let none = Rows::default();
        let mut tables = Vec::with_capacity(plan.tables.len());
        for (number, (table, text_bytes)) in plan.tables.iter().zip(text_bytes).enumerate() {
            let rows = batch.tables.get(number).unwrap_or(&none);
            let judge = RowJudge { plan, table, batch, zone };
            tables.push(judge.judge(rows, arena, text_bytes)?);
        }
        Ok(JudgedBatch { tables })
    }
}

struct RowJudge<'a> {
    plan: &'a Plan<'a>,
    table: &'a TablePlan<'a>,
    batch: &'a Batch,
    zone: &'a Zone,
}

impl<'a> RowJudge<'a> {
    fn judge(&self, rows: &Rows, arena: &mut Bump, text_bytes: &mut Vec<usize>) -> Result<JudgedRows, JudgeError> {
        let mut making = Making::new(self.table, rows.rows.len(), text_bytes);
        let (mut account, mut rejects) = (Account::default(), Vec::new());
        for (number, row) in rows.rows.iter().enumerate() {
            if !is_asked_for(self.plan.only, row.place) {
                continue;
            }
            account.read += 1;
            let first = number * self.table.width;
            let fate = match row.state {
                State::Data => {
                    let cells = rows.cells.get(first..first + self.table.width).unwrap_or_default();
                    let record = Record {
                        batch: self.batch,
                        cells,
                        arena,
                        cleaner: &self.table.cleaner,
                        zone: self.zone,
                        century: &self.plan.century,
                    };
                    self.fate(&record, &mut making)
                }
                State::Blank => Fate::Filtered("blank_row"),
                State::HeaderRepeat => Fate::Filtered("header_repeat"),
                State::Encoding => Fate::Refused("encoding", None),
                State::FieldCount => Fate::Refused("field_count", None),
                State::Malformed => Fate::Refused("record_malformed", None),
            };
            match fate {
                Fate::Valid { is_removal } => {
                    account.published += 1;
                    making.keep(row.place, is_removal, arena);
                }
                Fate::Filtered(rule) => {
                    making.take_back();
                    count(&mut account.filtered, rule, 1);
                }
                Fate::Refused(rule, column) => {
                    making.take_back();
                    count(&mut account.rejected, rule, 1);
                    rejects.push(self.rejected(row, rule, column));
                }
            }
            arena.reset();
        }
        *text_bytes = making.text_bytes();
        let Kept { rows, bytes, keys, ranks, tallies, misordered } = making.finish()?;
        for (column, tally) in self.table.columns.iter().zip(&tallies) {
            for (what, number) in [("invalid", tally.invalid), ("unknown", tally.unknown), ("padded", tally.padded)] {
                if number > 0 {
                    count(&mut account.counted, &format!("{}_{what}", column.name), number);
                }
            }
        }
        if misordered > 0 {
            count(&mut account.counted, "date_order", misordered);
        }
        Ok(JudgedRows { rows, bytes, keys, ranks, account, rejects, tallies })
    }

    /// Maps a row and asks what becomes of it.
    fn fate<'b>(&self, record: &Record<'b>, making: &mut Making<'a>) -> Fate<'a>
    where
        'a: 'b,
    {
        if let Err(column) = making.map(record) {
            return Fate::Refused("code_unknown", Some(column));
        }
        for filter in &self.table.filters {
            let flow = match &filter.of {
                FilterOf::Column(column) => making.last(*column, record.arena),
                FilterOf::Value(value) => match value.run(record) {
                    Ok(flow) => flow,
                    Err(_) => return Fate::Refused("code_unknown", None),
                },
            };
            if holds(&filter.test, flow, record) {
                return Fate::Filtered(filter.rule);
            }
        }
        if let Some((name, _)) = self.table.required.iter().find(|(_, column)| making.is_null(*column)) {
            return Fate::Refused("required_missing", Some(name));
        }
        match &self.table.operation {
            None => Fate::Valid { is_removal: false },
            Some((value, remove)) => match value.run(record) {
                Ok(flow) => Fate::Valid { is_removal: is_one_of(flow, remove, record) },
                Err(_) => Fate::Refused("code_unknown", None),
            },
        }
    }

    fn rejected(&self, row: &Row, rule: &'static str, column: Option<&str>) -> Rejected {
        Rejected {
            part: self.batch.part.clone(),
            place: row.place,
            rule: rule.into(),
            column: column.map(str::to_owned),
            raw: self.batch.raw(row).to_vec(),
        }
    }
}

fn is_asked_for(only: Option<&BTreeSet<Place>>, place: Place) -> bool {
    only.is_none_or(|places| places.contains(&place))
}

fn holds<'b>(test: &Test, flow: Flow<'b>, record: &Record<'b>) -> bool {
    match test {
        Test::Null => flow == Flow::Null,
        Test::OneOf(texts) => is_one_of(flow, texts, record),
        Test::NoneOf(texts) => flow != Flow::Null && !is_one_of(flow, texts, record),
    }
}

/// Adds to a counter; only a new one needs memory.
fn count(counters: &mut BTreeMap<String, u64>, name: &str, number: u64) {
    match counters.get_mut(name) {
        Some(counter) => *counter += number,
        None => drop(counters.insert(name.to_owned(), number)),
    }
}
