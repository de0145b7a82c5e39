//! What tells a record from every other, however often it is delivered.

use xxhash_rust::xxh3::xxh3_128;

/// Bytes of an identity.
pub const IDENTITY_BYTES: usize = 16;

/// A digest of what a record is named by: its event, its place in a shard, or, of one that tells neither, its text.
pub type Identity = [u8; IDENTITY_BYTES];

/// Of the name of an event.
pub(super) fn of_event(event_id: &str) -> Identity {
    digest(&[b"event", event_id.as_bytes()])
}

/// Of a place in a shard.
pub(crate) fn of_place(shard: &str, sequence: &str) -> Identity {
    digest(&[b"place", shard.as_bytes(), sequence.as_bytes()])
}

/// Of what was delivered.
pub(super) fn of_text(text: &[u8]) -> Identity {
    digest(&[b"text", text])
}

fn digest(parts: &[&[u8]]) -> Identity {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    xxh3_128(&bytes).to_be_bytes()
}
