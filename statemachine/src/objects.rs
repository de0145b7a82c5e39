//! Objects in buckets: the seam through which a Distributed Map reads its items and writes its results.
//!
//! Nothing here knows where objects are; whoever carries out the tasks hands them over, see [`Tasks::objects`].
//!
//! [`Tasks::objects`]: crate::Tasks::objects

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Reads and writes objects.
pub trait Objects: Send + Sync {
    /// Returns the bytes of an object.
    ///
    /// # Errors
    /// Fails when there is no such object, or it cannot be read.
    fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, ObjectError>;

    /// Returns the objects whose keys begin with a prefix, in the order of their keys.
    ///
    /// # Errors
    /// Fails when the bucket cannot be listed.
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectEntry>, ObjectError>;

    /// Writes an object, in place of one that is there.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), ObjectError>;
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Timestamp,
    /// Its storage class, such as `STANDARD`.
    pub storage_class: String,
}

/// Why an object could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object.
    #[error("the object '{key}' does not exist in bucket '{bucket}'")]
    Missing {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// The bucket cannot be used.
    #[error("bucket '{bucket}' cannot be used: {reason}")]
    Refused {
        /// The bucket.
        bucket: String,
        /// Why not.
        reason: String,
    },
}

/// No objects at all: every access is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObjects;

fn nowhere<T>(bucket: &str) -> Result<T, ObjectError> {
    Err(ObjectError::Refused { bucket: bucket.to_owned(), reason: "nothing on this machine holds objects".to_owned() })
}

impl Objects for NoObjects {
    fn get(&self, bucket: &str, _key: &str) -> Result<Vec<u8>, ObjectError> {
        nowhere(bucket)
    }

    fn list(&self, bucket: &str, _prefix: &str) -> Result<Vec<ObjectEntry>, ObjectError> {
        nowhere(bucket)
    }

    fn put(&self, bucket: &str, _key: &str, _body: &[u8]) -> Result<(), ObjectError> {
        nowhere(bucket)
    }
}

/// Objects that live as long as this value, for tests and replays. Every bucket is there.
///
/// ```
/// use carelake_statemachine::{Objects, ObjectsInMemory};
/// let objects = ObjectsInMemory::default();
/// objects.put("lake", "in/a.json", b"[1]").unwrap();
/// assert_eq!(objects.list("lake", "in/").unwrap()[0].size_bytes, 3);
/// assert!(objects.get("lake", "in/b.json").is_err());
/// ```
#[derive(Debug, Default)]
pub struct ObjectsInMemory(Mutex<BTreeMap<(String, String), Vec<u8>>>);

impl Objects for ObjectsInMemory {
    fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, ObjectError> {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (bucket.to_owned(), key.to_owned());
        objects.get(&place).cloned().ok_or(ObjectError::Missing { bucket: place.0, key: place.1 })
    }

    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectEntry>, ObjectError> {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = objects.iter().filter(|((of, key), _)| of == bucket && key.starts_with(prefix));
        Ok(fits.map(|((_, key), body)| entry(key, body)).collect())
    }

    fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), ObjectError> {
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.insert((bucket.to_owned(), key.to_owned()), body.to_owned());
        Ok(())
    }
}

fn entry(key: &str, body: &[u8]) -> ObjectEntry {
    use md5::{Digest, Md5};
    ObjectEntry {
        key: key.to_owned(),
        size_bytes: body.len().try_into().unwrap_or(u64::MAX),
        etag: Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect(),
        last_modified: Timestamp::UNIX_EPOCH,
        storage_class: "STANDARD".to_owned(),
    }
}
