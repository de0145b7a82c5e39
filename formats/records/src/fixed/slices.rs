//! Slices of a line in characters.

use super::lines::Line;
use super::plan::Slice;
use crate::batch::{Cell, Kind};
use crate::format::Fixed;

/// Where the characters of a line begin. In ASCII, character and byte are one.
#[derive(Debug, Default)]
pub(super) struct Characters {
    /// The position of each character, and of the end; empty for ASCII, and for what is no text: its bytes count.
    positions: Vec<u32>,
}

impl Characters {
    /// Finds the characters of a line.
    #[inline]
    pub(super) fn of(&mut self, line: &Line<'_>) {
        self.positions.clear();
        if !line.bytes.is_ascii() && line.is_text {
            self.find(line.bytes);
        }
    }

    fn find(&mut self, line: &[u8]) {
        // Bytes that go on with a character are 10xxxxxx.
        let begins = |(_, byte): &(usize, &u8)| **byte & 0xc0 != 0x80;
        self.positions.extend(line.iter().enumerate().filter(begins).map(|(at, _)| at as u32));
        self.positions.push(line.len() as u32);
    }

    /// Returns the part of a line, without blanks around it, and where it begins. What lies beyond the end is empty.
    #[inline]
    pub(super) fn part<'l>(&self, line: &'l [u8], slice: Slice) -> (&'l [u8], usize) {
        let Some(part) = self.bytes(line.len(), slice).and_then(|(from, to)| line.get(from..to)) else {
            return (&[], 0);
        };
        let text = part.trim_ascii_start();
        let from = self.bytes(line.len(), slice).map_or(0, |(from, _)| from);
        (text.trim_ascii_end(), from + part.len() - text.len())
    }

    /// Returns the part of a line as a cell; the line begins at `start` of the batch's text.
    #[inline]
    pub(super) fn cell(&self, line: &[u8], slice: Slice, start: u32) -> Cell {
        let (text, from) = self.part(line, slice);
        let kind = if text.is_empty() { Kind::Null } else { Kind::Text };
        Cell { kind, start: start + from as u32, length: text.len() as u32 }
    }

    /// Returns the type of a record; empty where there is but one.
    #[inline]
    pub(super) fn kind<'l>(&self, line: &'l [u8], format: &Fixed) -> &'l [u8] {
        format.record_type.map_or(&[], |range| self.part(line, Slice::of(range)).0)
    }

    #[inline]
    fn bytes(&self, length: usize, slice: Slice) -> Option<(usize, usize)> {
        if self.positions.is_empty() {
            return (slice.from < length).then_some((slice.from, slice.to.min(length)));
        }
        let from = *self.positions.get(slice.from)?;
        let to = self.positions.get(slice.to).map_or(length, |to| *to as usize);
        Some((from as usize, to))
    }
}
