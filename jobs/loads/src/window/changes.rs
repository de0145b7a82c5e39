//! What changed in a table of DynamoDB, as an export tells it: items as they are now, and keys of those that are gone, each once.

use carelake_core::publish::Swap;
use carelake_database::Condition;

use super::load::{Outcome, Work};
use super::reading::read;
use super::view::View;
use crate::publish::{LoadError, Maker, given, gone, there};

/// Items that are gone, among the values that were counted.
const TOMBSTONES: &str = "tombstones";

impl Work<'_> {
    /// Reads an export of what changed, and publishes it behind what is served.
    pub(super) fn changes(self, view: &mut View<'_>) -> Result<Outcome, LoadError> {
        let table = self.table;
        let given = given(self.world, &table.publication, "window")?;
        let mut run = self.begin(&given, &self.key)?;
        let stamp = self.stamp(given);
        let mut take = |condition: Condition, op: fn(usize) -> arrow_array::ArrayRef| {
            read(view, table, &[condition], &mut |raw| {
                self.take(raw)?;
                let rows = self.lake.rows(raw)?;
                run.push(&stamp.on(&rows, op(rows.num_rows()), &self.schema)?)
            })
        };
        let passed = take(Condition::There, there).and_then(|mut account| {
            let tombstones = take(Condition::Gone, gone)?;
            account.counted.insert(TOMBSTONES.to_owned(), tombstones.read);
            account.add(&tombstones);
            Ok(account)
        });
        let account = match self.settled(passed, run.rows, 0) {
            Ok(account) => account,
            Err(error) => {
                run.discard();
                return Err(error);
            }
        };
        let position = super::decide::next(table, self.state.as_ref(), view, None)?;
        let mut outcome = Outcome {
            made_by: Maker::Window.name(),
            reason: None,
            run: None,
            sequence: None,
            position: position.clone(),
            clock: view.moment.clock,
            bytes: 0,
            warnings: Vec::new(),
            account,
        };
        // The position moves with every export: the next one begins where this one ends, whether something came or not.
        let swap = if run.rows == 0 {
            run.discard();
            Swap::default()
        } else {
            let sealed = run.seal(self.telling(Maker::Window, &outcome.account, None, position.as_ref()))?;
            outcome.run = Some(sealed.manifest().run_id.clone());
            outcome.bytes = sealed.manifest().bytes;
            Swap::run(sealed)
        };
        let published = self.commit(swap, position, view)?;
        (outcome.sequence, outcome.warnings) = (Some(published.sequence), published.warnings);
        Ok(outcome)
    }
}
