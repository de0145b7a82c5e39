//! Where the files of a publication are.

use super::layout::Layout;
use crate::names::{Publication, RunId};

impl Publication {
    /// Returns the key of the pointer: the object whose replacement publishes.
    #[must_use]
    pub fn pointer_key(&self) -> String {
        format!("{self}/_current.json")
    }

    /// Returns the key under which a pointer stays that was replaced.
    #[must_use]
    pub fn former_key(&self, sequence: u64) -> String {
        format!("{self}/_pointers/{sequence}.json")
    }

    /// Returns the key of the link to what is served, for readers who want a path.
    #[must_use]
    pub fn link_key(&self) -> String {
        format!("{self}/current")
    }

    /// Returns the folder that shows the list of a log to readers who want a path, without a slash at the end.
    #[must_use]
    pub fn list_folder(&self, sequence: u64) -> String {
        format!("{self}/_lists/{sequence}")
    }

    /// Returns the folder that a run is written to, without a slash at the end. [`Manifest::folder`](super::Manifest::folder)
    /// tells where one is that was written.
    #[must_use]
    pub fn run_folder(&self, run_id: &RunId) -> String {
        Layout::default().folder(self, run_id)
    }

    /// Returns the key that the manifest of a run is written to.
    #[must_use]
    pub fn manifest_key(&self, run_id: &RunId) -> String {
        Layout::default().manifest_key(self, run_id)
    }

    /// Returns where a file of the room's own is that belongs to the rows of a run, from the folder of the publication.
    #[must_use]
    pub fn helper_path(run_id: &RunId, name: &str) -> String {
        format!("_helpers/{run_id}/{name}")
    }

    /// Returns the key of the file that tells readers of the whole folder where to look. It is named as a Parquet file, comes
    /// before every other, and is none: a reader that does not pass over names with `_` fails at it, where it would read the
    /// rows of every run that is kept.
    #[must_use]
    pub fn signpost_key(&self) -> String {
        format!("{self}/_READ_current_INSTEAD.parquet")
    }
}
