//! A folder on this machine as a store.
//!
//! Bytes go to a temporary file in the folder where they belong, are flushed, and get their name by a rename; the folder
//! is flushed too before a call returns. Files that are staged are flushed together. Writers hold an OS lock on their temporary file, so that what a killed process
//! left can be told from what a live one is writing. Replacing is done under a lock of the whole store.

mod folders;
mod journal;
mod label;
mod mirror;
mod odd;
mod record;
mod settle;
mod upload;
mod walk;
mod write;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::key::check_key;
use super::{Arrival, Creation, Edition, Label, Mirrored, Object, Odd, Store, Upload, Version};
use folders::Folders;
use journal::Journal;
use settle::{Flush, Settling};

/// A store in a folder of this machine.
///
/// The folder need not exist; it is made when something is written. Symbolic links to files are followed when reading,
/// links to folders are not listed.
///
/// ```
/// use carelake_core::store::{Creation, LocalStore, Store};
/// # let folder = tempfile::tempdir()?;
/// let store = LocalStore::new(folder.path());
/// assert_eq!(store.create("clinicians/a", b"1")?, Creation::Created);
/// assert_eq!(store.create("clinicians/a", b"1")?, Creation::AlreadyIdentical);
/// assert!(store.create("clinicians/a", b"2").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LocalStore {
    root: PathBuf,
    folders: Folders,
    settling: Settling,
    journal: Journal,
}

impl LocalStore {
    /// Takes the folder.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            folders: Folders::default(),
            settling: Settling::default(),
            journal: Journal::default(),
        }
    }

    /// Returns the folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, key: &str) -> Result<PathBuf, StoreError> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    fn error(&self, action: &'static str, key: &str, cause: io::Error) -> StoreError {
        StoreError::from_io(action, &self.describe(), key, cause)
    }

    fn open(&self, key: &str) -> Result<(File, u64), StoreError> {
        let path = self.path(key)?;
        let opened = File::open(path).and_then(|file| {
            let about = file.metadata()?;
            // A folder is not an object, though it can be opened.
            if about.is_file() { Ok((file, about.len())) } else { Err(io::ErrorKind::NotFound.into()) }
        });
        opened.map_err(|cause| match cause.kind() {
            io::ErrorKind::NotADirectory => self.error("read", key, io::ErrorKind::NotFound.into()),
            _ => self.error("read", key, cause),
        })
    }
}

fn read_part(mut file: File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Store for LocalStore {
    fn list(&self, prefix: &str) -> Result<Vec<Object>, StoreError> {
        self.walk(prefix, &|name| !walk::is_reserved(name)).map(label::without_labels)
    }

    fn odd(&self, prefix: &str) -> Result<Vec<(String, Odd)>, StoreError> {
        self.find_odd(prefix)
    }

    fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.open(key).map(|(_, size)| size)
    }

    fn read(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        let (file, size) = self.open(key)?;
        read_part(file, 0, size).map_err(|cause| self.error("read", key, cause))
    }

    fn read_range(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let (file, size) = self.open(key)?;
        let length = range.end.min(size).saturating_sub(range.start);
        read_part(file, range.start, length).map_err(|cause| self.error("read", key, cause))
    }

    fn read_tail(&self, key: &str, length: u64) -> Result<(Vec<u8>, u64), StoreError> {
        let (file, size) = self.open(key)?;
        let length = length.min(size);
        let bytes = read_part(file, size - length, length).map_err(|cause| self.error("read", key, cause))?;
        Ok((bytes, size))
    }

    fn read_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        match self.read(key) {
            Ok(bytes) => {
                let version = write::version(&bytes);
                Ok(Some((bytes, version)))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.create_file(key, bytes, Flush::Each)
    }

    fn create_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.create_labelled_file(key, bytes, label, Flush::Each)
    }

    fn label(&self, key: &str) -> Result<Label, StoreError> {
        self.read_label(key)
    }

    fn upload(&self, key: &str) -> Result<Box<dyn Upload + '_>, StoreError> {
        self.begin_upload(key)
    }

    fn stage(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.create_file(key, bytes, self.settling.flush(&self.root))
    }

    fn keep(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.journal_file(key, bytes, &Label::default())
    }

    fn stage_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.create_labelled_file(key, bytes, label, self.settling.flush(&self.root))
    }

    fn keep_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.journal_file(key, bytes, label)
    }

    fn settle(&self) -> Result<(), StoreError> {
        let settled = self.settle_journals().and_then(|()| self.settling.settle(&self.root));
        settled.map_err(|cause| self.error("write", "staged files", cause))
    }

    fn replace(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError> {
        self.replace_file(key, expected, bytes)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(key)?;
        match std::fs::remove_file(&path) {
            Err(cause) if !matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(self.error("delete", key, cause));
            }
            _ => self.delete_label(&path).map_err(|cause| self.error("delete", key, cause))?,
        }
        folders::prune(&self.root, &path);
        Ok(())
    }

    fn local_path(&self, key: &str) -> Option<PathBuf> {
        self.path(key).ok()
    }

    fn edition(&self, key: &str) -> Result<Edition, StoreError> {
        self.edition_of(key)
    }

    fn fetch_edition(&self, key: &str, edition: &Edition, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        self.fetch_file(key, edition, to)
    }

    fn describe(&self) -> String {
        self.root.display().to_string()
    }

    fn link(&self, link: &str, folder: &str) -> Result<(), StoreError> {
        self.link_folder(link, folder)
    }

    fn mirror(&self, folder: &str, files: &[Mirrored]) -> Result<(), StoreError> {
        self.mirror_files(folder, files)
    }

    fn sweep(&self, prefix: &str, dry_run: bool) -> Result<Vec<Object>, StoreError> {
        self.sweep_temporaries(prefix, dry_run)
    }
}

#[cfg(test)]
mod tests;
