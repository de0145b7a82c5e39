//! A run that is being written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::document::{FORMAT, encode};
use super::error::PublishError;
use super::input::Input;
use super::inventory::{delete_all, is_manifest, objects_by_run};
use super::layout::Layout;
use super::manifest::{Joined, Manifest, PartFile, manifest};
use super::pointer::{Pointer, versioned_pointer};
use super::publishing::Tenure;
use super::swap::Sealed;
use super::verify::Check;
use crate::account::Account;
use crate::hex;
use crate::measure::{Loss, Measure};
use crate::names::{Column, Publication, RunId};
use crate::store::check_key;
use crate::table::PlacedPart;

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

impl From<PlacedPart> for Part {
    fn from(placed: PlacedPart) -> Self {
        Self { path: placed.path, rows: placed.part.rows, bytes: placed.part.bytes }
    }
}

/// What the manifest tells besides the files.
#[derive(Debug, Clone)]
pub struct Details {
    /// What the rows were made from, in one word of the room.
    pub origin: String,
    /// What made them.
    pub made_by: String,
    /// The part of the publication that the run is.
    pub part: Option<String>,
    /// The runs that it takes in.
    pub joined: Vec<Joined>,
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
    /// What the room tells besides.
    pub details: Value,
    /// The version of carelake.
    pub code_version: String,
}

/// A run of a publication that is being written, under the lease of its [`Publishing`](super::Publishing).
#[derive(Debug)]
pub struct Draft<'s> {
    tenure: Arc<Tenure<'s>>,
    run_id: RunId,
    claimed: Mutex<BTreeSet<String>>,
    files: Mutex<Vec<PartFile>>,
}

impl<'s> Draft<'s> {
    pub(super) fn begin(tenure: Arc<Tenure<'s>>, run_id: RunId) -> Result<Self, PublishError> {
        let (claimed, files) = Default::default();
        let draft = Self { tenure, run_id, claimed, files };
        draft.clear()?;
        Ok(draft)
    }

