//! How a publication went from run to run.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Manifest, PublishError};
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use super::{FactError, Lake};

/// Runs that are looked at: the newest by name.
pub const MOST_RUNS: usize = 500;

/// The figures of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CourseLine {
    /// The run.
    pub run_id: RunId,
    /// When it was written.
    pub written_at: Timestamp,
    /// Rows that were read, of all sources.
    pub read: u64,
    /// Rows that it has.
    pub published: u64,
    /// Rows that a rule refused, by rule.
    pub rejected: BTreeMap<String, u64>,
    /// Valid rows that were in the output already.
    pub duplicates: u64,
}

/// Returns the figures of the complete runs that are kept, oldest first; of the newest [`MOST_RUNS`] where there are more.
///
/// # Errors
/// [`FactError::Publish`].
pub fn course(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<CourseLine>, FactError> {
    Ok(manifests(lake, publication)?.into_iter().map(line).collect())
}

fn line(manifest: Manifest) -> CourseLine {
    let mut all = Account::default();
    manifest.counts.values().for_each(|account| all.add(account));
    CourseLine {
        run_id: manifest.run_id,
        written_at: manifest.written_at,
        read: all.read,
        published: manifest.rows,
        duplicates: all.duplicates(),
        rejected: all.rejected,
    }
}

/// Returns the manifests of the complete runs that are kept, oldest first. One that is damaged must not hide the others.
pub(super) fn manifests(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<Manifest>, FactError> {
    let runs = publish::run_ids(lake.output, publication)?;
    let newest = runs.get(runs.len().saturating_sub(MOST_RUNS)..).unwrap_or_default();
    let read = |run: &RunId| match publish::manifest(lake.output, publication, run) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(PublishError::NoSuchRun { .. } | PublishError::Unreadable { .. } | PublishError::Newer { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    let read: Vec<Option<Manifest>> = newest.par_iter().map(read).collect::<Result<_, _>>()?;
    let mut manifests: Vec<Manifest> = read.into_iter().flatten().collect();
    manifests.sort_by_key(|manifest| manifest.written_at);
    Ok(manifests)
}
