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
    let copy = copied(raw, &key, &edition, scratch)?;
    let (sha256, size_bytes) = hash_of(&copy).map_err(IntakeError::Read)?;
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
