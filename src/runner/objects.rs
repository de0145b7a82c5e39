//! The places of the lake as buckets, from which a Distributed Map reads its items and to which it writes its results.

use std::io;
use std::path::Path;
use std::sync::Arc;

use carelake_core::causes;
use carelake_core::store::{LocalStore, Object, Store, StoreError};
use carelake_statemachine::{ObjectEntry, ObjectError, Objects};

use super::rooms::PLACES;
use crate::lake::Lake;

/// Stores by the names of their buckets.
#[derive(Debug)]
pub(crate) struct Buckets(Vec<(String, Arc<dyn Store>)>);

impl Buckets {
    pub(super) fn of(lake: &Lake) -> Self {
        let stores = [&lake.input, &lake.output, &lake.rejects].map(Arc::clone);
        Self(PLACES.into_iter().map(|(_, bucket)| bucket.to_owned()).zip(stores).collect())
    }

    /// Takes the folders in a folder, each as a bucket of its name.
    pub(crate) fn below(folder: &Path) -> io::Result<Self> {
        let mut buckets: Vec<(String, Arc<dyn Store>)> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_dir()) {
                buckets.push((name.to_owned(), Arc::new(LocalStore::new(path.clone()))));
            }
        }
        buckets.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self(buckets))
    }

    fn store(&self, bucket: &str) -> Result<&dyn Store, ObjectError> {
        let found = self.0.iter().find(|(name, _)| name == bucket);
        found.map(|(_, store)| &**store).ok_or_else(|| ObjectError::Refused {
            bucket: bucket.to_owned(),
            reason: format!(
                "this machine has the buckets {} only",
                self.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
            ),
        })
    }
}

fn refused(bucket: &str, error: &StoreError) -> ObjectError {
    ObjectError::Refused { bucket: bucket.to_owned(), reason: causes(error) }
}

impl Objects for Buckets {
    fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, ObjectError> {
        self.store(bucket)?.read(key).map_err(|error| match error.is_not_found() {
            true => ObjectError::Missing { bucket: bucket.to_owned(), key: key.to_owned() },
            false => refused(bucket, &error),
        })
    }

    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectEntry>, ObjectError> {
        let objects = self.store(bucket)?.list(prefix).map_err(|error| refused(bucket, &error))?;
        Ok(objects.into_iter().map(entry).collect())
    }

    fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), ObjectError> {
        let store = self.store(bucket)?;
        let write = || {
            let there = store.read_versioned(key)?;
            store.replace(key, there.as_ref().map(|(_, version)| version), body)
        };
        write().map(drop).map_err(|error| refused(bucket, &error))
    }
}

/// A folder knows no entity tag: what tells two states of a file apart stands for it.
fn entry(object: Object) -> ObjectEntry {
    ObjectEntry {
        etag: format!("{:x}-{:x}", object.modified.as_nanosecond(), object.size_bytes),
        key: object.key,
        size_bytes: object.size_bytes,
        last_modified: object.modified,
        storage_class: "STANDARD".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_files_of_the_places_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let buckets = Buckets(
            ["input", "output", "rejects"]
                .map(|name| {
                    let store: Arc<dyn Store> = Arc::new(LocalStore::new(folder.path().join(name)));
                    (name.to_owned(), store)
                })
                .to_vec(),
        );
        for body in ["[1]", "[1, 2]"] {
            buckets.put("output", "in/items.json", body.as_bytes()).unwrap();
            assert_eq!(buckets.get("output", "in/items.json").unwrap(), body.as_bytes());
        }
        let listed = buckets.list("output", "in/").unwrap();
        assert_eq!(
            listed.iter().map(|it| (it.key.as_str(), it.size_bytes)).collect::<Vec<_>>(),
            [("in/items.json", 6)]
        );
        assert!(matches!(buckets.get("output", "in/none.json"), Err(ObjectError::Missing { .. })));
        let refused = buckets.get("elsewhere", "in/items.json").unwrap_err().to_string();
        assert!(refused.contains("input, output, rejects"), "{refused}");
    }
}
