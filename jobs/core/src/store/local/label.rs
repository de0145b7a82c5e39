//! Labels of files, kept beside them: `<file>.tags.json` and `<file>.metadata.json`.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::settle::Flush;
use super::walk::unless_gone;
use super::{Creation, LocalStore, Object};
use crate::store::error::StoreError;
use crate::store::label::Label;

/// How the files that keep a label end.
const ENDINGS: [&str; 2] = [".tags.json", ".metadata.json"];

impl LocalStore {
    /// Writes a file with its label. The label is there before the file is, and of several writers the one whose file it becomes
    /// writes it.
    pub(super) fn create_labelled_file(
        &self,
        key: &str,
        bytes: &[u8],
        label: &Label,
        flushing: Flush,
    ) -> Result<Creation, StoreError> {
        let path = self.path(key)?;
        let folder = self.folder_of(&path);
        let labelled = self.persistently(folder, flushing, || {
            let lock = self.lock()?;
            if !path.exists() {
                for (kept, at) in [&label.tags, &label.metadata].into_iter().zip(beside(&path)) {
                    self.write_label(folder, &at, kept, flushing)?;
                }
            }
            Ok(lock)
        });
        let _lock = labelled.map_err(|cause| self.error("write", key, cause))?;
        self.create_file(key, bytes, flushing)
    }

    fn write_label(
        &self,
        folder: &Path,
        at: &Path,
        kept: &BTreeMap<String, String>,
        flushing: Flush,
    ) -> io::Result<()> {
        if kept.is_empty() {
            // A writer that was killed before its file was there may have left one.
            return unless_gone(fs::remove_file(at)).map(drop);
        }
        let file = self.temporary(folder, &serde_json::to_vec(kept)?, flushing)?;
        file.persist(at).map_err(|error| error.error)?;
        flushing.folder(folder)
    }

    pub(super) fn read_label(&self, key: &str) -> Result<Label, StoreError> {
        let path = self.path(key)?;
        self.open(key)?;
        let read = |at: &Path| -> io::Result<BTreeMap<String, String>> {
            Ok(match unless_gone(fs::read(at))? {
                Some(bytes) => serde_json::from_slice(&bytes)?,
                None => BTreeMap::new(),
            })
        };
        let [tags, metadata] = beside(&path);
        let label = read(&tags).and_then(|tags| Ok(Label { tags, metadata: read(&metadata)? }));
        label.map_err(|cause| self.error("read the label of", key, cause))
    }

    /// Deletes the label of a file that is gone.
    pub(super) fn delete_label(&self, path: &Path) -> io::Result<()> {
        beside(path).iter().try_for_each(|at| match fs::remove_file(at) {
            Err(cause) if !matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Err(cause),
            _ => Ok(()),
        })
    }
}

/// Returns the objects of a journal that keep the label of an object.
pub(super) fn label_records(key: &str, label: &Label) -> io::Result<Vec<(String, Vec<u8>)>> {
    let kept = [&label.tags, &label.metadata].into_iter().zip(ENDINGS).filter(|(kept, _)| !kept.is_empty());
    kept.map(|(kept, ending)| Ok((format!("{key}{ending}"), serde_json::to_vec(kept)?))).collect()
}

/// Returns whether a key is that of what keeps a label.
pub(super) fn is_label(key: &str) -> bool {
    ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// Takes out what keeps the label of another object of the list.
pub(super) fn without_labels(objects: Vec<Object>) -> Vec<Object> {
    let labelled = |key: &str| ENDINGS.iter().find_map(|ending| key.strip_suffix(ending)).map(str::to_owned);
    if !objects.iter().any(|object| labelled(&object.key).is_some()) {
        return objects;
    }
    let keys: HashSet<String> = objects.iter().map(|object| object.key.clone()).collect();
    let is_label = |object: &Object| labelled(&object.key).is_some_and(|of| keys.contains(&of));
    objects.into_iter().filter(|object| !is_label(object)).collect()
}

fn beside(path: &Path) -> [PathBuf; 2] {
    ENDINGS.map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        name.into()
    })
}
