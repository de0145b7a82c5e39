//! Where in the folder of a publication its runs are: as they are written, and as earlier versions wrote them.
//!
//! Everything beside `current` begins with `_`, which readers that take a whole folder pass over, so that rows are not read
//! once for each run that is kept. Runs of the earlier layout are read and removed, and never written.

use serde::{Deserialize, Serialize};

use crate::names::{Publication, RunId};

/// How a run is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Layout {
    /// Files in `_runs/<run_id>/`, the manifest apart in `_manifests/<run_id>.json`.
    #[default]
    Apart,
    /// Files in `runs/<run_id>/`, and the manifest among them as `_manifest.json`.
    Together,
}

/// The name of the manifest where it is among the files of its run.
pub(super) const MANIFEST: &str = "_manifest.json";

impl Layout {
    /// Every layout, the present one first.
    pub(super) const ALL: [Self; 2] = [Self::Apart, Self::Together];

    /// Returns the layout of a run by where its pointer says that the manifest is.
    pub(super) fn of_pointed(manifest: &str) -> Self {
        if manifest.starts_with("runs/") { Self::Together } else { Self::Apart }
    }

    /// Returns where the files of a run are, from the folder of the publication.
    pub(super) fn files(self, run_id: &RunId) -> String {
        match self {
            Self::Apart => format!("_runs/{run_id}"),
            Self::Together => format!("runs/{run_id}"),
        }
    }

    /// Returns where the manifest of a run is, from the folder of the publication.
    pub(super) fn manifest(self, run_id: &RunId) -> String {
        match self {
            Self::Apart => format!("_manifests/{run_id}.json"),
            Self::Together => format!("runs/{run_id}/{MANIFEST}"),
        }
    }

    /// Returns the key of the manifest of a run.
    pub(super) fn manifest_key(self, publication: &Publication, run_id: &RunId) -> String {
        format!("{publication}/{}", self.manifest(run_id))
    }

    /// Returns the folder of the files of a run, without a slash at the end.
    pub(super) fn folder(self, publication: &Publication, run_id: &RunId) -> String {
        format!("{publication}/{}", self.files(run_id))
    }
}

/// Returns the run that something in the folder of a publication belongs to. What is not named as a run is not ours.
pub(super) fn run_of(path: &str) -> Option<RunId> {
    let (folder, rest) = path.split_once('/')?;
    match folder {
        "_runs" | "runs" => rest.split_once('/')?.0.parse().ok(),
        "_manifests" => rest.strip_suffix(".json")?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_layout_writes_is_known_to_be_of_its_run() {
        let run: RunId = "2026-11-01.3".parse().unwrap();
        for layout in Layout::ALL {
            for path in [layout.manifest(&run), format!("{}/state=FL/a.parquet", layout.files(&run))] {
                assert_eq!(run_of(&path), Some(run.clone()), "{path}");
            }
            assert_eq!(Layout::of_pointed(&layout.manifest(&run)), layout);
        }
        for path in ["_current.json", "_runs/notes/mine.txt", "_manifests/notes.json", "_manifests/2026-11-01.3.txt"] {
            assert_eq!(run_of(path), None, "{path}");
        }
    }
}
