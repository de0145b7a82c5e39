//! Compound files: what the streams of old workbooks are kept in.
//!
//! A file says itself which of its sectors follow each other. Nothing that it says is believed: no chain is longer than the file.

use super::contradicts;
use crate::malformed::Malformed;

/// Bytes of the header that hold what is needed of it.
const HEADER_BYTES: usize = 512;

/// Numbers of sectors from here on are none.
const NO_SECTOR: u32 = 0xffff_fffa;

/// Streams below this are kept in small sectors, of this size.
const SMALL_STREAM_BYTES: usize = 4096;
const SMALL_SECTOR_BYTES: usize = 64;

/// Bytes of an entry of the directory.
const ENTRY_BYTES: usize = 128;

/// A compound file.
pub(super) struct Compound<'f> {
    file: &'f [u8],
    sector_bytes: usize,
    /// The sector that follows each sector.
    next: Vec<u32>,
    small_next: Vec<u32>,
    small: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    bytes: usize,
}

impl<'f> Compound<'f> {
    /// Reads the directory of a file.
    ///
    /// # Errors
    /// [`Malformed`]: not the format if the file contradicts itself.
    pub(super) fn open(file: &'f [u8]) -> Result<Self, Malformed> {
        let header = file.get(..HEADER_BYTES).ok_or_else(contradicts)?;
        let sector_bytes = match u16_at(header, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            _ => return Err(contradicts()),
        };
        let (small, entries) = (Vec::new(), Vec::new());
        let mut compound = Self { file, sector_bytes, next: Vec::new(), small_next: Vec::new(), small, entries };
        compound.next = compound.table(header)?;
        let directory = compound.chain(u32_at(header, 48).unwrap_or(NO_SECTOR), usize::MAX)?;
        compound.entries = directory.chunks_exact(ENTRY_BYTES).map(|entry| entry_of(entry, sector_bytes)).collect();
        let root = compound.entries.first().ok_or_else(contradicts)?;
        let (start, bytes) = (root.start, root.bytes);
        if u32_at(header, 64).is_some_and(|count| count > 0) {
            compound.small = compound.chain(start, bytes)?;
            let table = compound.chain(u32_at(header, 60).unwrap_or(NO_SECTOR), usize::MAX)?;
            compound.small_next = numbers(&table).collect();
        }
        Ok(compound)
    }

    /// Returns whether there is a stream of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// Returns the bytes of a stream.
    ///
    /// # Errors
    /// [`Malformed`]: not the format if there is none, or the file contradicts itself.
    pub(super) fn stream(&self, name: &str) -> Result<Vec<u8>, Malformed> {
        let entry = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or_else(contradicts)?;
        if entry.bytes >= SMALL_STREAM_BYTES {
            return self.chain(entry.start, entry.bytes);
        }
        let sector = |number: u32| part(&self.small, number as usize * SMALL_SECTOR_BYTES, SMALL_SECTOR_BYTES);
        follow(entry.start, entry.bytes, &self.small_next, sector)
    }

    /// Returns which sector follows each, as the sectors say that the header lists, and those that go on with its list.
    fn table(&self, header: &[u8]) -> Result<Vec<u32>, Malformed> {
        let mut listed: Vec<u32> = numbers(header.get(76..).unwrap_or_default()).collect();
        let mut further = u32_at(header, 68).unwrap_or(NO_SECTOR);
        let most = self.file.len() / self.sector_bytes;
        for _ in 0..most {
            if further >= NO_SECTOR {
                break;
            }
            let list: Vec<u32> = numbers(self.sector(further).ok_or_else(contradicts)?).collect();
            let (last, list) = list.split_last().ok_or_else(contradicts)?;
            listed.extend(list);
            further = *last;
        }
        let mut next = Vec::new();
        for number in listed.into_iter().filter(|number| *number < NO_SECTOR).take(most) {
            next.extend(numbers(self.sector(number).ok_or_else(contradicts)?));
        }
        Ok(next)
    }

    fn sector(&self, number: u32) -> Option<&'f [u8]> {
        part(self.file, (number as usize + 1) * self.sector_bytes, self.sector_bytes)
    }

    fn chain(&self, start: u32, bytes: usize) -> Result<Vec<u8>, Malformed> {
        follow(start, bytes, &self.next, |number| self.sector(number))
    }
}

/// Puts the sectors of a chain together, to so many bytes.
fn follow<'s>(
    start: u32,
    bytes: usize,
    next: &[u32],
    sector: impl Fn(u32) -> Option<&'s [u8]>,
) -> Result<Vec<u8>, Malformed> {
    let (mut all, mut number, mut steps) = (Vec::new(), start, 0);
    while number < NO_SECTOR && all.len() < bytes {
        steps += 1;
        if steps > next.len() {
            return Err(contradicts());
        }
        all.extend_from_slice(sector(number).ok_or_else(contradicts)?);
        number = *next.get(number as usize).ok_or_else(contradicts)?;
    }
    all.truncate(bytes);
    Ok(all)
}

fn entry_of(entry: &[u8], sector_bytes: usize) -> Entry {
    let name: Vec<u16> =
        entry.get(..64).unwrap_or_default().as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let name = String::from_utf16_lossy(name.split(|unit| *unit == 0).next().unwrap_or_default());
    let high = if sector_bytes == 512 { 0 } else { u32_at(entry, 124).unwrap_or_default() };
    let bytes = u64::from(high) << 32 | u64::from(u32_at(entry, 120).unwrap_or_default());
    Entry { name, start: u32_at(entry, 116).unwrap_or(NO_SECTOR), bytes: usize::try_from(bytes).unwrap_or(usize::MAX) }
}

/// Returns a part of some bytes, as far as they go; none where they do not.
fn part(bytes: &[u8], start: usize, length: usize) -> Option<&[u8]> {
    bytes.get(start..(start + length).min(bytes.len())).filter(|part| !part.is_empty())
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks().0.iter().map(|number| u32::from_le_bytes(*number))
}

/// Returns the number that stands at a place.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Returns the number that stands at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
