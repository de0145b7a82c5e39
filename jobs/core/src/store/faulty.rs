//! A store that fails on cue, for tests of everything that stands on a store.

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::StoreError;
use super::{Arrival, Creation, Edition, Label, Mirrored, Object, Store, Upload, Version};

/// When a call fails: before it does anything, or when it is done and only the acknowledgement is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing was done.
    Before,
    /// Everything was done, and the caller does not know.
    After,
}

/// Passes calls on to another store, and fails those that are on the cue.
///
/// ```
/// use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};
/// # let folder = tempfile::tempdir()?;
/// let inner = LocalStore::new(folder.path());
/// let store = FaultyStore::failing_once(&inner, 1, Moment::After);
/// assert!(store.create("a", b"1").is_err());
/// assert_eq!(store.read("a")?, b"1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FaultyStore<'s> {
    inner: &'s dyn Store,
    cue: Box<dyn Fn(u64, Moment) -> bool + Send + Sync + 's>,
    calls: AtomicU64,
}

impl<'s> FaultyStore<'s> {
    /// Asks the cue before and after each call, which has a number from 1, whether it fails then.
    pub fn new(inner: &'s dyn Store, cue: impl Fn(u64, Moment) -> bool + Send + Sync + 's) -> Self {
        Self { inner, cue: Box::new(cue), calls: AtomicU64::new(0) }
    }

    /// Fails the call with this number.
    #[must_use]
    pub fn failing_once(inner: &'s dyn Store, call: u64, moment: Moment) -> Self {
        Self::new(inner, move |number, now| number == call && now == moment)
    }

    /// Fails the call with this number, and every one after it before it does anything, as when the power is cut.
    #[must_use]
    pub fn failing_from(inner: &'s dyn Store, call: u64, moment: Moment) -> Self {
        Self::new(inner, move |number, now| {
            (number == call && now == moment) || (number > call && now == Moment::Before)
        })
    }

    /// Returns how many calls there were.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn pass<T>(&self, key: &str, call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        self.ask(number, Moment::Before, key)?;
        let answer = call()?;
        self.ask(number, Moment::After, key)?;
        Ok(answer)
    }

    fn ask(&self, number: u64, moment: Moment, key: &str) -> Result<(), StoreError> {
        if (self.cue)(number, moment) {
            let cause = io::Error::new(io::ErrorKind::TimedOut, format!("call {number} fails on cue"));
            return Err(StoreError::from_io("reach", &self.inner.describe(), key, cause));
        }
        Ok(())
    }
}

impl fmt::Debug for FaultyStore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("inner", &self.inner).field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl Store for FaultyStore<'_> {
    fn list(&self, prefix: &str) -> Result<Vec<Object>, StoreError> {
        self.pass(prefix, || self.inner.list(prefix))
    }

    fn size(&self, key: &str) -> Result<u64, StoreError> {
        self.pass(key, || self.inner.size(key))
    }

    fn read(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        self.pass(key, || self.inner.read(key))
    }

    fn read_range(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.pass(key, || self.inner.read_range(key, range))
    }

    fn read_tail(&self, key: &str, length: u64) -> Result<(Vec<u8>, u64), StoreError> {
        self.pass(key, || self.inner.read_tail(key, length))
    }

    fn read_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        self.pass(key, || self.inner.read_versioned(key))
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.pass(key, || self.inner.create(key, bytes))
    }

    fn create_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.pass(key, || self.inner.create_labelled(key, bytes, label))
    }

    fn label(&self, key: &str) -> Result<Label, StoreError> {
        self.pass(key, || self.inner.label(key))
    }

    fn upload(&self, key: &str) -> Result<Box<dyn Upload + '_>, StoreError> {
        let inner = self.pass(key, || self.inner.upload(key))?;
        Ok(Box::new(FaultyUpload { store: self, key: key.to_owned(), inner }))
    }

    fn stage(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.pass(key, || self.inner.stage(key, bytes))
    }

    fn keep(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.pass(key, || self.inner.keep(key, bytes))
    }

    fn stage_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.pass(key, || self.inner.stage_labelled(key, bytes, label))
    }

    fn keep_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.pass(key, || self.inner.keep_labelled(key, bytes, label))
    }

    fn settle(&self) -> Result<(), StoreError> {
        self.pass("staged files", || self.inner.settle())
    }

    fn replace(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError> {
        self.pass(key, || self.inner.replace(key, expected, bytes))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.pass(key, || self.inner.delete(key))
    }

    fn local_path(&self, key: &str) -> Option<PathBuf> {
        self.inner.local_path(key)
    }

    fn edition(&self, key: &str) -> Result<Edition, StoreError> {
        self.pass(key, || self.inner.edition(key))
    }

    fn fetch_edition(&self, key: &str, edition: &Edition, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        self.pass(key, || self.inner.fetch_edition(key, edition, to))
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn link(&self, link: &str, folder: &str) -> Result<(), StoreError> {
        self.pass(link, || self.inner.link(link, folder))
    }

    fn mirror(&self, folder: &str, files: &[Mirrored]) -> Result<(), StoreError> {
        self.pass(folder, || self.inner.mirror(folder, files))
    }

    fn sweep(&self, prefix: &str, dry_run: bool) -> Result<Vec<Object>, StoreError> {
        self.pass(prefix, || self.inner.sweep(prefix, dry_run))
    }
}

/// Fails when it is finished on cue.
struct FaultyUpload<'s> {
    store: &'s FaultyStore<'s>,
    key: String,
    inner: Box<dyn Upload + 's>,
}

impl Write for FaultyUpload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Upload for FaultyUpload<'_> {
    fn finish(self: Box<Self>) -> Result<Creation, StoreError> {
        let Self { store, key, inner } = *self;
        store.pass(&key, || inner.finish())
    }
}
