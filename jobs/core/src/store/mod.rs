//! Where bytes are kept: a folder on this machine, or a bucket on S3.
//!
//! A [`Store`] maps keys to bytes. It knows how to create without overwriting and how to replace without losing a race,
//! because publishing is built on these two. It knows nothing of publications. [`LocalStore`] is the one in this crate;
//! With the feature `testsuite`, `contract` says in runnable form what every implementation must do, and `FaultyStore` makes any of them
//! fail on cue.

mod arrival;
#[cfg(any(test, feature = "testsuite"))]
pub mod contract;
mod error;
#[cfg(any(test, feature = "testsuite"))]
mod faulty;
mod key;
mod label;
mod local;
mod odd;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use arrival::{Arrival, Here};
pub use error::StoreError;
#[cfg(any(test, feature = "testsuite"))]
pub use faulty::{FaultyStore, Moment};
pub use key::check_key;
use key::check_prefix;
pub use label::{Edition, Label, Upload};
pub use local::LocalStore;
pub use odd::Odd;

/// Something that is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The key: parts separated by `/`, none at either end.
    pub key: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last written, by the clock of the store.
    pub modified: Timestamp,
}

/// One file of a folder that shows objects under other names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored {
    /// The object.
    pub key: String,
    /// Where it is shown, from the folder.
    pub path: String,
}

/// What creating found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// Nothing was there; it is now.
    Created,
    /// The very same bytes were there already: an earlier attempt wrote them, or an acknowledgement was lost.
    AlreadyIdentical,
}

/// Which state of an object was read. Opaque: only the store that gave it can read it (an `ETag` on S3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// Takes a store's own tag.
    #[must_use]
    pub fn new(tag: impl Into<String>) -> Self {
        Self(tag.into())
    }

    /// Returns the store's own tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }
}

/// Keeps bytes under keys. Calls block; several threads and processes may call at once.
///
/// A key that is not [valid](check_key) is an error in every call.
pub trait Store: Send + Sync + fmt::Debug {
    /// Returns every object whose key starts with `prefix`, sorted by key. Folders have no meaning of their own.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read. A store that is not there yet is empty, not an error.
    fn list(&self, prefix: &str) -> Result<Vec<Object>, StoreError>;

    /// Returns what has a key under `prefix` and is no object, though it may look like one where the store is a folder.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn odd(&self, prefix: &str) -> Result<Vec<(String, Odd)>, StoreError> {
        check_prefix(prefix)?;
        Ok(Vec::new())
    }

    /// Returns the size of an object in bytes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read.
    fn size(&self, key: &str) -> Result<u64, StoreError>;

    /// Returns the bytes of an object.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read.
    fn read(&self, key: &str) -> Result<Vec<u8>, StoreError>;

    /// Returns some bytes of an object; fewer than asked for when it ends before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read.
    fn read_range(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError>;

    /// Returns the last `length` bytes of an object, all of them when it is shorter, and its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read.
    fn read_tail(&self, key: &str, length: u64) -> Result<(Vec<u8>, u64), StoreError>;

    /// Returns the bytes of an object and which state of it they are; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn read_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError>;

    /// Writes an object that must not be there yet. When this returns, the bytes survive a power cut.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other bytes are there; another when the store cannot be written.
    fn create(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError>;

    /// Writes an object as [`Store::create`] does, with something beside its bytes. Of an object that was there already the label
    /// stays as it is.
    ///
    /// # Errors
    /// As [`Store::create`].
    fn create_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError>;

    /// Returns what is kept with an object beside its bytes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read.
    fn label(&self, key: &str) -> Result<Label, StoreError>;

    /// Begins an object whose bytes come one after another, more of them than memory holds. Nothing is kept on the way but what is
    /// under way, and on S3 no disk is used.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn upload(&self, key: &str) -> Result<Box<dyn Upload + '_>, StoreError>;

    /// Writes an object as [`Store::create`] does, but lets it survive a power cut only when [`Store::settle`] has returned:
    /// for the many files of one run, which count for nothing before all of them are there.
    ///
    /// # Errors
    /// As [`Store::create`].
    fn stage(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.create(key, bytes)
    }

    /// Writes an object as [`Store::create`] does, but need not show it before [`Store::settle`] has returned, here or in the next
    /// process: for many small objects of which each must survive a power cut before its writer goes on. Of several writers at
    /// once, a store that is a folder makes them wait for one flush.
    ///
    /// # Errors
    /// As [`Store::create`].
    fn keep(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        self.create(key, bytes)
    }

    /// Writes an object as [`Store::stage`] does, with something beside its bytes.
    ///
    /// # Errors
    /// As [`Store::create`].
    fn stage_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.create_labelled(key, bytes, label)
    }

    /// Writes an object as [`Store::keep`] does, with something beside its bytes. Of several writers of the same bytes one label stays.
    ///
    /// # Errors
    /// As [`Store::create`].
    fn keep_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        self.create_labelled(key, bytes, label)
    }

    /// Waits until everything that was staged survives a power cut, and shows what was kept.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Replaces an object if it is still in the state that was read; `None` means that there was none. Of several callers
    /// with the same `expected` one wins. When this returns, the bytes survive a power cut.
    ///
    /// A store whose acknowledgement can be lost may answer `Conflict` although it replaced: read again before giving up.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it was replaced, created or deleted in between; another when the store cannot be
    /// written.
    fn replace(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError>;

    /// Deletes an object. One that is not there is not an error.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Returns where an object can be read, or mapped, as a local file without copying it; `None` on a remote store.
    fn local_path(&self, key: &str) -> Option<PathBuf>;

    /// Copies an object to a file of this machine that is there and empty, and answers a handle that tells how far it has
    /// come; copying may go on behind it. The file has the length of the object when this returns.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read or the file not written.
    fn fetch(&self, key: &str, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        arrival::copy(self, key, to)
    }

    /// Returns which state an object is in, to be read later whatever becomes of it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or another when the store cannot be read.
    fn edition(&self, key: &str) -> Result<Edition, StoreError>;

    /// Copies an object as [`Store::fetch`] does, in the state that is meant, whatever it is in now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the store no longer has that state, or another as [`Store::fetch`].
    fn fetch_edition(&self, key: &str, edition: &Edition, to: &Path) -> Result<Box<dyn Arrival>, StoreError>;

    /// Returns where the store is, for people.
    fn describe(&self) -> String;

    /// Lets the name `link` stand for the folder `folder`, for readers who want a path; the change is atomic. A folder without
    /// objects is there for them too, empty. Nothing is done when it already does, nor by stores that have no paths.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn link(&self, link: &str, folder: &str) -> Result<(), StoreError> {
        check_key(link)?;
        check_key(folder)
    }

    /// Shows objects under other names in a folder, which then holds these and nothing else, for readers who want a path. Where the
    /// store can, the bytes are not there twice. Nothing is done by stores that have no paths.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when an object is not there, or another when the store cannot be written.
    fn mirror(&self, folder: &str, files: &[Mirrored]) -> Result<(), StoreError> {
        check_key(folder)?;
        files.iter().try_for_each(|file| check_key(&file.key).and(check_key(&file.path)))
    }

    /// Finds, and unless `dry_run` removes, what writers that were killed left behind under `prefix`. What a live writer
    /// holds is spared where the store can tell; the caller makes sure that nobody writes under the prefix where it cannot.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or written.
    fn sweep(&self, prefix: &str, dry_run: bool) -> Result<Vec<Object>, StoreError>;
}
