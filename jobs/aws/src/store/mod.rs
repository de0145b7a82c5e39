//! A bucket, or what is below a prefix in it, as a store.
//!
//! Creating sends `If-None-Match: *` and replacing `If-Match`, so that S3 decides races. Every object that is written
//! carries the SHA-256 of its bytes and a mark of the call that wrote it; by these a call whose acknowledgement was lost
//! finds out that it was the one.

mod download;
mod fetch;
mod label;
mod list;
mod multipart;
mod progress;
mod sweep;
mod upload;
mod write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use aws_sdk_s3::Client;
use carelake_core::store::{Arrival, Creation, Edition, Label, Object, Store, StoreError, Upload, Version, check_key};
use fetch::{Fetched, Wanted};

use crate::client::Aws;
use crate::failure::Failure;

pub use download::Download;

/// Pieces of a copy that are fetched at a time: a connection gives about 90 MB a second, a large function has some 600.
const PARALLEL: usize = 8;

/// How the name of a state begins in a bucket that keeps no former ones.
const ETAG: &str = "etag:";

/// What is sent with every object that is written.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// The key that S3 encrypts with, as an ARN, id or alias of KMS; `None` leaves it to the bucket's default.
    pub kms_key: Option<String>,
    /// Tags of every object that is written, such as the run and the dataset. S3 takes at most ten.
    pub tags: Vec<(String, String)>,
}

/// A store in a bucket.
///
/// Cloning is cheap. A key is kept at `prefix/key`, or at `key` when the prefix is empty.
#[derive(Debug, Clone)]
pub struct S3Store {
    aws: Aws,
    place: Place,
    options: S3Options,
}

/// A bucket and the prefix that every key gets.
#[derive(Debug, Clone)]
struct Place {
    bucket: String,
    prefix: String,
    /// The version that is read; `None` reads the present one.
    version_id: Option<String>,
}

