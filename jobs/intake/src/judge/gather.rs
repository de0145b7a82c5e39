//! Batches that were judged, put together in file order: the rows that win their key, and the account.

use carelake_core::account::{Account, of_key};
use carelake_records::Reading;

use super::batch::{JudgedBatch, JudgedRows};
use super::contest::Contest;
use super::making::Tally;
use super::plan::{JudgeError, Plan};
use super::table::TablePlan;
use crate::judged::{Judged, JudgedTable, Rejected, Values};
use crate::kept::Keeping;

/// Takes the batches of a delivery, in file order.
pub struct Gather<'p> {
    plan: &'p Plan<'p>,
    tables: Vec<Gathered>,
}

struct Gathered {
    rows: Keeping,
    contest: Contest,
    account: Account,
    rejects: Vec<Rejected>,
    tallies: Vec<Tally>,
}

impl<'p> Gather<'p> {
    /// Begins with nothing.
    #[must_use]
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let begin = |table: &TablePlan<'_>| Gathered {
            rows: Keeping::new(plan.memory_bytes / 5 * 4 / plan.tables.len()),
            contest: Contest::new(table.later_wins, plan.memory_bytes / 5 / plan.tables.len()),
            account: Account::default(),
            rejects: Vec::new(),
            tallies: vec![Tally::default(); table.columns.len()],
        };
        Self { plan, tables: plan.tables.iter().map(begin).collect() }
    }

    /// Takes the next batch.
    ///
    /// # Errors
    /// [`JudgeError::Io`] when rows go beyond the memory of the plan and no temporary file can be written.
    pub fn take(&mut self, batch: JudgedBatch) -> Result<(), JudgeError> {
        self.tables.iter_mut().zip(batch.tables).try_for_each(|(table, judged)| table.take(judged))
    }

    /// Ends the delivery.
    ///
    /// # Errors
    /// [`JudgeError::Unbalanced`] when rows were lost on the way, which is a defect; [`JudgeError::Arrow`] when rows could not be
    /// left out; [`JudgeError::Io`] when a temporary file could not be read again.
    pub fn finish(self, reading: Reading) -> Result<Judged, JudgeError> {
        let mut tables = Vec::with_capacity(self.tables.len());
        for (number, (gathered, plan)) in self.tables.into_iter().zip(&self.plan.tables).enumerate() {
            let was_looked_for = !plan.is_chosen || gathered.account.read > 0 || !reading.headers.is_empty();
            let found = reading.found.get(number).filter(|_| reading.records > 0 && was_looked_for);
            tables.push(gathered.finish(plan, found.map(Vec::as_slice))?);
        }
        Ok(Judged { tables, reading })
    }
}

impl Gathered {
    fn take(&mut self, judged: JudgedRows) -> Result<(), JudgeError> {
        self.account.add(&judged.account);
        self.rejects.extend(judged.rejects);
        for (sum, tally) in self.tallies.iter_mut().zip(&judged.tallies) {
            sum.add(tally);
        }
        if let Some(rows) = judged.rows {
            self.rows.add(rows, judged.bytes)?;
            self.contest.add(&judged.keys, &judged.ranks)?;
        }
        Ok(())
    }

    fn finish(mut self, plan: &TablePlan<'_>, found: Option<&[bool]>) -> Result<JudgedTable, JudgeError> {
        let wins = self.contest.wins()?;
        let losers = wins.iter().filter(|wins| !**wins).count() as u64;
        self.account.published = self.account.published.saturating_sub(losers);
        self.account.duplicate = of_key(losers);
        let common = &plan.feed_table.table;
        let values = |tally: &Tally| Values { filled: tally.filled, invalid: tally.flawed };
        Ok(JudgedTable {
            name: common.name.clone(),
            rows: self.rows.finish(wins)?,
            account: self.account.balanced(&common.name)?,
            rejects: self.rejects,
            columns: plan
                .columns
                .iter()
                .zip(&self.tallies)
                .map(|(column, tally)| (column.name.to_owned(), values(tally)))
                .collect(),
            missing: found.map(|found| plan.missing(found)).unwrap_or_default(),
        })
    }
}
