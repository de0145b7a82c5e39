//! What the pages of a file say of their size, looked at before any of them is unpacked.
//!
//! Readers make room for what a page says that it unpacks to. The header of a page is a struct of the compact protocol of Thrift, whose
//! second and third fields are the bytes of the page, unpacked and packed.
//!
//! # Source
//! Apache Parquet, `parquet.thrift`; Apache Thrift, "Thrift compact protocol".

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use parquet::file::metadata::ParquetMetaData;

use crate::limits::Limits;

/// Bytes of a header, at most: it may have the least and the greatest value of its page.
const HEADER_BYTES: u64 = 16 << 20;
/// Structs within structs of a header, at most.
const DEPTH: usize = 8;

const STOP: u8 = 0;
const I32: u8 = 5;

/// Tells whether no page of the columns that are read unpacks to more than any honest page does. What cannot be looked at is left to who
/// reads it.
pub(super) fn are_honest(file: &mut File, metadata: &ParquetMetaData, leaves: &[usize], limits: &Limits) -> bool {
    let chunks = metadata.row_groups().iter().flat_map(|group| leaves.iter().filter_map(|at| group.columns().get(*at)));
    for chunk in chunks {
        let (start, length) = chunk.byte_range();
        let end = start.saturating_add(length);
        let mut at = start;
        while at < end {
            let Some(page) = page(file, at) else { break };
            let most = page.packed.saturating_mul(limits.ratio).max(limits.ratio_from_bytes);
            if page.unpacked > most {
                return false;
            }
            at = at.saturating_add(page.header).saturating_add(page.packed.max(1));
        }
    }
    true
}

/// What a page says of itself, in bytes.
struct Page {
    header: u64,
    unpacked: u64,
    packed: u64,
}

/// Reads the header of the page that begins here.
fn page(file: &mut File, at: u64) -> Option<Page> {
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut header = Header { from: BufReader::with_capacity(512, file).take(HEADER_BYTES), read: 0 };
    let (mut number, mut unpacked, mut packed) = (0_i64, None, None);
    loop {
        let kind = header.field(&mut number)?;
        match (number, kind) {
            (_, STOP) => break,
            (2, I32) => unpacked = u64::try_from(header.integer()?).ok(),
            (3, I32) => packed = u64::try_from(header.integer()?).ok(),
            _ => header.skip(kind, DEPTH)?,
        }
    }
    Some(Page { header: header.read, unpacked: unpacked?, packed: packed? })
}

/// A header that is being read.
struct Header<R> {
    from: R,
    read: u64,
}

impl<R: Read> Header<R> {
    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.from.read_exact(&mut byte).ok()?;
        self.read += 1;
        let [byte] = byte;
        Some(byte)
    }

    /// Reads a number of bytes of seven bits each, the lowest first.
    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a number whose lowest bit is its sign.
    fn integer(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Reads which field comes next, by the number of the one before it, and of which kind it is.
    fn field(&mut self, number: &mut i64) -> Option<u8> {
        let byte = self.byte()?;
        let kind = byte & 0x0f;
        if kind != STOP {
            *number = match i64::from(byte >> 4) {
                0 => self.integer()?,
                further => number.checked_add(further)?,
            };
        }
        Some(kind)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Booleans of a struct are their kind.
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=6 => {
                self.unsigned()?;
            }
            7 => self.pass(8)?,
            8 => {
                let length = self.unsigned()?;
                self.pass(length)?;
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.unsigned()? } else { u64::from(byte >> 4) };
                for _ in 0..count {
                    // Here a boolean is a byte.
                    if matches!(byte & 0x0f, 1 | 2) { self.pass(1)? } else { self.skip(byte & 0x0f, depth)? }
                }
            }
            12 => {
                let mut number = 0;
                loop {
                    match self.field(&mut number)? {
                        STOP => break,
                        kind => self.skip(kind, depth)?,
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Passes over so many bytes.
    fn pass(&mut self, length: u64) -> Option<()> {
        let passed = std::io::copy(&mut self.from.by_ref().take(length), &mut std::io::sink()).ok()?;
        self.read += passed;
        (passed == length).then_some(())
    }
}
