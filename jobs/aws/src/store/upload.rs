//! Objects that come piece by piece: parts are sent while the next is filled, and a small object is written at once.

use std::io::{self, Write};

use aws_sdk_s3::types::CompletedPart;
use bytes::Bytes;
use carelake_core::hex;
use carelake_core::store::{Creation, Label, StoreError, Upload};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::fetch::{self, Wanted};
use super::multipart::{self, PARALLEL, PART_BYTES, Parts};
use super::write::{self, Stamp};
use super::{S3Store, Trouble};
use crate::failure::Failure;

/// Parts of one size, after which they are twice as large: ten thousand of them hold more than S3 lets an object have.
const PARTS_OF_A_SIZE: usize = 1500;
/// Bytes of a stored object that are read at a time, to compare it.
const PIECE: u64 = 8 << 20;

/// An object that grows. At most `PARALLEL` parts and the one that is being filled are in memory.
pub(super) struct Growing<'s> {
    store: &'s S3Store,
    key: String,
    filling: Vec<u8>,
    hash: Sha256,
    size_bytes: u64,
    sending: Option<Sending>,
}

/// What was begun on S3.
struct Sending {
    parts: Parts,
    stamp: Stamp,
    under_way: JoinSet<Result<CompletedPart, Failure>>,
    sent: Vec<CompletedPart>,
    begun: i32,
}

impl<'s> Growing<'s> {
    pub(super) fn new(store: &'s S3Store, key: &str) -> Self {
        let hash = Sha256::new();
        Self { store, key: key.to_owned(), filling: Vec::new(), hash, size_bytes: 0, sending: None }
    }

    fn part_bytes(&self) -> usize {
        let begun = self.sending.as_ref().map_or(0, |sending| sending.begun);
        PART_BYTES << (usize::try_from(begun).unwrap_or_default() / PARTS_OF_A_SIZE)
    }

    /// Sends what is filled.
    fn send(&mut self) -> Result<(), StoreError> {
        let (store, part) = (self.store, Bytes::from(std::mem::take(&mut self.filling)));
        let (key, sending) = (self.key.as_str(), &mut self.sending);
        store.call("write", key, async {
            let sending = match sending {
                Some(sending) => sending,
                None => sending.insert(Sending::begin(store, key).await?),
            };
            sending.send(part).await
        })
    }

    /// Returns whether the object that is there has our bytes.
    async fn is_same(&self, sha256: &str) -> Result<Option<bool>, Failure> {
        let (client, place) = (self.store.client(), &self.store.place);
        let about = match fetch::about(client, place, &self.key).await {
            Ok(about) => about,
            Err(failure) if failure.is_not_found() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let is_ours = self.sending.as_ref().is_some_and(|sending| about.mark.as_ref() == Some(&sending.stamp.mark));
        if is_ours || about.size_bytes != self.size_bytes {
            return Ok(Some(is_ours));
        }
        if let Some(found) = about.sha256 {
            return Ok(Some(found == sha256));
        }
        let (mut hash, mut at) = (Sha256::new(), 0);
        while at < about.size_bytes {
            let range = Wanted::Range(at..about.size_bytes.min(at + PIECE));
            let piece = fetch::fetch(client, place, &self.key, range, Some(&about.etag)).await?;
            hash.update(&piece.bytes);
            at += piece.bytes.len() as u64;
        }
        Ok(Some(hex(&hash.finalize()) == sha256))
    }

    async fn complete(&mut self) -> Result<Creation, Trouble> {
        let sha256 = hex(&self.hash.clone().finalize());
        let Some(mut sending) = self.sending.take() else {
            return write::create(self.store, &self.key, &self.filling, &Label::default()).await;
        };
        let completed = sending.complete(std::mem::take(&mut self.filling)).await;
        let parts = sending.parts.clone();
        self.sending = Some(sending);
        let failure = match completed {
            Ok(()) => return Ok(Creation::Created),
            Err(failure) => failure,
        };
        // The acknowledgement may be all that was lost: then the object is ours, or there already.
        let lost = failure.is_precondition() || failure.is_at_once();
        let found = self.is_same(&sha256).await;
        if !matches!(found, Ok(Some(true))) || lost {
            let _ = parts.abort().await;
        }
        match found {
            Ok(Some(true)) => Ok(Creation::AlreadyIdentical),
            Ok(Some(false)) if lost => Err(Trouble::Conflict),
            Err(other) if lost => Err(other.into()),
            _ => Err(failure.into()),
        }
    }
}

impl Sending {
    async fn begin(store: &S3Store, key: &str) -> Result<Self, Failure> {
        let stamp = Stamp::unhashed(store, &Label::default());
        let parts = multipart::begin(store, key, &stamp).await?;
        Ok(Self { parts, stamp, under_way: JoinSet::new(), sent: Vec::new(), begun: 0 })
    }

    async fn send(&mut self, part: Bytes) -> Result<(), Failure> {
        self.begun += 1;
        self.under_way.spawn(self.parts.send(self.begun, part));
        while self.under_way.len() >= PARALLEL {
            self.wait().await?;
        }
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), Failure> {
        match self.under_way.join_next().await {
            Some(Ok(part)) => self.sent.push(part?),
            Some(Err(_)) => return Err(Failure::Broken("sending a part was given up")),
            None => {}
        }
        Ok(())
    }

    async fn complete(&mut self, last: Vec<u8>) -> Result<(), Failure> {
        if !last.is_empty() {
            self.send(last.into()).await?;
        }
        while !self.under_way.is_empty() {
            self.wait().await?;
        }
        self.sent.sort_by_key(|part| part.part_number);
        multipart::complete(&self.parts, std::mem::take(&mut self.sent)).await
    }
}

impl Write for Growing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.part_bytes().saturating_sub(self.filling.len()).max(1);
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or(bytes);
        self.filling.extend_from_slice(taken);
        self.hash.update(taken);
        self.size_bytes += taken.len() as u64;
        if self.filling.len() >= self.part_bytes() {
            self.send().map_err(io::Error::other)?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for Growing<'_> {
    fn finish(mut self: Box<Self>) -> Result<Creation, StoreError> {
        let (store, key) = (self.store, self.key.clone());
        let done = store.call("write", &key, self.complete());
        self.sending = None;
        done
    }
}

impl Drop for Growing<'_> {
    /// Throws away what was sent of an object that is given up. What cannot be thrown away now stays for `sweep`.
    fn drop(&mut self) {
        if let Some(Sending { parts, mut under_way, .. }) = self.sending.take() {
            let _ = self.store.aws.wait(async {
                under_way.shutdown().await;
                parts.abort().await
            });
        }
    }
}
