//! Watching the landing folder: again and again, what is whole and was not heard of before.
//!
//! Looking is all that it does. It works on network folders, which tell nobody of changes made elsewhere, and a file waits longer to
//! settle than for the next look, so that being woken would gain nothing. What was heard of is known from the deliveries, by
//! name, time, size and number: a restart reads no file again, and of two watchers one is first.

use std::collections::BTreeSet;
use std::io;

use carelake_core::ledger::LedgerError;
use jiff::Timestamp;

use super::claimed_by::Claimant;
use super::landing::Landing;
use super::whole::{Settling, Whole};
use crate::deliveries::Deliveries;

/// A watch over the landing folder.
#[derive(Debug)]
pub struct Watch {
    landing: Landing,
    settling: Settling,
    heard: BTreeSet<(String, String, String)>,
}

/// What is to be taken now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// The files that are whole and were not heard of, small ones first, so that nobody waits for another's large one.
    pub files: Vec<Whole>,
    /// Links, pipes and the like that were passed over.
    pub passed_over: u64,
    /// Folders and files that could not be looked at.
    pub unreadable: usize,
}

/// Why the folder could not be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The folder cannot be read.
    #[error("the landing folder cannot be read; check that it is there, and its permissions")]
    Folder(#[source] io::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Watch {
    /// Begins a watch.
    #[must_use]
    pub fn new(landing: Landing) -> Self {
        Self { landing, settling: Settling::default(), heard: BTreeSet::new() }
    }

    /// Looks once. A file is answered again and again until it was heard of, that is until its arrival is claimed or set aside.
    ///
    /// # Errors
    /// [`WatchError`] when the folder cannot be read or the ledger fails.
    pub fn look<F: Claimant>(
        &mut self,
        feeds: &[F],
        deliveries: Deliveries<'_>,
        now: Timestamp,
    ) -> Result<Due, WatchError> {
        let look = self.landing.look().map_err(WatchError::Folder)?;
        let mut heard = BTreeSet::new();
        let mut files = Vec::new();
        for whole in self.settling.whole(&look, feeds, now) {
            let file = &whole.file;
            let key = (file.partner.clone(), file.name.clone(), file.stamp.version());
            if self.heard.contains(&key) || deliveries.is_heard(&key.0, &key.1, &key.2, now)? {
                heard.insert(key);
            } else {
                files.push(whole);
            }
        }
        self.heard = heard;
        files.sort_by_key(|whole| whole.file.stamp.size_bytes);
        Ok(Due { files, passed_over: look.passed_over, unreadable: look.unreadable.len() })
    }
}

#[cfg(test)]
mod tests;
