//! A run replaces only what was served when it began.

use std::collections::BTreeMap;

use super::error::PublishError;
use super::manifest::{Pointer, current};
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
                    let now = pointer.map(|Pointer { run_id, sequence, .. }| Served { run_id, sequence });
                    served.insert(publication.path(), now);
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
    pub fn check(&self, publication: &Publication, run_id: &RunId, now: Option<&Pointer>) -> Result<(), PublishError> {
        let (Some(then), Some(now)) = (self.0.get(&publication.path()), now) else { return Ok(()) };
        let is_same = then.as_ref().is_some_and(|then| (&then.run_id, then.sequence) == (&now.run_id, now.sequence));
        if is_same || now.run_id == *run_id {
            return Ok(());
        }
        Err(PublishError::Stale {
            publication: publication.clone(),
            run_id: run_id.clone(),
            by: now.run_id.clone(),
            since: now.published_at,
        })
    }
}
