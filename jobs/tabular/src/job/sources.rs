//! Before a job reads a row: whether every source of its dataset is there and of one release.

use std::sync::Arc;

use super::error::JobError;
use super::run::Job;
use crate::inputs::{OpenSource, mixed_families};

impl Job<'_> {
    /// Opens every source of the dataset, so that all that is wrong is told at once.
    pub(super) fn check_sources(&self) -> Result<(), JobError> {
        let names = match self.feed() {
            Some(feed) => vec![feed.to_owned()],
            None => self.dataset().sources.clone(),
        };
        let (mut open, mut errors): (Vec<Arc<OpenSource>>, Vec<_>) = (Vec::new(), Vec::new());
        for name in names {
            match self.services().inputs.open_if_any(&name) {
                Ok(found) => open.extend(found),
                Err(error) => errors.push(error),
            }
        }
        match errors.len() {
            0 => {}
            1 => return Err(errors.swap_remove(0).into()),
            _ => return Err(JobError::Sources(errors)),
        }
        if self.dataset().requires_same_release
            && let Some(mixed) = mixed_families(&open, true).into_iter().next()
        {
            return Err(JobError::Mixed(mixed));
        }
        Ok(())
    }
}
