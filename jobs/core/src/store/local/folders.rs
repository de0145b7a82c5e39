//! Folders that survive a power cut, and that vanish when they are empty.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The folders that are known to be on disk, each with its entry in the folder above.
#[derive(Debug, Default)]
pub(super) struct Folders {
    flushed: Mutex<HashSet<PathBuf>>,
}

impl Folders {
    /// Makes a folder and those above it. Each is flushed once by every process, even if it was there, because the one
    /// that made it may have been killed before it flushed.
    pub(super) fn make(&self, root: &Path, folder: &Path) -> io::Result<()> {
        if self.is_flushed(folder) {
            return Ok(());
        }
        match folder.parent() {
            Some(above) if folder != root => {
                self.make(root, above)?;
                match fs::create_dir(folder) {
                    Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
                    made => made?,
                }
                flush(above)?;
            }
            // What lies above the root is the operator's: made if missing, not flushed, for it may not be readable.
            _ => fs::create_dir_all(folder)?,
        }
        self.flushed.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        Ok(())
    }

    /// Forgets what is known, because a folder turned out to have been removed.
    pub(super) fn forget(&self) {
        self.flushed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn is_flushed(&self, folder: &Path) -> bool {
        self.flushed.lock().unwrap_or_else(PoisonError::into_inner).contains(folder)
    }
}

/// Removes the folders above a deleted file that became empty, up to the root.
pub(super) fn prune(root: &Path, file: &Path) {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
        // A folder that is not empty, or is gone, ends it. No error matters: an empty folder holds no object.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Writes the entries of a folder to disk.
pub(super) fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
