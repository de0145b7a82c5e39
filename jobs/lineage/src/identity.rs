//! The id of a run, as OpenLineage wants it: a UUID of version 7 (RFC 9562, section 5.7).

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Makes the id of what began at a moment: its milliseconds, and in the place of chance the hash of what tells it from everything else. Whoever
/// asks again gets the same.
pub(crate) fn uuid(began_at: Timestamp, identity: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in identity {
        hash.update(part.as_bytes());
        // No part has a line break in it, so that no two lists of parts are one text.
        hash.update(b"\n");
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(hash.finalize().get(..16).unwrap_or(&[0; 16]));
    let chance = u128::from_be_bytes(digest) & !(0xffff_ffff_ffff << 80);
    let milliseconds = u128::try_from(began_at.as_millisecond()).unwrap_or_default() & 0xffff_ffff_ffff;
    let bits = (milliseconds << 80) | chance;
    // Version 7 in bits 48 to 51, variant 10 in bits 64 and 65.
    let bits = (bits & !(0xf << 76)) | (0x7 << 76);
    let bits = (bits & !(0x3 << 62)) | (0x2 << 62);
    let part = |shift: u32, mask: u128| (bits >> shift) & mask;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 0xffff_ffff),
        part(80, 0xffff),
        part(64, 0xffff),
        part(48, 0xffff),
        part(0, 0xffff_ffff_ffff)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_each_time_and_begins_with_the_milliseconds() {
        // The moment of the example in RFC 9562, appendix A.6.
        let at: Timestamp = "2022-02-22T19:22:22.000Z".parse().unwrap();
        let id = uuid(at, &["lake", "2026-11-01.1"]);
        assert_eq!(id, uuid(at, &["lake", "2026-11-01.1"]));
        assert!(id.starts_with("017f22e2-79b0-7"), "{id}");
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert_eq!(id.len(), 36);
        assert_ne!(id, uuid(at, &["lake", "2026-11-01.2"]));
        assert_ne!(uuid(at, &["a", "bc"]), uuid(at, &["ab", "c"]));
    }
}
