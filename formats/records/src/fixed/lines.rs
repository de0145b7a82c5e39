//! Hands out the lines of a text, whatever blocks they lie in.

use std::ops::ControlFlow;

use memchr::memchr2;

use crate::batch::Place;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::text::{Text, is_blank, is_utf8};

/// One line that is not blank.
pub(super) struct Line<'l> {
    /// Without its end.
    pub bytes: &'l [u8],
    /// Its number, from 1; blank ones count.
    pub number: u64,
    /// Whether it is text of the encoding.
    pub is_text: bool,
}

/// The lines of a text.
pub(super) struct Lines<'t, 'r> {
    /// The text, at its beginning.
    pub text: &'t mut Text<'r>,
    /// What it may ask.
    pub limits: &'t Limits,
}

impl Lines<'_, '_> {
    /// Hands out each line that is not blank, until `give` breaks.
    pub(super) fn each(self, give: &mut impl FnMut(Line<'_>) -> ControlFlow<()>) -> Result<(), ReadError> {
        let longest = self.limits.value_bytes;
        let mut number = 1;
        loop {
            let block = self.text.rest();
            let is_valid = self.text.is_valid();
            let mut used = 0;
            while let Some((bytes, next)) = line(block, used, self.text.is_end()) {
                if bytes.len() > longest {
                    return Err(too_long(number));
                }
                if !is_blank(bytes) {
                    let line = Line { bytes, number, is_text: is_valid || is_utf8(bytes) };
                    if give(line).is_break() {
                        return Ok(());
                    }
                }
                number += 1;
                used = next;
            }
            self.text.consume(used);
            if self.text.is_end() {
                return Ok(());
            }
            if self.text.rest().len() > longest {
                return Err(too_long(number));
            }
            self.text.more()?;
        }
    }
}

/// Returns the line that begins at a position, and where the next one does; `None` if its end is not in the block.
#[inline]
fn line(block: &[u8], start: usize, is_end: bool) -> Option<(&[u8], usize)> {
    let rest = block.get(start..).filter(|rest| !rest.is_empty())?;
    let Some(length) = memchr2(b'\n', b'\r', rest) else { return is_end.then_some((rest, block.len())) };
    let (line, from_end) = rest.split_at_checked(length)?;
    let end_bytes = match from_end {
        [b'\r', b'\n', ..] => 2,
        // Whether a line feed follows is not known yet.
        [b'\r'] if !is_end => return None,
        _ => 1,
    };
    Some((line, start + length + end_bytes))
}

fn too_long(number: u64) -> ReadError {
    let message = "a line is longer than a value may be";
    Malformed::new(Reason::TooWide, message).at(Place { number, item: 0 }).into()
}
