//! The steps from written files to a moved pointer, in the order that makes each crash harmless.

use jiff::Timestamp;

use super::draft::Details;
use super::error::PublishError;
use super::guard::Guard;
use super::inventory::prune;
use super::layout::Layout;
use super::manifest::{FORMAT, Manifest, PartFile, Pointer, encode, manifest, versioned_pointer};
use super::rollback::link_to;
use super::verify::Check;
use crate::names::Publication;
use crate::names::RunId;
use crate::store::{Store, Version};

/// What the signpost says.
const SIGNPOST: &[u8] =
    b"This is no Parquet file. Read the folder `current` beside it, which holds the rows that are served, each once.\n";

/// A published run.
#[derive(Debug)]
pub struct Published {
    /// How often the pointer was moved, with this time.
    pub sequence: u64,
    /// Rows published.
    pub rows: u64,
    /// Files published.
    pub files: u64,
    /// Bytes published.
    pub bytes: u64,
    /// Runs that were removed because newer ones are kept.
    pub pruned: Vec<RunId>,
    /// What failed after the run was published: moving the link, removing old runs, giving back the lease. The next run or `gc`
    /// makes up for it.
    pub warnings: Vec<PublishError>,
}

/// A run whose files are all written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commit<'c> {
    pub(super) store: &'c dyn Store,
    pub(super) publication: &'c Publication,
    pub(super) run_id: &'c RunId,
    pub(super) now: Timestamp,
}

impl Commit<'_> {
    pub(super) fn carry_out(
        self,
        guard: Guard<'_>,
        details: Details,
        files: Vec<PartFile>,
    ) -> Result<Published, PublishError> {
        self.store.settle()?;
        let check =
            Check { store: self.store, publication: self.publication, run_id: self.run_id, layout: Layout::default() };
        check.listing(&files)?;
        check.footers(&files, &details.schema)?;
        // The pointer is read before the lease is checked: whoever takes the lease later and publishes makes this version stale.
        let last = versioned_pointer(self.store, self.publication)?;
        details.baseline.check(self.publication, self.run_id, last.as_ref().map(|(pointer, _)| pointer))?;
        let keep = details.keep;
        let manifest = self.complete(self.manifest(details, files, last.as_ref().map(|(pointer, _)| pointer)))?;
        self.put_up_signpost()?;
        guard.renew(self.now)?;
        let pointer = self.point(last)?;
        let mut warnings = Vec::new();
        let mut try_to = |step: Result<(), PublishError>| warnings.extend(step.err());
        try_to(link_to(self.store, self.publication, &pointer));
        let mut pruned = Vec::new();
        try_to(prune(self.store, self.publication, &pointer, keep, &mut pruned));
        try_to(guard.release().map_err(PublishError::from));
        Ok(Published {
            sequence: pointer.sequence,
            rows: manifest.rows,
            files: manifest.files.len() as u64,
            bytes: manifest.bytes,
            pruned,
            warnings,
        })
    }

    fn manifest(&self, details: Details, files: Vec<PartFile>, last: Option<&Pointer>) -> Manifest {
        Manifest {
            version: FORMAT,
            publication: self.publication.path(),
            run_id: self.run_id.clone(),
            as_of: details.as_of,
            started_at: details.started_at,
            written_at: self.now,
            code_version: details.code_version,
            previous_run_id: last.map(|last| last.run_id.clone()).filter(|last| last != self.run_id),
            rows: files.iter().map(|file| file.rows).sum(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            schema: details.schema,
            inputs: details.inputs,
            counts: details.counts,
            measures: details.measures,
            losses: details.losses,
            files,
            layout: Layout::default(),
        }
    }

    /// Writes the file that readers of the whole folder come upon. One that is there, whatever it says, does as well.
    fn put_up_signpost(&self) -> Result<(), PublishError> {
        match self.store.create(&self.publication.signpost_key(), SIGNPOST) {
            Err(error) if !error.is_conflict() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Writes the manifest. One that an earlier attempt wrote about the same files and inputs stands: it differs in its
    /// times only.
    fn complete(&self, ours: Manifest) -> Result<Manifest, PublishError> {
        match self.store.create(&self.publication.manifest_key(self.run_id), &encode(&ours)?) {
            Err(error) if error.is_conflict() => {}
            created => return created.map(|_| ours).map_err(PublishError::from),
        }
        let found = manifest(self.store, self.publication, self.run_id)?;
        if (&found.files, &found.schema, &found.inputs) == (&ours.files, &ours.schema, &ours.inputs) {
            return Ok(found);
        }
        let (publication, run_id) = (self.publication.clone(), self.run_id.clone());
        Err(PublishError::Differs { publication, run_id, path: self.publication.manifest_key(self.run_id) })
    }

    fn point(&self, last: Option<(Pointer, Version)>) -> Result<Pointer, PublishError> {
        match last {
            // An earlier attempt moved it and did not live to tell.
            Some((pointer, _)) if pointer.run_id == *self.run_id => Ok(pointer),
            Some((pointer, version)) => {
                self.swing(&Pointer::after(Some(&pointer), self.run_id, Layout::default(), self.now), Some(&version))
            }
            None => self.swing(&Pointer::after(None, self.run_id, Layout::default(), self.now), None),
        }
    }

    /// Moves the pointer, if it has not been moved since.
    pub(super) fn swing(&self, next: &Pointer, expected: Option<&Version>) -> Result<Pointer, PublishError> {
        match self.store.replace(&self.publication.pointer_key(), expected, &encode(next)?) {
            Err(error) if error.is_conflict() => self.after_lost_race(next, error.into()),
            replaced => replaced.map(|_| next.clone()).map_err(PublishError::from),
        }
    }

    /// A race against ourselves, whose acknowledgement was lost, is won.
    fn after_lost_race(&self, next: &Pointer, error: PublishError) -> Result<Pointer, PublishError> {
        match versioned_pointer(self.store, self.publication)? {
            Some((found, _)) if found.run_id == next.run_id => Ok(found),
            Some((found, _)) => Err(PublishError::Overtaken {
                publication: self.publication.clone(),
                run_id: next.run_id.clone(),
                by: found.run_id,
            }),
            None => Err(error),
        }
    }
}
