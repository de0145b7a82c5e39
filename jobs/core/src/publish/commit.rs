//! The steps from complete runs to a moved pointer, in the order that makes each crash harmless.

use super::document::encode;
use super::error::PublishError;
use super::former;
use super::inventory::prune;
use super::keep::Keep;
use super::list::show;
use super::pointer::{Pointer, versioned_pointer};
use super::publishing::{Published, Tenure, next_sequence};
use super::swap::{New, Swap};
use crate::store::Version;

/// What the signpost says.
const SIGNPOST: &[u8] =
    b"This is no Parquet file. Read the folder `current` beside it, which holds the rows that are served, each once.\n";

/// The change of a pointer, under its lease.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commit<'c, 's> {
    pub(super) tenure: &'c Tenure<'s>,
}

impl Commit<'_, '_> {
    pub(super) fn carry_out(self, swap: &Swap, keep: Keep) -> Result<Published, PublishError> {
        let desk = &self.tenure.desk;
        desk.store.settle()?;
        // The pointer is read before the lease is checked: whoever takes the lease later and publishes makes this version stale.
        let last = versioned_pointer(desk.store, desk.publication)?;
        let pointer = match &last {
            Some((pointer, _)) if swap.is_done(pointer) => pointer.clone(),
            _ => {
                self.put_up_signpost()?;
                self.move_pointer(swap, last)?
            }
        };
        let mut warnings = Vec::new();
        let mut try_to = |step: Result<(), PublishError>| warnings.extend(step.err());
        try_to(show(desk.store, desk.publication, &pointer));
        let mut pruned = Vec::new();
        try_to(prune(desk, &pointer, keep, &mut pruned));
        try_to(self.tenure.guard.release().map_err(PublishError::from));
        let added = || swap.runs.iter().map(|sealed| &sealed.manifest);
        Ok(Published {
            sequence: pointer.sequence,
            rows: added().map(|manifest| manifest.rows).sum(),
            files: added().map(|manifest| manifest.files.len() as u64).sum(),
            bytes: added().map(|manifest| manifest.bytes).sum(),
            pruned,
            warnings,
        })
    }

    fn move_pointer(self, swap: &Swap, last: Option<(Pointer, Version)>) -> Result<Pointer, PublishError> {
        let Tenure { desk, guard, opening, sequence } = self.tenure;
        let (last, version) = last.unzip();
        let run_id = swap.runs.last().map(|sealed| &sealed.manifest.run_id);
        opening.baseline.check(desk.publication, &opening.owner, run_id, last.as_ref())?;
        if next_sequence(desk, last.as_ref())? != *sequence {
            return Err(self.overtaken(last.as_ref()));
        }
        let new = New { sequence: *sequence, committed_at: self.tenure.now(), execution: opening.execution.clone() };
        let next = swap.after(desk.publication, opening.serves, last.as_ref(), new)?;
        if let Some(last) = last.as_ref().filter(|last| last.content != next.content) {
            former::keep(desk.store, desk.publication, last)?;
        }
        guard.renew(self.tenure.now())?;
        self.swing(&next, version.as_ref())
    }

    /// Writes the file that readers of the whole folder come upon. One that is there, whatever it says, does as well.
    fn put_up_signpost(self) -> Result<(), PublishError> {
        let desk = &self.tenure.desk;
        match desk.store.create(&desk.publication.signpost_key(), SIGNPOST) {
            Err(error) if !error.is_conflict() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Moves the pointer, if it has not been moved since.
    pub(super) fn swing(self, next: &Pointer, expected: Option<&Version>) -> Result<Pointer, PublishError> {
        let desk = &self.tenure.desk;
        let bytes = encode(next)?;
        match desk.store.replace(&desk.publication.pointer_key(), expected, &bytes) {
            // A race against ourselves, whose acknowledgement was lost, is won.
            Err(error) if error.is_conflict() => match versioned_pointer(desk.store, desk.publication)? {
                Some((found, _)) if found == *next => Ok(found),
                Some((found, _)) => Err(self.overtaken(Some(&found))),
                None => Err(error.into()),
            },
            replaced => replaced.map(|_| next.clone()).map_err(PublishError::from),
        }
    }

    fn overtaken(self, by: Option<&Pointer>) -> PublishError {
        let run = by.and_then(Pointer::last).map(|entry| format!("run {}", entry.run_id));
        PublishError::Overtaken {
            publication: self.tenure.desk.publication.clone(),
            owner: self.tenure.guard.owner().to_owned(),
            by: run.unwrap_or_else(|| "something else".to_owned()),
        }
    }
}
