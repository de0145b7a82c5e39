//! A run on its way to being published.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::commit::{Commit, Published};
use super::error::PublishError;
use super::guard::Guard;
use super::inventory::{delete_all, is_manifest, objects_by_run};
use super::keep::Keep;
use super::manifest::{Input, PartFile, versioned_pointer};
use crate::account::Account;
use crate::hex;
use crate::ledger::{Claim, Ledger};
use crate::measure::{Loss, Measure};
use crate::names::Baseline;
use crate::names::{Column, Publication, RunId};
use crate::store::{Store, check_key};

/// A finished file of a run.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it goes in the folder of the run: `state=FL/source=dac/part-00000.snappy.parquet`.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What the manifest tells besides the files.
#[derive(Debug, Clone)]
pub struct Details {
    /// The date that ages and windows were computed against.
    pub as_of: Date,
    /// When the job began.
    pub started_at: Timestamp,
    /// The columns of every file, in order.
    pub schema: Vec<Column>,
    /// What was read.
    pub inputs: Vec<Input>,
    /// What became of the rows of each source.
    pub counts: BTreeMap<String, Account>,
    /// What the columns of each source held.
    pub measures: BTreeMap<String, Measure>,
    /// What was there in the run before and is gone, the worst first.
    pub losses: Vec<Loss>,
    /// The version of carelake.
    pub code_version: String,
    /// What the run may replace.
    pub baseline: Baseline,
    /// Which complete runs to keep, with this one; at least this one is kept.
    pub keep: Keep,
}

/// A run of a publication that is being written. It holds the lease of the publication; dropping it gives the lease back and
/// publishes nothing.
#[derive(Debug)]
pub struct Draft<'s> {
    store: &'s dyn Store,
    publication: Publication,
    run_id: RunId,
    guard: Guard<'s>,
    claimed: Mutex<BTreeSet<String>>,
    files: Mutex<Vec<PartFile>>,
}

impl<'s> Draft<'s> {
    /// Takes the lease of the publication for `lease_secs` and removes what an unfinished attempt of the same run left.
    ///
    /// A lease that has ended is taken over, and so is one of the same run: an earlier attempt can no longer publish.
    ///
    /// # Errors
    /// [`PublishError::Held`] when another run is publishing; [`PublishError::Store`] or [`PublishError::Ledger`].
    pub fn open(
        store: &'s dyn Store,
        ledger: &'s dyn Ledger,
        publication: Publication,
        run_id: RunId,
        now: Timestamp,
        lease_secs: u64,
    ) -> Result<Self, PublishError> {
        let owner = run_id.to_string();
        let claim = Claim { publication: &publication, owner: &owner, retake: true, now, ttl_secs: lease_secs };
        let guard = Guard::take(ledger, &claim)?;
        let (claimed, files) = Default::default();
        let draft = Self { store, publication, run_id, guard, claimed, files };
        draft.clear()?;
        Ok(draft)
    }

    /// Writes a file of the run, which is safe from a power cut once the run is published. May be called from many threads. A file with the same bytes from an earlier attempt is
    /// as good.
    ///
    /// # Errors
    /// [`PublishError::Path`] when the place is not one for a file or is used; [`PublishError::Differs`] when an earlier attempt
    /// wrote other bytes there; [`PublishError::Store`].
    pub fn add(&self, part: Part) -> Result<(), PublishError> {
        let key = self.claim_path(&part.path)?;
        match self.store.stage(&key, &part.bytes) {
            Err(error) if error.is_conflict() => return Err(self.differs(part.path)),
            created => created?,
        };
        let Part { path, rows, bytes } = part;
        let file = PartFile { path, rows, bytes: bytes.len() as u64, sha256: sha256(&bytes) };
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        Ok(())
    }

    /// Returns the files that were added so far.
    #[must_use]
    pub fn files(&self) -> Vec<PartFile> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets the lease end later. For jobs that may take longer than the lease.
    ///
    /// # Errors
    /// [`PublishError::Ledger`], with a conflict when another run took the lease.
    pub fn renew(&self, now: Timestamp) -> Result<(), PublishError> {
        Ok(self.guard.renew(now)?)
    }

    /// Removes what was written, as far as possible, and gives the lease back: a job that failed is not to fill the disk.
    /// Nothing is removed when another attempt has the lease, because then the files may be its own.
    pub fn discard(self, now: Timestamp) {
        if self.renew(now).is_ok() {
            // The job has failed for a reason that matters more; what stays is removed with the run.
            let _ = self.clear();
        }
    }

    /// Verifies what was written, completes the run with its manifest, and moves the pointer to it. Then, as far as possible, the
    /// link is moved, runs beyond those to keep are removed and the lease is given back.
    ///
    /// # Errors
    /// [`PublishError`]; what was published before still is. [`PublishError::Unverified`] when the store holds something else than
    /// was written; [`PublishError::Differs`], [`PublishError::Stale`], [`PublishError::Overtaken`] and a lost lease are conflicts.
    pub fn publish(self, details: Details, now: Timestamp) -> Result<Published, PublishError> {
        let Self { store, publication, run_id, guard, files, .. } = self;
        let mut files = files.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Commit { store, publication: &publication, run_id: &run_id, now }.carry_out(guard, details, files)
    }

    /// Removes the files of an earlier attempt that did not complete the run. Those of a complete run stay: they may be
    /// published, or were.
    fn clear(&self) -> Result<(), PublishError> {
        let left = objects_by_run(self.store, &self.publication)?.remove(&self.run_id).unwrap_or_default();
        let is_complete = left.iter().any(|object| is_manifest(&self.publication, &self.run_id, object));
        let published =
            versioned_pointer(self.store, &self.publication)?.is_some_and(|(at, _)| at.run_id == self.run_id);
        if !published && !is_complete {
            delete_all(self.store, &left)?;
        }
        self.store.sweep(&format!("{}/", self.publication.run_folder(&self.run_id)), false)?;
        Ok(())
    }

    /// Checks a path, notes it as used, and returns its key.
    fn claim_path(&self, path: &str) -> Result<String, PublishError> {
        let key = format!("{}/{path}", self.publication.run_folder(&self.run_id));
        let hidden = path.split('/').any(|part| part.starts_with(['_', '.']));
        let free = || self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        if hidden || !path.ends_with(".parquet") || check_key(&key).is_err() || !free() {
            return Err(PublishError::Path { publication: self.publication.clone(), path: path.to_owned() });
        }
        Ok(key)
    }

    fn differs(&self, path: String) -> PublishError {
        PublishError::Differs { publication: self.publication.clone(), run_id: self.run_id.clone(), path }
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
