//! The runs of a publication that are in the output, and the lists that it served.

use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Pointer, RunState, RunSummary, Serves};
use jiff::Timestamp;
use serde::Serialize;

use super::{FactError, Lake};

/// Whether something is what is served.
const fn state(is_served: bool) -> &'static str {
    if is_served { "served" } else { "kept" }
}

/// A complete run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptRun {
    /// The publication.
    pub publication: String,
    /// The run.
    pub run_id: RunId,
    /// `served` or `kept`.
    pub state: &'static str,
    /// When it was written.
    pub written_at: Timestamp,
    /// Its rows.
    pub rows: u64,
    /// Its files.
    pub files: usize,
    /// Bytes of these.
    pub bytes: u64,
}

/// A list of runs that a publication served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptList {
    /// The publication.
    pub publication: String,
    /// How often the pointer had been moved.
    pub sequence: u64,
    /// `served` or `kept`.
    pub state: &'static str,
    /// When it was served first.
    pub committed_at: Timestamp,
    /// Its runs.
    pub runs: usize,
    /// Rows of these.
    pub rows: u64,
}

/// Returns the complete runs of a publication, newest name first, and the lists that it served, the served one last; no lists of
/// a snapshot, whose runs tell it.
///
/// # Errors
/// [`FactError::Publish`].
pub fn kept(lake: &Lake<'_>, publication: &Publication) -> Result<(Vec<KeptRun>, Vec<KeptList>), FactError> {
    let of_run = |run: RunSummary| {
        let manifest = run.manifest?;
        Some(KeptRun {
            publication: publication.path(),
            run_id: run.run_id,
            state: state(run.state == RunState::Current),
            written_at: manifest.written_at,
            rows: manifest.rows,
            files: manifest.files.len(),
            bytes: manifest.bytes,
        })
    };
    let runs = publish::runs(lake.output, publication)?.into_iter().filter_map(of_run).collect();
    Ok((runs, lists(lake, publication)?))
}

fn lists(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<KeptList>, FactError> {
    let Some(pointer) = publish::current(lake.output, publication)? else { return Ok(Vec::new()) };
    if pointer.kind == Serves::Snapshot {
        return Ok(Vec::new());
    }
    let of_list = |pointer: &Pointer, is_served| KeptList {
        publication: publication.path(),
        sequence: pointer.sequence,
        state: state(is_served),
        committed_at: pointer.committed_at,
        runs: pointer.runs.len(),
        rows: pointer.rows(),
    };
    let formers = publish::formers(lake.output, publication, Some(&pointer))?;
    let formers = formers.iter().map(|former| of_list(&former.pointer, false));
    Ok(formers.chain([of_list(&pointer, true)]).collect())
}
