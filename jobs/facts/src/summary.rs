//! What is published, publication by publication.

use carelake_core::names::Publication;
use carelake_core::publish::{self, Manifest, Pointer, Serves};
use carelake_core::table::Folder;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{FactError, Lake, all, key_of};

/// Rows of a snapshot are stale when they were written longer ago than this: a run is due each month.
pub const STALE_DAYS: i64 = 32;

/// What is told of a publication in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The publication.
    pub publication: String,
    /// The columns that tell a row from every other; none where the configuration does not say.
    pub key: Vec<String>,
    /// The columns that folders tell.
    pub partition_by: Vec<String>,
    /// The run that is served; none before the first.
    pub served: Option<Served>,
}

/// What is served.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Served {
    /// The run; of several, the last that was added.
    pub run_id: String,
    /// The date that its ages and windows were computed against.
    pub as_of: Date,
    /// Rows that are served.
    pub rows: u64,
    /// How many runs are served; of more than one, the run that is told of is the last.
    pub runs: usize,
    /// Files of the run.
    pub files: usize,
    /// Bytes of these.
    pub bytes: u64,
    /// When the run was written.
    pub written_at: Timestamp,
    /// When it was published, by the run or by a rollback.
    pub published_at: Timestamp,
    /// Whole days since it was written.
    pub age_days: i64,
    /// Whether a newer one is overdue.
    pub is_stale: bool,
}

/// Returns what is told of every publication: those of the configuration, and those found in the output.
///
/// # Errors
/// [`FactError::Publish`].
pub fn publications(lake: &Lake<'_>) -> Result<Vec<Summary>, FactError> {
    all(lake)?.iter().map(|publication| Ok(summary(lake, publication)?.0)).collect()
}

/// Reads what is told of a publication in a list, and the manifest of the run that it serves.
pub(super) fn summary(lake: &Lake<'_>, publication: &Publication) -> Result<(Summary, Option<Manifest>), FactError> {
    let dataset = lake.config.dataset(publication.dataset());
    let (served, manifest) = match publish::current_run(lake.output, publication)? {
        Some((pointer, manifest)) => (Some(Served::of(&pointer, &manifest, lake.now)), Some(manifest)),
        None => (None, None),
    };
    let mut partition_by = manifest.as_ref().map(folders).unwrap_or_default();
    if partition_by.is_empty() {
        partition_by = dataset.map(|dataset| dataset.partition_by.clone()).unwrap_or_default();
    }
    let key = key_of(lake, publication);
    Ok((Summary { publication: publication.path(), key, partition_by, served }, manifest))
}

/// Returns the columns that the folders of a run tell, outermost first; none of one without rows.
#[must_use]
pub fn folders(manifest: &Manifest) -> Vec<String> {
    let file = manifest.files.first().map(|file| Folder::pairs(&file.path).map(|(name, _)| name));
    file.into_iter().flatten().collect()
}

impl Served {
    /// A rollback moves the pointer and makes the rows no newer: their age counts from when they were written.
    fn of(pointer: &Pointer, manifest: &Manifest, now: Timestamp) -> Self {
        let age = now.duration_since(manifest.written_at);
        Self {
            run_id: manifest.run_id.to_string(),
            as_of: manifest.as_of,
            rows: if pointer.kind == Serves::Log { pointer.rows() } else { manifest.rows },
            runs: pointer.runs.len(),
            files: manifest.files.len(),
            bytes: manifest.bytes,
            written_at: manifest.written_at,
            published_at: pointer.committed_at,
            age_days: age.as_hours() / 24,
            is_stale: pointer.kind == Serves::Snapshot && age > SignedDuration::from_hours(24 * STALE_DAYS),
        }
    }
}
