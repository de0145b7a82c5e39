//! Folders that show files under second names.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::LocalStore;
use super::folders::prune;
use super::walk::TEMPORARY;
use crate::store::Mirrored;
use crate::store::error::StoreError;
use crate::store::key::check_key;

impl LocalStore {
    /// Makes a folder hold these files and no other. What it shows is never the only name of anything, so nothing is flushed:
    /// after a power cut it is made again.
    pub(super) fn mirror_files(&self, folder: &str, files: &[Mirrored]) -> Result<(), StoreError> {
        check_key(folder)?;
        let mut wanted = BTreeSet::new();
        for file in files {
            let (from, to) = (self.path(&file.key)?, format!("{folder}/{}", file.path));
            let at = self.path(&to)?;
            self.show(&from, &at).map_err(|cause| self.error("link", &file.key, cause))?;
            wanted.insert(to);
        }
        for object in self.walk(&format!("{folder}/"), &|_| true)? {
            if !wanted.contains(&object.key) {
                let path = self.root.join(&object.key);
                fs::remove_file(&path).map_err(|cause| self.error("delete", &object.key, cause))?;
                prune(&self.root, &path);
            }
        }
        Ok(())
    }

    /// Gives a file a second name; a copy where the file system gives it one name only.
    fn show(&self, from: &Path, to: &Path) -> io::Result<()> {
        let about = fs::metadata(from)?;
        if let Ok(found) = fs::symlink_metadata(to) {
            let is_same = (found.dev(), found.ino()) == (about.dev(), about.ino());
            // A run's files never change, so that a copy of the same length is whole.
            if is_same || (found.is_file() && found.len() == about.len()) {
                return Ok(());
            }
            fs::remove_file(to)?;
        }
        let above = to.parent().unwrap_or(&self.root);
        fs::create_dir_all(above)?;
        if fs::hard_link(from, to).is_ok() {
            return Ok(());
        }
        let copy = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(above)?;
        fs::copy(from, copy.path())?;
        copy.persist(to).map(drop).map_err(|error| error.error)
    }
}
