//! What a journal consists of: key and bytes of one object after the other, each with the hash of its bytes.

use std::io;

use sha2::{Digest, Sha256};

use crate::store::key::check_key;

/// The lengths of key and bytes, before them.
const HEAD: usize = 4 + 8;
const HASH: usize = 32;

/// One object.
pub(super) struct Record<'b> {
    pub(super) key: &'b str,
    pub(super) bytes: &'b [u8],
    end: usize,
}

/// Returns the record of an object.
pub(super) fn write(key: &str, bytes: &[u8], hash: &[u8; HASH]) -> Vec<u8> {
    // A key has at most 1024 bytes.
    let key_length = u32::try_from(key.len()).unwrap_or_default();
    let head = [&key_length.to_le_bytes()[..], &(bytes.len() as u64).to_le_bytes()].concat();
    [&head, key.as_bytes(), bytes, hash].concat()
}

/// Reads the records of a journal. Half a record at its end was never acknowledged and is none.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] when a record before the end is damaged.
pub(super) fn read(journal: &[u8]) -> io::Result<Vec<Record<'_>>> {
    let (mut records, mut at) = (Vec::new(), 0);
    while let Some(rest) = journal.get(at..).filter(|rest| !rest.is_empty()) {
        match one(rest) {
            Some(record) => {
                at += record.end;
                records.push(record);
            }
            None if is_torn(rest) => break,
            None => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the journal is damaged; it is left as it is"));
            }
        }
    }
    Ok(records)
}

fn one(rest: &[u8]) -> Option<Record<'_>> {
    let (key_end, bytes_end, end) = ends(rest)?;
    let (key, bytes) = (std::str::from_utf8(rest.get(HEAD..key_end)?).ok()?, rest.get(key_end..bytes_end)?);
    let is_whole = check_key(key).is_ok() && Sha256::digest(bytes).as_slice() == rest.get(bytes_end..end)?;
    is_whole.then_some(Record { key, bytes, end })
}

/// Returns whether what is no record is the last thing in the journal, as a power cut leaves it: cut off, or never written.
fn is_torn(rest: &[u8]) -> bool {
    ends(rest).is_none_or(|(_, _, end)| end >= rest.len()) || rest.iter().all(|byte| *byte == 0)
}

/// Returns where key, bytes and record end.
fn ends(rest: &[u8]) -> Option<(usize, usize, usize)> {
    let (key_length, rest) = rest.split_first_chunk::<4>()?;
    let (length, _) = rest.split_first_chunk::<8>()?;
    let key_end = HEAD.checked_add(usize::try_from(u32::from_le_bytes(*key_length)).ok()?)?;
    let bytes_end = key_end.checked_add(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((key_end, bytes_end, bytes_end.checked_add(HASH)?))
}