    /// Writes a file of the run, which is safe from a power cut once the run is sealed. May be called from many threads. A file
    /// with the same bytes from an earlier attempt is as good.
    ///
    /// # Errors
    /// [`PublishError::Path`] when the place is not one for a file or is used; [`PublishError::Differs`] when an earlier attempt
    /// wrote other bytes there; [`PublishError::Store`]; [`PublishError::Ledger`] when another took the lease.
    pub fn add(&self, part: Part) -> Result<(), PublishError> {
        let key = self.claim_path(&part.path)?;
        self.tenure.guard.beat(self.tenure.now())?;
        match self.tenure.desk.store.stage(&key, &part.bytes) {
            Err(error) if error.is_conflict() => return Err(self.differs(part.path)),
            created => created?,
        };
        let Part { path, rows, bytes } = part;
        let file = PartFile { path, rows, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(&bytes)) };
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        Ok(())
    }

    /// Takes the files of the run as an earlier attempt completed it.
    ///
    /// # Errors
    /// As [`Draft::add`].
    pub fn again(&self, found: &Manifest) -> Result<(), PublishError> {
        let folder = found.folder();
        found.files.iter().try_for_each(|file| {
            let bytes = self.tenure.desk.store.read(&format!("{folder}/{}", file.path))?;
            self.add(Part { path: file.path.clone(), rows: file.rows, bytes })
        })
    }

    /// Writes a file of the room's own that belongs to the rows and is none of them: a state, an index. Answers the path by which
    /// [`Swap::helpers`](super::Swap::helpers) names it.
    ///
    /// # Errors
    /// As [`Draft::add`]; its name has no folder and does not end in `.parquet`.
    pub fn add_helper(&self, name: &str, bytes: &[u8]) -> Result<String, PublishError> {
        let path = Publication::helper_path(&self.run_id, name);
        let key = format!("{}/{path}", self.tenure.desk.publication);
        if name.contains('/') || name.ends_with(".parquet") || check_key(&key).is_err() {
            return Err(PublishError::Path { publication: self.tenure.desk.publication.clone(), path });
        }
        match self.tenure.desk.store.stage(&key, bytes) {
            Err(error) if error.is_conflict() => Err(self.differs(path)),
            created => Ok(created.map(|_| path)?),
        }
    }

    /// Returns the files that were added so far.
    #[must_use]
    pub fn files(&self) -> Vec<PartFile> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes what was written, as far as possible: a job that failed is not to fill the disk. Nothing is removed when another
    /// attempt has the lease, because then the files may be its own.
    pub fn discard(self) {
        if self.tenure.guard.renew(self.tenure.now()).is_ok() {
            // The job has failed for a reason that matters more; what stays is removed with the run.
            let _ = self.clear();
        }
    }

    /// Verifies what was written and completes the run with its manifest. Nobody is served it yet.
    ///
    /// # Errors
    /// [`PublishError::Unverified`] when the store holds something else than was written; [`PublishError::Differs`],
    /// [`PublishError::Stale`] and a lost lease are conflicts.
    pub fn seal(self, details: Details) -> Result<Sealed, PublishError> {
        let (store, publication) = (self.tenure.desk.store, self.tenure.desk.publication);
        store.settle()?;
        let mut files = self.files();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let check = Check { store, publication, run_id: &self.run_id, layout: Layout::default() };
        check.listing(&files)?;
        check.footers(&files, &details.schema)?;
        let last = self.tenure.check(Some(&self.run_id))?;
        let manifest = self.complete(self.manifest(details, files, last.as_ref()))?;
        Ok(Sealed { manifest, replaces: None })
    }

    fn manifest(&self, details: Details, files: Vec<PartFile>, last: Option<&Pointer>) -> Manifest {
        let before = last.and_then(Pointer::last).map(|entry| entry.run_id.clone());
        Manifest {
            version: FORMAT,
            publication: self.tenure.desk.publication.path(),
            run_id: self.run_id.clone(),
            execution: self.tenure.opening.execution.clone(),
            origin: details.origin,
            made_by: details.made_by,
            part: details.part,
            joined: details.joined,
            as_of: details.as_of,
            started_at: details.started_at,
            written_at: self.tenure.now(),
            code_version: details.code_version,
            previous_run_id: before.filter(|run_id| *run_id != self.run_id),
            rows: files.iter().map(|file| file.rows).sum(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            schema: details.schema,
            inputs: details.inputs,
            counts: details.counts,
            measures: details.measures,
            losses: details.losses,
            details: details.details,
            files,
            layout: Layout::default(),
        }
    }

    /// Writes the manifest. One that an earlier attempt wrote about the same files and inputs stands: it differs in its
    /// times only.
    fn complete(&self, ours: Manifest) -> Result<Manifest, PublishError> {
        let (store, publication) = (self.tenure.desk.store, self.tenure.desk.publication);
        match store.create(&publication.manifest_key(&self.run_id), &encode(&ours)?) {
            Err(error) if error.is_conflict() => {}
            created => return created.map(|_| ours).map_err(PublishError::from),
        }
        let found = manifest(store, publication, &self.run_id)?;
        if (&found.files, &found.schema, &found.inputs) == (&ours.files, &ours.schema, &ours.inputs) {
            return Ok(found);
        }
        Err(self.differs(publication.manifest_key(&self.run_id)))
    }

    /// Removes the files of an earlier attempt that did not complete the run. Those of a complete run stay: they may be
    /// served, or were.
    fn clear(&self) -> Result<(), PublishError> {
        let (store, publication) = (self.tenure.desk.store, self.tenure.desk.publication);
        let left = objects_by_run(store, publication)?.remove(&self.run_id).unwrap_or_default();
        let is_complete = left.iter().any(|object| is_manifest(publication, &self.run_id, object));
        let pointer = versioned_pointer(store, publication)?;
        let is_served = pointer.is_some_and(|(pointer, _)| pointer.entry(&self.run_id).is_some());
        if !is_served && !is_complete {
            delete_all(store, &left)?;
        }
        store.sweep(&format!("{}/", publication.run_folder(&self.run_id)), false)?;
        Ok(())
    }

    /// Checks a path, notes it as used, and returns its key.
    fn claim_path(&self, path: &str) -> Result<String, PublishError> {
        let publication = self.tenure.desk.publication;
        let key = format!("{}/{path}", publication.run_folder(&self.run_id));
        let hidden = path.split('/').any(|part| part.starts_with(['_', '.']));
        let free = || self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        if hidden || !path.ends_with(".parquet") || check_key(&key).is_err() || !free() {
            return Err(PublishError::Path { publication: publication.clone(), path: path.to_owned() });
        }
        Ok(key)
    }

    fn differs(&self, path: String) -> PublishError {
        PublishError::Differs { publication: self.tenure.desk.publication.clone(), run_id: self.run_id.clone(), path }
    }
}
