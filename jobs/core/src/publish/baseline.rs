//! A run replaces only what was served when it began.

use std::collections::BTreeMap;

use super::error::PublishError;
use super::pointer::{Entry, Pointer, current};
use crate::names::{Baseline, Publication, RunId, Served};
use crate::store::Store;

impl Baseline {
    /// Reads what these publications serve. One whose pointer is damaged is left out: its run says so, and once the pointer is
    /// mended there is nothing to compare it with.
    ///
    /// # Errors
    /// [`PublishError::Store`].
    pub fn of(store: &dyn Store, publications: &[Publication]) -> Result<Self, PublishError> {
        let mut served = BTreeMap::new();
        for publication in publications {
            match current(store, publication) {
                Ok(pointer) => {
                    let of = |pointer: Pointer| {
                        let Entry { run_id, .. } = pointer.last()?.clone();
                        Some(Served { run_id, sequence: pointer.sequence })
                    };
                    served.insert(publication.path(), pointer.and_then(of));
                }
                Err(PublishError::Unreadable { .. } | PublishError::Newer { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(served))
    }

    /// Checks that a publication still serves what it served, or this run already. A pointer that was removed by hand, as
    /// a damaged one is, stands in nobody's way.
    ///
    /// # Errors
    /// [`PublishError::Stale`] when it was moved meanwhile.
    pub fn check(
        &self,
        publication: &Publication,
        owner: &str,
        run_id: Option<&RunId>,
        now: Option<&Pointer>,
    ) -> Result<(), PublishError> {
        let (Some(then), Some(now)) = (self.0.get(&publication.path()), now) else { return Ok(()) };
        let last = now.last().map(|entry| &entry.run_id);
        let is_same = match then {
            Some(then) => (Some(&then.run_id), then.sequence) == (last, now.sequence),
            None => last.is_none(),
        };
        if is_same || run_id.is_some_and(|run_id| now.entry(run_id).is_some()) {
            return Ok(());
        }
        Err(PublishError::Stale {
            publication: publication.clone(),
            owner: owner.to_owned(),
            by: last.map_or_else(|| "nothing".to_owned(), |run_id| format!("run {run_id}")),
            since: now.committed_at,
        })
    }
}
