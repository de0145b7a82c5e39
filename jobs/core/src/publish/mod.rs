//! Publishing: whole runs, verified before anybody sees them, switched by one pointer, and reversible.
//!
//! A [`Draft`] gathers the files of a run and publishes them; [`current`] and [`manifest`] tell what is published; [`rollback`]
//! moves the pointer back; [`gc`] removes what nothing points to. Files of a run are written once and never changed. What
//! the files hold is none of this module's business, but for their footers.
//!
//! ```text
//! clinicians/_runs/<run_id>/state=FL/source=dac/part-00000.snappy.parquet   create-only
//! clinicians/_manifests/<run_id>.json                                       create-only; makes the run complete
//! clinicians/_current.json                                                  compare-and-swap; makes the run published
//! clinicians/current -> _runs/<run_id>                                      for readers who want a path; may lag behind
//! clinicians/_READ_current_INSTEAD.parquet                                  stops readers of the whole folder
//! ```
//!
//! Runs that versions before this layout wrote into `clinicians/runs/<run_id>`, with the manifest among the files, are read,
//! served and removed as any other.

mod baseline;
mod commit;
mod draft;
mod error;
mod gc;
mod guard;
mod inventory;
mod keep;
mod keys;
mod layout;
mod manifest;
mod orphans;
mod rejects;
mod rollback;
mod schema;
mod verify;

#[cfg(test)]
mod tests;

pub use commit::Published;
pub use draft::{Details, Draft, Part};
pub use error::PublishError;
pub use gc::{Collected, Garbage, Reason, RemovedRun, gc};
pub use inventory::{RunState, RunSummary, remove_unfinished, run_ids, runs};
pub use keep::Keep;
pub use layout::Layout;
pub use manifest::{Input, Manifest, PartFile, Pointer, current, manifest};
pub use orphans::{orphans, remove_publication};
pub use rejects::prune_rejects;
pub use rollback::{RolledBack, reconcile_link, rollback};
pub use verify::Mismatch;