impl Place {
    /// Returns the key in the bucket.
    fn full(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    /// Returns the key in the store, if the key in the bucket is of this store.
    fn own(&self, full: &str) -> Option<String> {
        let key = if self.prefix.is_empty() { full } else { full.strip_prefix(&self.prefix)?.strip_prefix('/')? };
        // What is no key of ours, such as the marks that consoles make for folders, is nobody's object.
        check_key(key).is_ok().then(|| key.to_owned())
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// How a call inside the store can end badly.
#[derive(Debug)]
enum Trouble {
    /// Somebody else wrote.
    Conflict,
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl S3Store {
    /// Takes a bucket, and what keys begin with in it; slashes at the ends of the prefix do not count.
    #[must_use]
    pub fn new(aws: &Aws, bucket: &str, prefix: &str, options: S3Options) -> Self {
        let place = Place { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned(), version_id: None };
        Self { aws: aws.clone(), place, options }
    }

    /// Fetches an object into a file, in parallel, while the caller already reads what has come.
    ///
    /// The file is made or overwritten; it belongs to the caller, who removes it. At most `parallel` pieces of 8 MiB are
    /// in memory at a time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Full`] when the file has no room; another when the store or the file fails.
    /// What fails later is told by the [`Download`].
    pub fn download(&self, key: &str, to: &Path, parallel: usize) -> Result<Download, StoreError> {
        check_key(key)?;
        download::start(self, key, to, parallel)
    }

    fn gone(&self, key: &str) -> StoreError {
        StoreError::NotFound { place: self.describe(), key: key.to_owned() }
    }

    fn client(&self) -> &Client {
        &self.aws.s3
    }

    fn error(&self, action: &'static str, key: &str, trouble: impl Into<Trouble>) -> StoreError {
        match trouble.into() {
            Trouble::Conflict => StoreError::Conflict { place: self.describe(), key: key.to_owned() },
            Trouble::Failed(failure) => StoreError::from_io(action, &self.describe(), key, failure.into_io()),
        }
    }

    /// Carries out a call and waits for it.
    fn call<T: Send, F: Into<Trouble> + Send>(
        &self,
        action: &'static str,
        key: &str,
        call: impl Future<Output = Result<T, F>> + Send,
    ) -> Result<T, StoreError> {
        let done = self.aws.wait(call);
        let done = done.map_err(|cause| StoreError::from_io(action, &self.describe(), key, cause))?;
        done.map_err(|trouble| self.error(action, key, trouble))
    }

    fn get(&self, key: &str, wanted: Wanted) -> Result<Fetched, StoreError> {
        check_key(key)?;
        self.call("read", key, fetch::fetch(self.client(), &self.place, key, wanted, None))
    }
}

/// Checks that a prefix is empty or becomes a key when it ends.
fn check_prefix(prefix: &str) -> Result<(), StoreError> {
    if prefix.is_empty() { Ok(()) } else { check_key(prefix.strip_suffix('/').unwrap_or(prefix)) }
}

impl Store for S3Store {
    fn list(&self, prefix: &str) -> Result<Vec<Object>, StoreError> {
        check_prefix(prefix)?;
        self.call("list", prefix, list::list(self.client(), &self.place, prefix))
    }

    fn size(&self, key: &str) -> Result<u64, StoreError> {
        check_key(key)?;
        self.call("read", key, async {
            Ok::<_, Failure>(fetch::about(self.client(), &self.place, key).await?.size_bytes)
        })
    }

    fn read(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.get(key, Wanted::All)?.bytes)
    }

    fn read_range(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        if range.is_empty() {
            return self.size(key).map(|_| Vec::new());
        }
        Ok(self.get(key, Wanted::Range(range))?.bytes)
    }

    fn read_tail(&self, key: &str, length: u64) -> Result<(Vec<u8>, u64), StoreError> {
        if length == 0 {
            return self.size(key).map(|size| (Vec::new(), size));
        }
        let fetched = self.get(key, Wanted::Tail(length))?;
        Ok((fetched.bytes, fetched.size_bytes))
    }

    fn read_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        match self.get(key, Wanted::All) {
            Ok(fetched) => Ok(Some((fetched.bytes, Version::new(fetched.etag)))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<Creation, StoreError> {
        check_key(key)?;
        self.call("write", key, write::create(self, key, bytes, &Label::default()))
    }

    fn create_labelled(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        check_key(key)?;
        self.call("write", key, write::create(self, key, bytes, label))
    }

    fn label(&self, key: &str) -> Result<Label, StoreError> {
        check_key(key)?;
        self.call("read the label of", key, label::read(self, key))
    }

    fn upload(&self, key: &str) -> Result<Box<dyn Upload + '_>, StoreError> {
        check_key(key)?;
        Ok(Box::new(upload::Growing::new(self, key)))
    }

    fn replace(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError> {
        check_key(key)?;
        self.call("write", key, write::replace(self, key, expected, bytes))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        check_key(key)?;
        let call = self.client().delete_object().bucket(&self.place.bucket).key(self.place.full(key));
        self.call("delete", key, async {
            match call.send().await.map_err(|error| Failure::of(&error)) {
                Err(failure) if !failure.is_not_found() => Err(failure),
                _ => Ok(()),
            }
        })
    }

    fn local_path(&self, _key: &str) -> Option<PathBuf> {
        None
    }

    fn fetch(&self, key: &str, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        Ok(Box::new(self.download(key, to, PARALLEL)?))
    }

    fn edition(&self, key: &str) -> Result<Edition, StoreError> {
        check_key(key)?;
        let about = self.call("read", key, fetch::about(self.client(), &self.place, key))?;
        Ok(Edition::new(about.version_id.unwrap_or(format!("{ETAG}{}", about.etag))))
    }

    fn fetch_edition(&self, key: &str, edition: &Edition, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
        check_key(key)?;
        if let Some(etag) = edition.name().strip_prefix(ETAG) {
            // A bucket that keeps no former states has the present one or none.
            let download = self.download(key, to, PARALLEL)?;
            let is_meant = download.etag() == etag;
            return if is_meant { Ok(Box::new(download)) } else { Err(self.gone(key)) };
        }
        let place = Place { version_id: Some(edition.name().to_owned()), ..self.place.clone() };
        match (Self { place, ..self.clone() }).download(key, to, PARALLEL) {
            Ok(download) => Ok(Box::new(download)),
            Err(error) => Err(error),
        }
    }

    fn describe(&self) -> String {
        self.place.to_string()
    }

    /// Aborts uploads of many parts that were never completed. S3 cannot tell whether somebody still works at one.
    fn sweep(&self, prefix: &str, dry_run: bool) -> Result<Vec<Object>, StoreError> {
        check_prefix(prefix)?;
        self.call("sweep", prefix, sweep::sweep(self.client(), &self.place, prefix, dry_run))
    }
}
