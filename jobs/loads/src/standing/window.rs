//! The last loads of a table, as what it serves and served tells them.

use carelake_core::names::Publication;
use carelake_core::publish::{Manifest, PublishError, recent_pointers, recent_runs};
use carelake_core::store::Store;
use jiff::Timestamp;
use serde::Serialize;

/// One load of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowLine {
    /// The run.
    pub run: String,
    /// What made it, such as a window or a comparison.
    pub made_by: String,
    /// When it was complete.
    pub at: Timestamp,
    /// Rows that were read of the source.
    pub read: u64,
    /// Rows of the run.
    pub rows: u64,
    /// Bytes of its files.
    pub size_bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// Rows a second; none of a load that took no time.
    pub rows_per_second: Option<f64>,
}

/// Returns the last loads of a table, the newest first: those whose runs are still there.
///
/// # Errors
/// [`PublishError`] when the store fails, or what is served cannot be read.
pub fn windows(store: &dyn Store, publication: &Publication, last: usize) -> Result<Vec<WindowLine>, PublishError> {
    Ok(recent_runs(store, publication, last)?.into_iter().map(WindowLine::of).collect())
}

/// Returns how many rows were served after each of the last changes, the oldest first.
///
/// # Errors
/// [`PublishError`] when the store fails, or what is served cannot be read.
pub fn course(
    store: &dyn Store,
    publication: &Publication,
    last: usize,
) -> Result<Vec<(Timestamp, u64)>, PublishError> {
    let pointers = recent_pointers(store, publication, last)?;
    Ok(pointers.iter().map(|pointer| (pointer.committed_at, pointer.rows())).collect())
}

impl WindowLine {
    fn of(manifest: Manifest) -> Self {
        let seconds = manifest.written_at.duration_since(manifest.started_at).as_secs_f64().max(0.0);
        Self {
            run: manifest.run_id.to_string(),
            at: manifest.written_at,
            read: manifest.counts.values().map(|account| account.read).sum(),
            made_by: manifest.made_by,
            rows: manifest.rows,
            size_bytes: manifest.bytes,
            seconds,
            rows_per_second: (seconds > 0.0).then(|| manifest.rows as f64 / seconds),
        }
    }
}
