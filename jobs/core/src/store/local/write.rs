//! Writing files so that each is either whole or absent.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::folders::flush;
use super::settle::Flush;
use super::walk::{LOCK, TEMPORARY};
use super::{Creation, LocalStore, Version};
use crate::store::error::StoreError;
use crate::store::key::check_key;

/// How often a write begins again because somebody removed its folder, or took its temporary file for a leftover.
const ATTEMPTS: usize = 8;

/// Returns the version of bytes: their hash.
pub(super) fn version(bytes: &[u8]) -> Version {
    Version::new(crate::hex(&Sha256::digest(bytes)))
}

impl LocalStore {
    pub(super) fn create_file(&self, key: &str, bytes: &[u8], flushing: Flush) -> Result<Creation, StoreError> {
        let path = self.path(key)?;
        // Looking first saves a retry the writing; the rename below decides.
        if let Some(found) = self.compare(key, &path, bytes, flushing)? {
            return Ok(found);
        }
        let folder = self.folder_of(&path);
        let created = self.persistently(folder, flushing, || {
            let file = self.temporary(folder, bytes, flushing)?;
            match file.persist_noclobber(&path) {
                Ok(_) => flushing.folder(folder).map(|()| true),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(error.error),
            }
        });
        if created.map_err(|cause| self.error("write", key, cause))? {
            return Ok(Creation::Created);
        }
        let conflict = || StoreError::Conflict { place: self.root.display().to_string(), key: key.to_owned() };
        self.compare(key, &path, bytes, flushing)?.ok_or_else(conflict)
    }

    pub(super) fn replace_file(
        &self,
        key: &str,
        expected: Option<&Version>,
        bytes: &[u8],
    ) -> Result<Version, StoreError> {
        let path = self.path(key)?;
        let folder = self.folder_of(&path);
        let replaced = self.persistently(folder, Flush::Each, || {
            let file = self.temporary(folder, bytes, Flush::Each)?;
            let _lock = self.lock()?;
            let found = match fs::read(&path) {
                Ok(found) => Some(version(&found)),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
                Err(cause) => return Err(cause),
            };
            if found.as_ref() != expected {
                return Ok(false);
            }
            file.persist(&path).map_err(|error| error.error)?;
            flush(folder).map(|()| true)
        });
        match replaced {
            Ok(true) => Ok(version(bytes)),
            Ok(false) => Err(StoreError::Conflict { place: self.root.display().to_string(), key: key.to_owned() }),
            Err(cause) => Err(self.error("write", key, cause)),
        }
    }

    pub(super) fn link_folder(&self, link: &str, folder: &str) -> Result<(), StoreError> {
        check_key(folder)?;
        let path = self.path(link)?;
        let above = self.folder_of(&path);
        let up = link.split('/').count() - 1;
        let shared = link.split('/').zip(folder.split('/')).take(up).take_while(|(one, other)| one == other).count();
        let steps = std::iter::repeat_n("..", up - shared).chain(folder.split('/').skip(shared));
        let target = steps.collect::<Vec<_>>().join("/");
        // A run without rows has no file, and nothing made its folder; a link to nowhere would fail its readers.
        let made = self.folders.make(&self.root, &self.path(folder)?);
        made.map_err(|cause| self.error("write", link, cause))?;
        if fs::read_link(&path).is_ok_and(|found| found == Path::new(&target)) {
            return Ok(());
        }
        let linked = self.persistently(above, Flush::Each, || {
            let temporary = tempfile::Builder::new().prefix(TEMPORARY).make_in(above, |path| symlink(&target, path))?;
            temporary.persist(&path).map_err(|error| error.error)?;
            flush(above)
        });
        linked.map_err(|cause| self.error("write", link, cause))
    }

    pub(super) fn folder_of<'p>(&'p self, path: &'p Path) -> &'p Path {
        path.parent().unwrap_or(&self.root)
    }

    /// Makes the folder and writes in it, again when the folder or the temporary file was removed on the way.
    pub(super) fn persistently<T>(
        &self,
        folder: &Path,
        flushing: Flush,
        write: impl Fn() -> io::Result<T>,
    ) -> io::Result<T> {
        let make = || match flushing {
            Flush::Each => self.folders.make(&self.root, folder),
            Flush::Together => fs::create_dir_all(folder),
        };
        // A folder that need not be flushed by itself is there most of the time, and made when it is missed.
        if flushing == Flush::Together {
            match write() {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                done => return done,
            }
        }
        for _ in 1..ATTEMPTS {
            match make().and_then(|()| write()) {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => self.folders.forget(),
                done => return done,
            }
        }
        make()?;
        write()
    }

    /// Writes a temporary file, and holds its lock. It removes itself unless it is persisted.
    pub(super) fn temporary(&self, folder: &Path, bytes: &[u8], flushing: Flush) -> io::Result<NamedTempFile> {
        // Readers are other people than writers, so the file is as readable as the umask lets it be.
        let readable = Permissions::from_mode(0o666);
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).permissions(readable).tempfile_in(folder)?;
        wait_for(file.as_file())?;
        file.write_all(bytes)?;
        flushing.file(file.as_file())?;
        Ok(file)
    }

    /// Takes the lock of the store; it is given back when the file is dropped, or its process ends.
    pub(super) fn lock(&self) -> io::Result<File> {
        let file = File::options().create(true).append(true).open(self.root.join(LOCK))?;
        wait_for(&file)?;
        Ok(file)
    }

    fn compare(&self, key: &str, path: &Path, bytes: &[u8], flushing: Flush) -> Result<Option<Creation>, StoreError> {
        let found = match fs::metadata(path) {
            Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(cause) => return Err(self.error("read", key, cause)),
            Ok(about) => about.is_file() && about.len() == bytes.len() as u64,
        };
        if found && fs::read(path).map_err(|cause| self.error("read", key, cause))? == bytes {
            // The one that wrote it may have been killed before its name was on disk.
            flushing.folder(self.folder_of(path)).map_err(|cause| self.error("write", key, cause))?;
            return Ok(Some(Creation::AlreadyIdentical));
        }
        Err(StoreError::Conflict { place: self.root.display().to_string(), key: key.to_owned() })
    }
}

/// Waits for the lock of a file, however often a signal interrupts.
fn wait_for(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            locked => return locked,
        }
    }
}
