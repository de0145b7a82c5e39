//! A file that a person names, and an object that an event names: kept or kept already, and hashed.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use carelake_arrivals::events::Object;
use carelake_core::ErrorKind;
use carelake_core::hex;
use carelake_core::store::{Edition, Store};
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::landing::{Landed, Stamp};
use super::taking::take;
use super::whole::Whole;
use crate::deliveries::Arrival;
use crate::error::IntakeError;

/// Bytes of a file that are read at a time.
const PIECE: usize = 1 << 20;
/// Bytes of an object that is copied to be hashed, at most: the disk of a function holds 10 GiB.
const COPIED_BYTES: u64 = 8 << 30;
/// Bytes of a larger one that are asked for at once.
const RANGE_BYTES: u64 = 32 << 20;

/// Keeps a file that a person names. `at` is when it arrived, where that is not the time of the file.
///
/// # Errors
/// `InputMissing` when it cannot be read or changes meanwhile; `Storage` when it cannot be kept.
pub fn of_file(
    raw: &dyn Store,
    path: &Path,
    (partner, name): (String, String),
    at: Option<Timestamp>,
) -> Result<Arrival, Failure> {
    let missing = |why: String| Failure::new(ErrorKind::INPUT_MISSING, format!("{}: {why}", path.display()));
    // Whoever names a link means what it leads to; only of what lies in a landing folder links are not followed.
    let path = path.canonicalize().map_err(|error| missing(error.to_string()))?;
    let about = path.metadata().map_err(|error| missing(error.to_string()))?;
    let file = Landed { partner, name, path, stamp: Stamp::of(&about) };
    let taken = take(&Whole { file, control: None }, raw).map_err(|error| missing(carelake_core::causes(&error)))?;
    let arrival = taken.ok_or_else(|| missing("is being written; give it again when it is whole".to_owned()))?;
    Ok(match at {
        Some(at) => Arrival { version: format!("{at}-{}", arrival.size_bytes), modified: at, ..arrival },
        None => arrival,
    })
}

/// Hashes an object, which is its own raw copy, as it was when the event tells of: it may have been replaced since.
///
/// # Errors
/// `Storage` when it cannot be read.
pub fn of_object(
    raw: &dyn Store,
    object: &Object,
    (key, partner, name): (String, String, String),
    scratch: &Path,
) -> Result<Arrival, IntakeError> {
    let edition = match &object.version {
        Some(version) => Edition::new(version),
        None => raw.edition(&key)?,
    };
    let modified = match object.at {
        Some(at) => at,
        None => {
            raw.list(&key)?.into_iter().find(|one| one.key == key).map_or(Timestamp::UNIX_EPOCH, |one| one.modified)
        }
    };
    let (sha256, size_bytes) = if object.bytes.is_some_and(|bytes| bytes > COPIED_BYTES) {
        hash_in_place(raw, &key, &edition, RANGE_BYTES)?
    } else {
        hash_of(&copied(raw, &key, &edition, scratch)?).map_err(IntakeError::Read)?
    };
    Ok(Arrival {
        partner,
        name,
        version: version_of(object),
        raw: key,
        edition: Some(edition.name().to_owned()),
        sha256,
        size_bytes,
        modified,
        control: None,
    })
}

/// Returns the hash of a file and its length.
fn hash_of(path: &Path) -> io::Result<(String, u64)> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let (mut hash, mut size_bytes) = (Sha256::new(), 0);
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok((hex(&hash.finalize()), size_bytes));
        }
        hash.update(piece);
        let length = piece.len();
        size_bytes += u64::try_from(length).unwrap_or_default();
        file.consume(length);
    }
}

/// Returns the hash of an object that no disk here holds, and its length. Ranges are those of the object as it is now: what is read is
/// only what was meant if the object was in that state before and after.
fn hash_in_place(
    raw: &dyn Store,
    key: &str,
    edition: &Edition,
    range_bytes: u64,
) -> Result<(String, u64), IntakeError> {
    let is_meant = || raw.edition(key).map(|now| now == *edition);
    if is_meant()? {
        let (mut hash, mut at, end) = (Sha256::new(), 0, raw.size(key)?);
        while at < end {
            let next = (at + range_bytes).min(end);
            hash.update(raw.read_range(key, at..next)?);
            at = next;
        }
        if is_meant()? {
            return Ok((hex(&hash.finalize()), end));
        }
    }
    let why = "it was replaced before it was read, and is too large to be copied; what replaced it arrives by itself";
    Err(IntakeError::Read(io::Error::other(why)))
}

/// Returns what tells the state of an object that an event is about from others: its version, where the bucket keeps versions.
#[must_use]
pub fn version_of(object: &Object) -> String {
    object.version.clone().or_else(|| object.sequencer.clone()).unwrap_or_default()
}

/// Copies an object in one state to a file that goes again.
pub(crate) fn copied(raw: &dyn Store, key: &str, edition: &Edition, scratch: &Path) -> Result<TempPath, IntakeError> {
    std::fs::create_dir_all(scratch).map_err(IntakeError::Read)?;
    let copy = tempfile::NamedTempFile::new_in(scratch).map_err(IntakeError::Read)?.into_temp_path();
    raw.fetch_edition(key, edition, &copy)?.wait(u64::MAX)?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use carelake_core::store::LocalStore;

    use super::*;

    fn object(bytes: u64, version: Option<&str>) -> Object {
        Object {
            bucket: "raw".to_owned(),
            key: "intake/bay/a.csv".to_owned(),
            is_there: true,
            bytes: Some(bytes),
            version: version.map(str::to_owned),
            at: None,
            sequencer: None,
        }
    }

    #[test]
    fn an_object_that_no_disk_holds_is_hashed_where_it_lies_unless_it_was_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path().join("raw"));
        let (key, content) = ("intake/bay/a.csv", b"id\n1\n2\n3\n4\n");
        store.create(key, content).unwrap();
        // Nothing can be copied there.
        let scratch = folder.path().join("scratch");
        std::fs::write(&scratch, "").unwrap();
        let named = || (key.to_owned(), "bay".to_owned(), "a.csv".to_owned());
        let large = of_object(&store, &object(COPIED_BYTES + 1, None), named(), &scratch).unwrap();
        let hash = (hex(&Sha256::digest(content)), content.len() as u64);
        assert_eq!((large.sha256.clone(), large.size_bytes), hash);
        for range_bytes in [1, 5, 11, 12] {
            let edition = store.edition(key).unwrap();
            assert_eq!(hash_in_place(&store, key, &edition, range_bytes).unwrap(), hash, "{range_bytes}");
        }
        assert!(of_object(&store, &object(COPIED_BYTES, None), named(), &scratch).is_err());
        std::fs::remove_file(&scratch).unwrap();
        let copied = of_object(&store, &object(COPIED_BYTES, None), named(), &scratch).unwrap();
        assert_eq!(copied, large);
        let gone = object(COPIED_BYTES + 1, Some("an earlier state"));
        let error = of_object(&store, &gone, named(), &scratch).unwrap_err();
        assert!(carelake_core::causes(&error).contains("it was replaced before it was read"), "{error:?}");
    }
}
