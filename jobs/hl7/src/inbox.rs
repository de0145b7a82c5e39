//! Files of messages that arrive by themselves: each is taken once, as [`load`] takes it, and what came of it is kept.

use std::io::{self, Read};

use carelake_core::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Arrived, Catalog};
use crate::load::{LoadError, Loaded, load};
use crate::receive::NotTaken;
use crate::world::{Hl7Error, World};

/// Where they arrive, in the place of what is received.
pub const INBOX: &str = "hl7/drop/";

/// How old a file must be: who writes it is done by then, or goes on.
const SETTLED: SignedDuration = SignedDuration::from_secs(5);
/// How the names of files end that are still being written.
const UNFINISHED: [&str; 4] = [".part", ".filepart", ".tmp", ".crdownload"];
/// Bytes of a file that are read at once.
const PART: u64 = 4 << 20;

/// Returns whether a file is one that has arrived, by its name.
#[must_use]
pub fn is_whole(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    !last.is_empty() && !last.starts_with(['.', '_']) && !UNFINISHED.iter().any(|ending| last.ends_with(ending))
}

/// Returns whether nobody has written a file for a while.
#[must_use]
pub fn is_settled(modified: Timestamp, now: Timestamp) -> bool {
    now.duration_since(modified) >= SETTLED
}

/// Takes a file unless this version of it was taken; answers what came of it. Which version it is, its place says: a file that is written
/// anew has another.
///
/// # Errors
/// [`LoadError`]: what came before is taken, and taking the file again takes the rest.
pub fn take(world: &World<'_>, name: &str, version: &str, from: impl Read) -> Result<Option<Loaded>, LoadError> {
    let catalog = Catalog::of(world);
    let failed = |cause: Hl7Error| NotTaken { is_durable: false, cause };
    let known = catalog.arrived(name).map_err(|cause| failed(cause.into()))?;
    if known.is_some_and(|known| known.version == version) {
        return Ok(None);
    }
    let loaded = load(world, name, from, "inbox")?;
    let arrived = Arrived { version: version.to_owned(), at: world.time(), loaded: loaded.clone() };
    catalog.note_arrived(name, &arrived).map_err(|cause| failed(cause.into()))?;
    Ok(Some(loaded))
}

/// Takes what lies in the place of what is received and was not taken; answers what came of each file.
///
/// # Errors
/// [`LoadError`] of the first file that cannot be taken to its end.
pub fn take_all(world: &World<'_>) -> Result<Vec<Loaded>, LoadError> {
    let failed = |cause: StoreError| NotTaken { is_durable: false, cause: cause.into() };
    let mut taken = Vec::new();
    for object in world.raw.list(INBOX).map_err(failed)? {
        if is_whole(&object.key) && is_settled(object.modified, world.time()) {
            let version = format!("{} of {}", object.size_bytes, object.modified);
            taken.extend(take(world, &object.key, &version, Parts::of(world.raw, &object.key).map_err(failed)?)?);
        }
    }
    Ok(taken)
}

/// An object of a store, part after part, so that memory does not grow with it.
pub(crate) struct Parts<'s> {
    store: &'s dyn Store,
    key: &'s str,
    size: u64,
    next: u64,
    part: Vec<u8>,
    at: usize,
}

impl<'s> Parts<'s> {
    pub(crate) fn of(store: &'s dyn Store, key: &'s str) -> Result<Self, StoreError> {
        Ok(Self { store, key, size: store.size(key)?, next: 0, part: Vec::new(), at: 0 })
    }
}

impl Read for Parts<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.part.len() && self.next < self.size {
            let end = (self.next + PART).min(self.size);
            let read = self.store.read_range(self.key, self.next..end);
            self.part = read.map_err(|error| io::Error::other(carelake_core::causes(&error)))?;
            if self.part.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            (self.next, self.at) = (self.next + self.part.len() as u64, 0);
        }
        let count = self.part.get(self.at..).unwrap_or_default().read(into)?;
        self.at += count;
        Ok(count)
    }
}
