//! Files that come piece by piece.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::folders::flush;
use super::settle::Flush;
use super::walk::unless_gone;
use super::{Creation, LocalStore};
use crate::store::arrival::{Arrival, Here};
use crate::store::error::StoreError;
use crate::store::label::{Edition, Upload};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

struct Growing<'s> {
    store: &'s LocalStore,
    key: String,
    path: PathBuf,
    file: NamedTempFile,
}

impl LocalStore {
    pub(super) fn begin_upload(&self, key: &str) -> Result<Box<dyn Upload + '_>, StoreError> {
        let path = self.path(key)?;
        let folder = self.folder_of(&path);
        let made = self.persistently(folder, Flush::Each, || self.temporary(folder, &[], Flush::Together));
        let file = made.map_err(|cause| self.error("write", key, cause))?;
        Ok(Box::new(Growing { store: self, key: key.to_owned(), path, file }))
    }

    /// Copies a file that is in the state which is meant: the one whose bytes have this hash.
    pub(super) fn fetch_file(&self, key: &str, edition: &Edition, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        let (from, _) = self.open(key)?;
        let copied = OpenOptions::new().write(true).open(to).and_then(|to| hash(from, to));
        if copied.map_err(|cause| self.error("copy", key, cause))? != edition.name() {
            return Err(self.error("read", key, io::ErrorKind::NotFound.into()));
        }
        Ok(Box::new(Here))
    }

    pub(super) fn edition_of(&self, key: &str) -> Result<Edition, StoreError> {
        let (file, _) = self.open(key)?;
        hash(file, io::sink()).map(Edition::new).map_err(|cause| self.error("read", key, cause))
    }
}

impl Write for Growing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for Growing<'_> {
    fn finish(self: Box<Self>) -> Result<Creation, StoreError> {
        let Self { store, key, path, file } = *self;
        let folder = store.folder_of(&path);
        let persisted = file.as_file().sync_all().and_then(|()| match file.persist_noclobber(&path) {
            Ok(_) => flush(folder).map(|()| Some(Creation::Created)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                let ours = hash(error.file.reopen()?, io::sink())?;
                let there = unless_gone(File::open(&path))?.map(|file| hash(file, io::sink())).transpose()?;
                flush(folder)?;
                Ok((there == Some(ours)).then_some(Creation::AlreadyIdentical))
            }
            Err(error) => Err(error.error),
        });
        let conflict = || StoreError::Conflict { place: store.root.display().to_string(), key: key.clone() };
        persisted.map_err(|cause| store.error("write", &key, cause))?.ok_or_else(conflict)
    }
}

/// Copies bytes and answers their SHA-256, in hexadecimal.
fn hash(mut from: impl Read, mut to: impl Write) -> io::Result<String> {
    let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(crate::hex(&hash.finalize())),
            Ok(length) => {
                let bytes = piece.get(..length).unwrap_or_default();
                hash.update(bytes);
                to.write_all(bytes)?;
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
}
