//! Runs that somebody reads and that must stay meanwhile: a build that reads an input set for hours.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::LedgerError;
use super::rows::{Object, Partition, Rows, Write};
use crate::names::{Publication, RunId, Scope};

/// Pins that are read at once.
const PAGE: usize = 500;

/// The pins of a ledger.
#[derive(Debug, Clone, Copy)]
pub struct Pins<'r>(&'r dyn Rows);

impl<'r> Pins<'r> {
    /// Opens the pins of the ledger that keeps the leases of the publications.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows) -> Self {
        Self(rows)
    }

    /// Keeps runs of a publication until a moment, in the place of those that the reader pinned before. What is served stays for a
    /// day after it is not, so that a reader who pins what a pointer names has time to.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn pin<'a>(
        &self,
        publication: &Publication,
        reader: &str,
        runs: impl IntoIterator<Item = &'a RunId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let runs: BTreeSet<&RunId> = runs.into_iter().collect();
        let value = Object::from_iter([("runs".to_owned(), json!(runs))]);
        let put = Write { expires_at: Some(until), ..Write::put(self.of(publication).key(reader), value) };
        self.0.write(&put, now).map(drop)
    }

    /// Lets go of what a reader pinned.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn release(&self, publication: &Publication, reader: &str, now: Timestamp) -> Result<(), LedgerError> {
        self.0.write(&Write::delete(self.of(publication).key(reader)), now).map(drop)
    }

    /// Returns the runs of a publication that anybody has pinned.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn runs(&self, publication: &Publication, now: Timestamp) -> Result<BTreeSet<RunId>, LedgerError> {
        let (mut found, mut range) = (BTreeSet::new(), self.of(publication).begin("", PAGE));
        loop {
            let page = self.0.query(&range, now)?;
            for row in &page.rows {
                let Pinned { runs } = row.read("a pin", self.0)?;
                found.extend(runs);
            }
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(found);
            }
        }
    }

    fn of(self, publication: &Publication) -> Partition {
        Partition::new(&Scope::default(), "pins", &publication.path())
    }
}

#[derive(serde::Deserialize)]
struct Pinned {
    runs: Vec<RunId>,
}
