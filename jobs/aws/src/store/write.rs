//! Creating and replacing objects: who wins is decided by S3, and a lost acknowledgement is found out.

use std::collections::HashMap;
use std::fmt::Write;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use bytes::Bytes;
use carelake_core::hex;
use carelake_core::store::{Creation, Label, Version};
use sha2::{Digest, Sha256};

use super::fetch::{self, Wanted};
use super::{S3Store, Trouble, multipart};
use crate::attempts;
use crate::failure::Failure;

/// The metadata with the SHA-256 of the bytes, in hexadecimal.
pub(super) const SHA256: &str = "carelake-sha256";
/// The metadata with the mark of the call that wrote the object.
pub(super) const MARK: &str = "carelake-write";

/// What is written with an object.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    pub(super) sha256: String,
    pub(super) mark: String,
    pub(super) encryption: Option<ServerSideEncryption>,
    pub(super) kms_key: Option<String>,
    pub(super) tagging: Option<String>,
    /// What the caller keeps with the object, and of ours the hash, where it is known before the bytes are sent, and the mark.
    pub(super) metadata: HashMap<String, String>,
}

impl Stamp {
    fn new(store: &S3Store, bytes: &[u8], label: &Label) -> Self {
        let sha256 = hex(&Sha256::digest(bytes));
        let mut stamp = Self::unhashed(store, label);
        stamp.metadata.insert(SHA256.to_owned(), sha256.clone());
        Self { sha256, ..stamp }
    }

    /// Makes one for bytes that are not known yet.
    pub(super) fn unhashed(store: &S3Store, label: &Label) -> Self {
        let ours = store.options.tags.iter().map(|(name, value)| (name, value));
        let tags = ours.chain(&label.tags).map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let tagging = tags.collect::<Vec<String>>().join("&");
        let mark = format!("{:016x}{:016x}", attempts::random(), attempts::random());
        let mut metadata: HashMap<_, _> = label.metadata.clone().into_iter().collect();
        metadata.insert(MARK.to_owned(), mark.clone());
        Self {
            sha256: String::new(),
            mark,
            metadata,
            encryption: store.options.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms),
            kms_key: store.options.kms_key.clone(),
            tagging: (!tagging.is_empty()).then_some(tagging),
        }
    }
}

/// What is demanded of the present state of an object.
#[derive(Debug, Clone, Copy)]
enum Demand<'d> {
    Absent,
    At(&'d Version),
}

/// Writes an object that must not be there yet.
pub(super) async fn create(store: &S3Store, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, Trouble> {
    let stamp = Stamp::new(store, bytes, label);
    let mut attempt = 1;
    loop {
        let written = if bytes.len() > multipart::PART_BYTES {
            multipart::upload(store, key, bytes, &stamp).await
        } else {
            put(store, key, bytes, &stamp, Demand::Absent).await.map(drop)
        };
        let failure = match written {
            Ok(()) => return Ok(Creation::Created),
            Err(failure) => failure,
        };
        // An upload that S3 no longer knows may be one that it has completed.
        let (lost, unknown) = (failure.is_precondition(), failure.is_not_found() && failure.code() == "NoSuchUpload");
        if lost || unknown || failure.is_at_once() || failure.is_uncertain() {
            match is_same(store, key, bytes, &stamp).await {
                Ok(Some(true)) => return Ok(Creation::AlreadyIdentical),
                Ok(Some(false)) => return Err(Trouble::Conflict),
                Ok(None) => {}
                // That the object cannot be looked at is of less interest than why it was not written.
                Err(_) if failure.is_uncertain() => return Err(failure.into()),
                Err(other) => return Err(other.into()),
            }
        }
        // Whoever was there before us is gone, or gave up: the way is free again.
        if attempt >= attempts::MOST || !(lost || unknown || failure.is_at_once()) {
            return Err(if lost || failure.is_at_once() { Trouble::Conflict } else { failure.into() });
        }
        attempts::wait(attempt).await;
        attempt += 1;
    }
}

/// Replaces an object that is still in the state that was read.
pub(super) async fn replace(
    store: &S3Store,
    key: &str,
    expected: Option<&Version>,
    bytes: &[u8],
) -> Result<Version, Trouble> {
    let stamp = Stamp::new(store, bytes, &Label::default());
    let demand = expected.map_or(Demand::Absent, Demand::At);
    let mut attempt = 1;
    loop {
        let failure = match put(store, key, bytes, &stamp, demand).await {
            Ok(version) => return Ok(version),
            Err(failure) => failure,
        };
        let lost = failure.is_precondition() || (expected.is_some() && failure.is_not_found());
        if lost || failure.is_uncertain() {
            // The same bytes from another caller are not ours: both would believe to have counted one further.
            return match fetch::about(store.client(), &store.place, key).await {
                Ok(about) if about.mark.as_ref() == Some(&stamp.mark) => Ok(Version::new(about.etag)),
                Ok(_) if lost => Err(Trouble::Conflict),
                Err(absent) if lost && absent.is_not_found() => Err(Trouble::Conflict),
                Err(other) if lost => Err(other.into()),
                _ => Err(failure.into()),
            };
        }
        if !failure.is_at_once() {
            return Err(failure.into());
        }
        if attempt >= attempts::MOST {
            return Err(Trouble::Conflict);
        }
        attempts::wait(attempt).await;
        attempt += 1;
    }
}

async fn put(store: &S3Store, key: &str, bytes: &[u8], stamp: &Stamp, demand: Demand<'_>) -> Result<Version, Failure> {
    let (absent, at) = match demand {
        Demand::Absent => (Some("*".to_owned()), None),
        Demand::At(version) => (None, Some(version.tag().to_owned())),
    };
    let call = store
        .client()
        .put_object()
        .bucket(&store.place.bucket)
        .key(store.place.full(key))
        .set_if_none_match(absent)
        .set_if_match(at)
        .set_metadata(Some(stamp.metadata.clone()))
        .set_server_side_encryption(stamp.encryption.clone())
        .set_ssekms_key_id(stamp.kms_key.clone())
        .set_tagging(stamp.tagging.clone())
        .body(ByteStream::from(Bytes::copy_from_slice(bytes)));
    let output = call.send().await.map_err(|error| Failure::of(&error))?;
    Ok(Version::new(output.e_tag.unwrap_or_default()))
}

/// Returns whether the object has our bytes; `None` when there is none.
async fn is_same(store: &S3Store, key: &str, bytes: &[u8], stamp: &Stamp) -> Result<Option<bool>, Failure> {
    let about = match fetch::about(store.client(), &store.place, key).await {
        Ok(about) => about,
        Err(failure) if failure.is_not_found() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    if about.size_bytes != bytes.len() as u64 {
        return Ok(Some(false));
    }
    if let Some(sha256) = about.sha256 {
        return Ok(Some(sha256 == stamp.sha256));
    }
    // Somebody else's tool wrote it, without our metadata.
    match fetch::fetch(store.client(), &store.place, key, Wanted::All, None).await {
        Ok(fetched) => Ok(Some(fetched.bytes == bytes)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Writes a tag as it must be in the `x-amz-tagging` header: as in the query of a URL.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_written_as_in_a_query() {
        assert_eq!(encode("2026-11-01.3"), "2026-11-01.3");
        assert_eq!(encode("a b&c=d/é"), "a%20b%26c%3Dd%2F%C3%A9");
    }
}
