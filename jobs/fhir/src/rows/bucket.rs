//! Which part a resource is in, and what tells a version from every other.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// What tells a version from every other: two bytes of the hash of the id, by which it is in a part, then a hash of type, id, time, version
/// and content.
pub type Identity = [u8; 16];

/// Returns the part of an id, of so many.
#[must_use]
pub fn bucket_of(id: &str, buckets: u8) -> u8 {
    let [one, two, ..] = xxh3_64(id.as_bytes()).to_be_bytes();
    of_hash([one, two], buckets)
}

/// Returns the part of an identity, of so many: that of its id.
pub(crate) fn bucket_of_identity(identity: &Identity, buckets: u8) -> u8 {
    let [one, two, ..] = *identity;
    of_hash([one, two], buckets)
}

fn of_hash(hash: [u8; 2], buckets: u8) -> u8 {
    u8::try_from(u16::from_be_bytes(hash) % u16::from(buckets.max(1))).unwrap_or_default()
}

/// Returns the identity of a version.
#[must_use]
pub fn identity(resource_type: &str, id: &str, time: Option<i64>, version: Option<&str>, content: &[u8]) -> Identity {
    let mut hash = Xxh3::new();
    let time = time.map(i64::to_be_bytes);
    let parts = [
        resource_type.as_bytes(),
        id.as_bytes(),
        time.as_ref().map_or(&[][..], |time| time),
        version.unwrap_or_default().as_bytes(),
    ];
    for part in parts {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(content);
    let mut identity = hash.digest128().to_be_bytes();
    let [one, two, ..] = xxh3_64(id.as_bytes()).to_be_bytes();
    if let Some(front) = identity.first_chunk_mut::<2>() {
        *front = [one, two];
    }
    identity
}
