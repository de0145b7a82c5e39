//! Taking a file: its bytes are hashed and kept before anything else happens.
//!
//! The raw copy is a copy. A link to the file would not stay what it is when the partner writes over the file in place.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use carelake_core::hex;
use carelake_core::store::{Store, StoreError, check_key};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::Xxh3;

use super::landing::{Landed, Stamp};
use super::whole::Whole;
use crate::deliveries::{Arrival, Control};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;
/// The most that is read of a control file.
const CONTROL_BYTES: u64 = 64 << 10;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakingError {
    /// The raw copy could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be read.
    #[error("a file in the landing folder of {partner} cannot be read; check its owner and permissions")]
    Unreadable {
        /// The folder of the partner.
        partner: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// Hashes and keeps a file. Answers nothing where the file is no longer what it was when it was found: it is not whole.
///
/// # Errors
/// [`TakingError`] when it cannot be read, or the copy not be written.
pub fn take(whole: &Whole, raw: &dyn Store) -> Result<Option<Arrival>, TakingError> {
    let Whole { file, control } = whole;
    let unreadable = |cause| TakingError::Unreadable { partner: file.partner.clone(), cause };
    let control = match control {
        Some(control) => match read_control(control).map_err(unreadable)? {
            Some(control) => Some(control),
            None => return Ok(None),
        },
        None => None,
    };
    let mut sha256 = Sha256::new();
    let hashed = read(file, |bytes| {
        sha256.update(bytes);
        Ok(())
    });
    let Some(content) = hashed.map_err(unreadable)? else { return Ok(None) };
    let sha256 = hex(&sha256.finalize());
    let key = raw_key(&file.partner, &sha256);
    if !is_kept(raw, &key, file.stamp.size_bytes)? {
        let mut upload = raw.upload(&key)?;
        let mut copy = Copying { into: &mut upload, failed: None };
        let copied = read(file, |bytes| copy.write_all(bytes));
        if let Some(cause) = copy.failed {
            return Err(StoreError::from_io("write", &raw.describe(), &key, cause).into());
        }
        if copied.map_err(unreadable)? != Some(content) {
            return Ok(None);
        }
        upload.finish()?;
    }
    Ok(Some(Arrival {
        partner: file.partner.clone(),
        name: file.name.clone(),
        version: file.stamp.version(),
        raw: key,
        edition: None,
        sha256,
        size_bytes: file.stamp.size_bytes,
        modified: file.stamp.modified,
        control,
    }))
}

/// Returns where the raw copy of a file is kept. A folder that cannot be a part of a key is `_`; so is none.
#[must_use]
pub fn raw_key(partner: &str, sha256: &str) -> String {
    let key = format!("intake/{partner}/{sha256}");
    if check_key(&key).is_ok() { key } else { format!("intake/_/{sha256}") }
}

fn is_kept(raw: &dyn Store, key: &str, size_bytes: u64) -> Result<bool, StoreError> {
    match raw.size(key) {
        Ok(size) => Ok(size == size_bytes),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a file through, and returns what tells its bytes from those of another reading, if the file is in the state that it was
/// found in, before and after.
fn read(file: &Landed, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Option<u128>> {
    let Some(mut open) = open(file)? else { return Ok(None) };
    let (mut content, mut piece, mut size) = (Xxh3::new(), vec![0; PIECE], 0);
    loop {
        let read = match open.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = piece.get(..read).unwrap_or_default();
        content.update(bytes);
        take(bytes)?;
        size += read as u64;
    }
    let is_same = size == file.stamp.size_bytes && Stamp::of(&open.metadata()?) == file.stamp;
    Ok(is_same.then(|| content.digest128()))
}

/// Opens a file if it is the one that was found: not another that took its name, nor a link that did.
fn open(file: &Landed) -> io::Result<Option<File>> {
    match unless_gone(File::open(&file.path))? {
        Some(open) if Stamp::of(&open.metadata()?) == file.stamp && is_no_link(&file.path)? => Ok(Some(open)),
        _ => Ok(None),
    }
}

fn is_no_link(path: &Path) -> io::Result<bool> {
    Ok(unless_gone(path.symlink_metadata())?.is_some_and(|about| about.is_file()))
}

fn read_control(control: &Landed) -> io::Result<Option<Control>> {
    let Some(open) = open(control)? else { return Ok(None) };
    let mut bytes = Vec::new();
    open.take(CONTROL_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(Control::read(&String::from_utf8_lossy(&bytes))))
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Writes, and keeps the error apart from those of reading.
struct Copying<'c> {
    into: &'c mut dyn Write,
    failed: Option<io::Error>,
}

impl Write for Copying<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.into.write(bytes).map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}
