//! Where a file goes while it comes: into an upload that nobody sees.

use std::io::Write;

use carelake_core::store::{Creation, Store, StoreError, Upload};
use carelake_http::Sink;
use carelake_tabular::meter::Meter;
use carelake_tabular::source::Naming;

use super::watch::Watch;

/// A file on its way. Dropped before [`Landing::finish`], it never was.
pub(super) struct Landing<'s> {
    store: &'s dyn Store,
    key: String,
    naming: &'s Naming,
    meter: &'s Meter,
    upload: Option<Box<dyn Upload + 's>>,
    /// What is kept of it.
    pub watch: Watch<'s>,
}

impl<'s> Landing<'s> {
    pub(super) fn new(store: &'s dyn Store, key: &str, naming: &'s Naming, meter: &'s Meter) -> Self {
        Self { store, key: key.to_owned(), naming, meter, upload: None, watch: Watch::new(naming) }
    }

    fn upload(&mut self) -> Result<&mut Box<dyn Upload + 's>, StoreError> {
        match &mut self.upload {
            Some(upload) => Ok(upload),
            none => Ok(none.insert(self.store.upload(&self.key)?)),
        }
    }

    /// Shows the file under its name, where nothing else may be.
    pub(super) fn finish(mut self) -> Result<Creation, StoreError> {
        self.upload()?;
        match self.upload {
            Some(upload) => upload.finish(),
            None => self.store.create(&self.key, b""),
        }
    }
}

impl Sink for Landing<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.upload()?.write_all(bytes);
        written.map_err(|cause| StoreError::from_io("write", &self.store.describe(), &self.key, cause))?;
        self.watch.see(bytes);
        self.meter.advance(bytes.len() as u64);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), StoreError> {
        self.upload = None;
        self.watch = Watch::new(self.naming);
        Ok(())
    }
}
