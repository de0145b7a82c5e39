//! Where fetched files land: the landing folder of this machine, or the bucket that partners' files come to.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use carelake_core::hex;
use carelake_core::store::{Creation, LocalStore, Store, StoreError, Upload, check_key};
use carelake_pipeline::Context;
use sha2::{Digest, Sha256};

use crate::arrive::is_taken;
use crate::config::Intake;
use crate::publish::ROOM;

/// Where files land.
pub(super) struct Landing<'c> {
    context: &'c Context<'c>,
    folder: Option<LocalStore>,
    root: PathBuf,
    most_bytes: u64,
}

/// A file that is coming: nobody sees it before it is whole.
pub(super) struct Incoming<'l> {
    landing: &'l Landing<'l>,
    key: String,
    upload: Box<dyn Upload + 'l>,
    digest: Sha256,
    size_bytes: u64,
}

impl<'c> Landing<'c> {
    pub(super) fn of(context: &'c Context<'c>, intake: &Intake) -> Self {
        // A bucket of what was received is where partners' files come to as well.
        let is_here = context.raw.local_path("_").is_some();
        let folder = is_here.then(|| LocalStore::new(intake.landing.clone()));
        Self { context, folder, root: intake.landing.clone(), most_bytes: intake.limits.unpacked_bytes }
    }

    fn store(&self) -> &dyn Store {
        match &self.folder {
            Some(folder) => folder,
            None => self.context.raw,
        }
    }

    /// Returns where a file of a partner lands; nowhere if its name is none that is taken.
    pub(super) fn key(&self, partner: &str, name: &str) -> Option<String> {
        let inside = format!("{partner}/{name}");
        let key = if self.folder.is_some() { self.context.scope.qualify(&inside) } else { format!("{ROOM}/{inside}") };
        (is_taken(name) && check_key(&key).is_ok()).then_some(key)
    }

    /// Removes what a process that was killed left of files of a partner on this machine. The partner's folder stays, for it may be
    /// somebody's way in. A bucket throws parts away by itself.
    pub(super) fn tidy(&self, partner: &str) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for left in folder.sweep(&self.context.scope.qualify(&format!("{partner}/")), true)? {
            let removed = fs::remove_file(self.root.join(&left.key));
            removed.map_err(|cause| StoreError::from_io("delete", &folder.describe(), &left.key, cause))?;
        }
        Ok(())
    }

    pub(super) fn begin(&self, key: &str) -> Result<Incoming<'_>, StoreError> {
        let (upload, digest) = (self.store().upload(key)?, Sha256::new());
        Ok(Incoming { landing: self, key: key.to_owned(), upload, digest, size_bytes: 0 })
    }

    /// Removes what landed under a key before, to make room for other bytes. What was received of it is kept elsewhere, or as the
    /// version that it is.
    pub(super) fn make_room(&self, key: &str) -> Result<(), StoreError> {
        self.store().delete(key)
    }
}

impl Incoming<'_> {
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let place = self.landing.store().describe();
        let failed = |cause: io::Error| StoreError::from_io("write", &place, &self.key, cause);
        self.size_bytes = self.size_bytes.saturating_add(bytes.len() as u64);
        if self.size_bytes > self.landing.most_bytes {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        if (self.landing.context.services.is_cancelled)() {
            return Err(failed(io::ErrorKind::Interrupted.into()));
        }
        self.upload.write_all(bytes).map_err(failed)?;
        self.digest.update(bytes);
        Ok(())
    }

    pub(super) fn restart(&mut self) -> Result<(), StoreError> {
        *self = self.landing.begin(&self.key)?;
        Ok(())
    }

    /// Returns size and SHA-256 of what has come.
    pub(super) fn about(&self) -> (u64, String) {
        (self.size_bytes, hex(&self.digest.clone().finalize()))
    }

    /// Shows the file. When this returns, it survives a power cut.
    pub(super) fn finish(self) -> Result<Creation, StoreError> {
        self.upload.finish()
    }
}

impl carelake_http::Sink for Incoming<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.take(bytes)
    }

    fn restart(&mut self) -> Result<(), StoreError> {
        Incoming::restart(self)
    }
}
