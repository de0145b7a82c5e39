//! One table of a feed on its way from what it serves to what it is to serve.

use carelake_core::publish::{Publishing, current};

use super::accepted::Accepted;
use super::held::{Found, Held, TableState};
use super::merge::Merged;
use super::part::Part;
use super::rejects;
use super::rows::Rows;
use super::settle::Services;
use super::thresholds::Figures;
use crate::error::IntakeError;
use crate::feed::{FeedTable, Mode};
use crate::publish::Shelf;

/// One table of a feed, under the lease of its publication.
pub(super) struct Work<'w> {
    pub(super) table: &'w FeedTable,
    pub(super) shelf: Shelf<'w>,
    pub(super) publishing: Publishing<'w>,
    pub(super) mode: Mode,
    pub(super) before: TableState,
    /// Whether what was kept before can be used.
    pub(super) is_usable: bool,
    pub(super) after: TableState,
    pub(super) rows: Vec<Rows>,
    pub(super) merged: Merged,
}

impl<'w> Work<'w> {
    pub(super) fn new(
        table: &'w FeedTable,
        mode: Mode,
        made_for: String,
        shelf: Shelf<'w>,
        publishing: Publishing<'w>,
        before: TableState,
        rebuild: bool,
    ) -> Self {
        let is_usable = !rebuild && before.made_for == made_for;
        let after = TableState { made_for, ..TableState::default() };
        let (rows, merged) = Default::default();
        Self { table, shelf, publishing, mode, before, is_usable, after, rows, merged }
    }

    /// Begins the next delivery, with what is known of it.
    pub(super) fn begin(&mut self, delivery: &Accepted) {
        let mut held = Held::unknown(delivery);
        let mut rows = Rows::None;
        // Deliveries that a later one of a `full` feed made needless keep their figures, whatever they were judged by.
        let known = self.before.held(delivery).filter(|_| self.is_usable || self.mode == Mode::Full);
        if let Some(known) = known {
            held = known.clone();
            if let Some(path) = held.found.as_ref().and_then(|found| found.part.as_ref()) {
                rows = Rows::Kept(Part::at(format!("{}/{path}", self.shelf.desk.publication)));
            }
        }
        (held.run, held.identity) = (None, None);
        self.after.deliveries.push(held);
        self.rows.push(rows);
    }

    /// Returns whether the delivery that was begun last is to be judged.
    pub(super) fn needs(&self, delivery: &Accepted, is_last: bool) -> bool {
        let known = self.before.held(delivery).filter(|_| self.is_usable);
        match self.mode {
            Mode::Full => is_last && known.is_none_or(|held| held.run.is_none()),
            Mode::Append | Mode::Upsert => known.is_none(),
        }
    }

    /// Takes what the delivery that was begun last was judged to hold. Memory has the rows of one delivery: those before it are in
    /// their files.
    pub(super) fn judged(&mut self, found: Found, rows: Rows) {
        self.rows.iter_mut().for_each(Rows::let_go);
        if let (Some(held), Some(place)) = (self.after.deliveries.last_mut(), self.rows.last_mut()) {
            (held.found, *place) = (Some(found), rows);
        }
    }

    /// Chooses the rows that are served, and says what became of the others.
    pub(super) fn choose(&mut self, services: Services<'_>, order: &[&Accepted]) -> Result<(), IntakeError> {
        self.merged = self.merge(services)?;
        let publication = self.shelf.desk.publication;
        let chosen = self.after.deliveries.iter_mut().zip(&self.merged.choices).zip(order);
        for ((held, choice), delivery) in chosen {
            let (Some(found), Some(choice)) = (&held.found, choice) else { continue };
            held.account = Some(choice.account(&found.account).balanced(&self.table.table.name)?);
            let conflicts = rejects::conflicting(delivery, &choice.conflicts);
            let conflicts = rejects::keep(services.rejects, publication, delivery, "conflicts", &conflicts)?;
            held.rejects = found.rejects.iter().cloned().chain(conflicts).collect();
        }
        Ok(())
    }

    /// Returns what is to be known of the delivery at this place when it is decided on; `None` where it was not judged.
    pub(super) fn figures(&self, services: Services<'_>, at: usize) -> Result<Option<Figures<'_>>, IntakeError> {
        let known = |at: usize| {
            let held = self.after.deliveries.get(at)?;
            Some((held.account.as_ref()?, &held.found.as_ref()?.columns))
        };
        let is_judged = self.rows.get(at).is_some_and(|rows| !matches!(rows, Rows::None));
        let Some((account, columns)) = known(at).filter(|_| is_judged) else { return Ok(None) };
        let before = current(services.output, self.shelf.desk.publication)?;
        let before = before.filter(|_| !self.before.deliveries.is_empty());
        Ok(Some(Figures {
            table: &self.table.table.name,
            account,
            columns,
            former: (0..at).rev().find_map(known),
            served: (before.map(|pointer| pointer.rows()), self.merged.rows()),
        }))
    }

    /// Keeps the refused rows of a delivery that is not accepted because of them.
    pub(super) fn keep_refused(&self, services: Services<'_>, delivery: &Accepted) -> Result<(), IntakeError> {
        let held = self.after.deliveries.iter().find(|held| held.is(delivery));
        held.map_or(Ok(()), |held| rejects::keep_refused(services.rejects, self.shelf.desk.publication, delivery, held))
    }
}
