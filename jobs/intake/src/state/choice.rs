//! Which rows of a delivery are served, as the other deliveries of its feed have it.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use carelake_core::account::Account;
use carelake_records::Place;
use xxhash_rust::xxh3::Xxh3;

use super::marks::Marks;
use crate::error::IntakeError;
use crate::hashed::ByHash;
use crate::judged::HIDDEN;

/// The rule of rows whose key an earlier delivery published with other values.
pub(super) const KEY_CONFLICT: &str = "key_conflict";
/// Rows that an earlier delivery published.
const PUBLISHED_BEFORE: &str = "published_before";
/// Rows that take their key out.
const REMOVAL: &str = "removal";

/// Which rows of a delivery are served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Of each row of the part, in order.
    pub(super) is_served: Vec<bool>,
    /// Rows that took their key out, as far as the delivery itself can tell.
    pub(super) removals: u64,
    /// Rows that an earlier delivery published.
    pub(super) repeated: u64,
    /// Where rows stood whose key an earlier delivery published with other values.
    pub(super) conflicts: Vec<Place>,
}

impl Choice {
    /// Goes through a batch of the only delivery that counts: all rows are served but those that take their key out.
    pub(super) fn take_all(&mut self, batch: &RecordBatch) -> Result<(), IntakeError> {
        let removals = batch.column_by_name(HIDDEN[2]).and_then(|column| column.as_boolean_opt());
        let removals = removals.ok_or_else(|| IntakeError::NoColumn { column: HIDDEN[2].to_owned() })?;
        self.removals += removals.true_count() as u64;
        self.is_served.extend(removals.values().iter().map(|is_removal| !is_removal));
        Ok(())
    }

    /// Returns what became of the rows of the delivery, of what became of them within it.
    pub(super) fn account(&self, within: &Account) -> Account {
        let mut account = within.clone();
        let conflicts = self.conflicts.len() as u64;
        account.published = account.published.saturating_sub(self.removals + self.repeated + conflicts);
        let add = |to: &mut BTreeMap<String, u64>, rule: &str, rows: u64| {
            if rows > 0 {
                *to.entry(rule.to_owned()).or_default() += rows;
            }
        };
        add(&mut account.filtered, REMOVAL, self.removals);
        add(&mut account.duplicate, PUBLISHED_BEFORE, self.repeated);
        add(&mut account.rejected, KEY_CONFLICT, conflicts);
        account
    }

    /// Returns how many rows are served.
    pub(super) fn served(&self) -> u64 {
        self.is_served.iter().filter(|is_served| **is_served).count() as u64
    }

    /// Returns a hash of which rows are served.
    pub(super) fn digest(&self) -> u128 {
        let mut hash = Xxh3::new();
        for is_served in &self.is_served {
            hash.update(&[u8::from(*is_served)]);
        }
        hash.digest128()
    }
}

/// The rows that deliveries of an `append` feed published, by key, as they are gone through in order.
#[derive(Debug, Default)]
pub(super) struct Published {
    rows: ByHash<u128>,
}

impl Published {
    /// Goes through a batch of the next delivery.
    pub(super) fn take(&mut self, marks: &Marks<'_>, choice: &mut Choice) {
        for row in 0..marks.len() {
            let is_new = !marks.is_removal(row) && {
                let found = self.rows.get(&marks.key(row)).copied();
                match found {
                    Some(found) if found == marks.row(row) => choice.repeated += 1,
                    Some(_) => choice.conflicts.push(marks.place(row)),
                    None => drop(self.rows.insert(marks.key(row), marks.row(row))),
                }
                found.is_none()
            };
            choice.removals += u64::from(marks.is_removal(row));
            choice.is_served.push(is_new);
        }
    }
}

/// The row that wins a key of an `upsert` feed so far.
#[derive(Debug)]
struct Winner {
    rank: Box<[u8]>,
    delivery: usize,
    row: usize,
}

/// The winners of all keys of an `upsert` feed, as deliveries are gone through in order.
#[derive(Debug, Default)]
pub(super) struct Winners {
    by_key: ByHash<Winner>,
    /// Of each delivery and row, whether it wins.
    wins: Vec<Vec<bool>>,
}

impl Winners {
    /// Begins the next delivery.
    pub(super) fn next_delivery(&mut self) {
        self.wins.push(Vec::new());
    }

    /// Goes through a batch of the delivery. The first by rank wins; of equal ranks, that of the later delivery.
    pub(super) fn take(&mut self, marks: &Marks<'_>) {
        let delivery = self.wins.len().saturating_sub(1);
        for row in 0..marks.len() {
            let at = self.wins.last().map_or(0, Vec::len);
            let wins = self.by_key.get(&marks.key(row)).is_none_or(|best| marks.rank(row) <= &*best.rank);
            if wins {
                let winner = Winner { rank: marks.rank(row).into(), delivery, row: at };
                let loser = self.by_key.insert(marks.key(row), winner);
                let place = loser.and_then(|loser| self.wins.get_mut(loser.delivery)?.get_mut(loser.row));
                place.into_iter().for_each(|wins| *wins = false);
            }
            self.wins.last_mut().into_iter().for_each(|of_delivery| of_delivery.push(wins));
        }
    }

    /// Returns which rows of each delivery win, those that take their key out among them.
    pub(super) fn finish(self) -> Vec<Vec<bool>> {
        self.wins
    }
}
