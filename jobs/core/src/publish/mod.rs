//! Publishing: whole runs, verified before anybody sees them, switched by one pointer, and reversible.
//!
//! A [`Publishing`] holds the right to change what a publication serves; a [`Draft`] gathers the files of a run and seals them;
//! a [`Swap`] says which runs are served from then on, and one commit makes it so. A snapshot serves one run, a log a list of
//! them. [`current`] and [`manifest`] tell what is served; [`rollback`] moves the pointer back; [`gc`] removes what nothing points
//! to. Files of a run are written once and never changed. What the files hold is none of this module's business, but for their
//! footers.
//!
//! ```text
//! clinicians/_runs/<run_id>/state=FL/source=dac/part-00000.snappy.parquet   create-only
//! clinicians/_manifests/<run_id>.json                                       create-only; makes the run complete
//! clinicians/_current.json                                                  compare-and-swap; makes the run published
//! clinicians/_pointers/<sequence>.json                                      a pointer that was replaced: where a rollback goes
//! clinicians/_helpers/<run_id>/index                                        files of the room's own that a pointer names
//! clinicians/current -> _runs/<run_id>                                      for readers who want a path; may lag behind
//! loads/.../current -> _lists/<sequence>                                    of a log: `run=<run_id>/...`, second names of the files
//! clinicians/_READ_current_INSTEAD.parquet                                  stops readers of the whole folder
//! ```
//!
//! Runs that versions before this layout wrote into `clinicians/runs/<run_id>`, with the manifest among the files, are read,
//! served and removed as any other.

mod baseline;
mod commit;
mod document;
mod draft;
mod error;
mod former;
mod gc;
mod guard;
mod input;
mod inventory;
mod join;
mod keep;
mod keys;
mod layout;
mod list;
mod manifest;
mod orphans;
mod pointer;
mod publishing;
mod recent;
mod rejects;
mod rollback;
mod schema;
mod served;
mod swap;
mod verify;

#[cfg(test)]
mod tests;

pub use draft::{Details, Draft, Part};
pub use error::PublishError;
pub use former::{Former, formers};
pub use gc::{Collected, Garbage, Reason, RemovedRun, gc};
pub use input::{FileInput, Input};
pub use inventory::{RunState, RunSummary, remove_unfinished, run_ids, runs};
pub use join::{MOST_RUNS, compact, compact_by};
pub use keep::Keep;
pub use layout::Layout;
pub use list::{folder, reconcile_link};
pub use manifest::{Joined, Manifest, PartFile, manifest};
pub use orphans::{orphans, publications, remove_publication};
pub use pointer::{Entry, Pointer, Serves, current, current_run, current_runs};
pub use publishing::{Desk, Opening, Published, Publishing};
pub use recent::{recent_pointers, recent_runs};
pub use rejects::prune_rejects;
pub use rollback::{RolledBack, Target, retract, rollback};
pub use schema::manifest_columns;
pub use served::{Served, ServedError};
pub use swap::{Join, Sealed, Swap};
pub use verify::Mismatch;
