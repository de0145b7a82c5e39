//! Which rows of which delivery are served, mode by mode.

use super::choice::{Choice, Published, Winners};
use super::index::{Index, IndexBuilder, Onto, merge_onto};
use super::kept_file::KeptFile;
use super::marks::{OF_APPEND, OF_UPSERT};
use super::rows::Rows;
use super::settle::Services;
use super::work::Work;
use crate::error::IntakeError;
use crate::feed::Mode;
use crate::judged::HIDDEN;

/// What a merge came to.
#[derive(Default)]
pub(super) struct Merged {
    /// Of each delivery which rows are served; `None` of one whose rows were not looked at.
    pub(super) choices: Vec<Option<Choice>>,
    /// What becomes of the rows that are served, where the last delivery was merged onto them.
    pub(super) onto: Option<Onto>,
    /// The index of an `upsert` feed.
    pub(super) index: Option<KeptFile>,
}

impl Merged {
    /// Returns how many rows are served.
    pub(super) fn rows(&self) -> u64 {
        let stay = self.onto.as_ref().map_or(0, |onto| onto.stays.iter().filter(|stays| **stays).count() as u64);
        stay + self.choices.iter().flatten().map(Choice::served).sum::<u64>()
    }
}

impl Work<'_> {
    /// Chooses the rows that are served.
    pub(super) fn merge(&self, services: Services<'_>) -> Result<Merged, IntakeError> {
        match (self.mode, self.index_before()) {
            (Mode::Full, _) => self.newest(),
            (Mode::Append, _) => self.in_order(services),
            (Mode::Upsert, Some(index)) => self.one_more(services, &index),
            (Mode::Upsert, None) => self.winners(services),
        }
    }

    /// Of a `full` feed: all rows of the newest delivery.
    fn newest(&self) -> Result<Merged, IntakeError> {
        let choice = |rows: &Rows| {
            let Rows::Judged(rows) = rows else { return Ok(None) };
            let mut choice = Choice::default();
            rows.columns(&HIDDEN[2..]).try_for_each(|batch| choice.take_all(&batch?))?;
            Ok(Some(choice))
        };
        let choices = self.rows.iter().map(choice).collect::<Result<_, IntakeError>>()?;
        Ok(Merged { choices, ..Merged::default() })
    }

    /// Of an `append` feed: rows whose key no earlier delivery published.
    fn in_order(&self, services: Services<'_>) -> Result<Merged, IntakeError> {
        let mut published = Published::default();
        let choice = |rows: &Rows| {
            let mut choice = Choice::default();
            rows.each(services.output, &OF_APPEND, |marks| published.take(marks, &mut choice))?;
            Ok(Some(choice))
        };
        let choices = self.rows.iter().map(choice).collect::<Result<_, IntakeError>>()?;
        Ok(Merged { choices, ..Merged::default() })
    }

    /// Of an `upsert` feed: the winner of each key.
    fn winners(&self, services: Services<'_>) -> Result<Merged, IntakeError> {
        if let [rows] = self.rows.as_slice() {
            return self.only(services, rows);
        }
        let mut winners = Winners::default();
        for rows in &self.rows {
            winners.next_delivery();
            rows.each(services.output, &OF_UPSERT, |marks| winners.take(marks))?;
        }
        let mut index = IndexBuilder::begin()?;
        let (mut choices, mut added) = (Vec::new(), Ok(()));
        for ((delivery, rows), wins) in (0..).zip(&self.rows).zip(winners.finish()) {
            let (mut choice, mut wins) = (Choice::default(), wins.into_iter());
            rows.each(services.output, &OF_UPSERT, |marks| {
                for row in 0..marks.len() {
                    let wins = wins.next().unwrap_or_default();
                    choice.is_served.push(wins && !marks.is_removal(row));
                    choice.removals += u64::from(marks.is_removal(row));
                    if wins && added.is_ok() {
                        added = index.take(marks, row, delivery);
                    }
                }
            })?;
            choices.push(Some(choice));
        }
        added?;
        Ok(Merged { choices, onto: None, index: Some(index.finish()?) })
    }

    /// Of an `upsert` feed with a single delivery, within which keys are told apart already: all rows.
    fn only(&self, services: Services<'_>, rows: &Rows) -> Result<Merged, IntakeError> {
        let mut choice = Choice::default();
        rows.each_batch(services.output, &HIDDEN[2..], |batch, _| choice.take_all(batch))?;
        Ok(Merged { choices: vec![Some(choice)], ..Merged::default() })
    }

    /// Of an `upsert` feed that has one more delivery, the last in order: the same, without reading those before it.
    fn one_more(&self, services: Services<'_>, index: &Index) -> Result<Merged, IntakeError> {
        let Some((rows, before)) = self.rows.split_last() else { return Ok(Merged::default()) };
        let delivery = u32::try_from(before.len()).unwrap_or(u32::MAX);
        let (onto, choice, index) = merge_onto(services.output, index, rows, delivery)?;
        let choices = before.iter().map(|_| None).chain([Some(choice)]).collect();
        Ok(Merged { choices, onto: Some(onto), index: Some(index) })
    }

    /// Returns the index that one more delivery can be merged onto: only the last in order is new, and all before it are as they were.
    fn index_before(&self) -> Option<Index> {
        let (_, earlier) = self.after.deliveries.split_last()?;
        let is_one_more = self.is_usable && earlier.len() == self.before.deliveries.len();
        let is_one_more = is_one_more
            && earlier
                .iter()
                .zip(&self.before.deliveries)
                .all(|(one, other)| one.is_same(other) && one.found == other.found);
        if !is_one_more {
            return None;
        }
        let key = |path: &String| format!("{}/{path}", self.shelf.desk.publication);
        match (&self.before.index, earlier) {
            (Some(index), _) => Some(Index::kept(key(index))),
            (None, [only]) => only.found.as_ref()?.part.as_ref().map(|part| Index::only(key(part))),
            (None, _) => None,
        }
    }
}
