//! What became of the lines of a run, file by file and type by type.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use serde::{Deserialize, Serialize};

use crate::error::FhirError;
use crate::take::Taken;

/// What became of the lines of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// By file and type. `published` are the versions that are served; those that are in the log only are `duplicate{superseded}`, those that
    /// were there already `duplicate{again}`.
    pub files: Vec<(String, BTreeMap<String, Account>)>,
    /// Versions that were published by an earlier run, by type.
    pub known: BTreeMap<String, u64>,
    /// Deletes, by type.
    pub deleted: BTreeMap<String, u64>,
    /// Deletes of resources that the same export holds, by type: they are none.
    pub deleted_and_present: BTreeMap<String, u64>,
    /// Deletes of resources that were deleted already, by type.
    pub deleted_again: BTreeMap<String, u64>,
    /// Resources that a full export lacks, by type.
    pub absent: BTreeMap<String, u64>,
    /// Resources that were there before a full export, by type.
    pub there: BTreeMap<String, u64>,
}

/// The kind of duplicates that are in the log, and not served.
pub(super) const SUPERSEDED: &str = "superseded";
/// The kind of duplicates that came before.
pub(super) const AGAIN: &str = "again";

impl Tally {
    /// Begins with what was found when the files were taken: every row counts as superseded until it is known to be served.
    pub(super) fn of(taken: &[Taken]) -> Self {
        let file = |taken: &Taken| {
            let mut counts = taken.counts.clone();
            for account in counts.values_mut() {
                let rows = std::mem::take(&mut account.published);
                if rows > 0 {
                    account.duplicate.insert(SUPERSEDED.to_owned(), rows);
                }
            }
            (taken.file.clone(), counts)
        };
        Self { files: taken.iter().map(file).collect(), ..Self::default() }
    }

    /// Counts a row of a file that came before.
    pub(super) fn again(&mut self, file: u32, resource_type: &str, is_known: bool) {
        self.moved(file, resource_type, |account| *account.duplicate.entry(AGAIN.to_owned()).or_default() += 1);
        if is_known {
            *self.known.entry(resource_type.to_owned()).or_default() += 1;
        }
    }

    /// Counts a row of a file that is served.
    pub(super) fn won(&mut self, file: u32, resource_type: &str) {
        self.moved(file, resource_type, |account| account.published += 1);
    }

    fn moved(&mut self, file: u32, resource_type: &str, to: impl FnOnce(&mut Account)) {
        let counts = usize::try_from(file).ok().and_then(|file| self.files.get_mut(file));
        let Some(account) = counts.and_then(|(_, counts)| counts.get_mut(resource_type)) else { return };
        if let Some(left) = account.duplicate.get_mut(SUPERSEDED) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                account.duplicate.remove(SUPERSEDED);
            }
        }
        to(account);
    }

    /// Returns what became of all lines, by type.
    ///
    /// # Errors
    /// [`FhirError::Unbalanced`] where the sums of a file do not agree.
    pub fn by_type(&self) -> Result<BTreeMap<String, Account>, FhirError> {
        let mut all: BTreeMap<String, Account> = BTreeMap::new();
        for (file, counts) in &self.files {
            for (name, account) in counts {
                all.entry(name.clone()).or_default().add(&account.clone().balanced(file)?);
            }
        }
        for (counts, name) in [
            (&self.known, "known"),
            (&self.deleted, "deleted"),
            (&self.deleted_and_present, "deleted_and_present"),
            (&self.deleted_again, "deleted_again"),
            (&self.absent, "absent"),
        ] {
            for (resource_type, count) in counts {
                all.entry(resource_type.clone()).or_default().counted.insert(name.to_owned(), *count);
            }
        }
        Ok(all)
    }

    /// Returns what became of all lines.
    ///
    /// # Errors
    /// As [`Tally::by_type`].
    pub fn total(&self) -> Result<Account, FhirError> {
        let mut total = Account::default();
        self.by_type()?.values().for_each(|account| total.add(account));
        Ok(total)
    }

    /// Returns the rows that are new in the log.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let accounts = self.files.iter().flat_map(|(_, counts)| counts.values());
        let puts: u64 = accounts
            .map(|account| account.published + account.duplicate.get(SUPERSEDED).copied().unwrap_or_default())
            .sum();
        puts + self.deleted.values().chain(self.absent.values()).sum::<u64>()
    }
}
