//! Hands out the records of a text one after the other, each with its line, whatever blocks it lies in.

use std::ops::ControlFlow;

use super::fields::{Extent, Fields};
use crate::batch::Place;
use crate::format::Delimited;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::text::{Text, is_utf8, line_ends};

/// How many times as long as a value a record may be: memory holds one of them, and the places of its fields.
const VALUES_A_RECORD: usize = 8;

/// One record.
pub(super) struct Record<'r> {
    /// As it stands in the text, without its line end.
    pub bytes: &'r [u8],
    /// Its fields.
    pub fields: &'r Fields<'r>,
    /// Where it begins.
    pub place: Place,
    /// Whether it is text of the encoding.
    pub is_text: bool,
}

/// The records of a text.
pub(super) struct Records<'t, 'r> {
    /// The text, where the first of them begins.
    pub text: &'t mut Text<'r>,
    /// How it is written.
    pub format: &'t Delimited,
    /// What it may ask.
    pub limits: &'t Limits,
    /// The line of the first record.
    pub line: u64,
}

impl Records<'_, '_> {
    /// Hands out each record, until `give` breaks.
    pub(super) fn each(
        mut self,
        give: &mut impl FnMut(&Record<'_>) -> Result<ControlFlow<()>, ReadError>,
    ) -> Result<(), ReadError> {
        let longest = self.limits.value_bytes.saturating_mul(VALUES_A_RECORD);
        loop {
            let (used, is_stopped) = self.block(longest, give)?;
            self.text.consume(used);
            if is_stopped || self.text.is_end() {
                return Ok(());
            }
            if self.text.rest().len() > longest {
                return Err(too_long(self.line));
            }
            self.text.more()?;
        }
    }

    /// Hands out the records that are complete in the block at hand. Answers the bytes that they take, and whether `give` broke.
    fn block(
        &mut self,
        longest: usize,
        give: &mut impl FnMut(&Record<'_>) -> Result<ControlFlow<()>, ReadError>,
    ) -> Result<(usize, bool), ReadError> {
        let block = self.text.rest();
        let is_end = self.text.is_end();
        let is_valid = self.text.is_valid();
        let mut fields = Fields::new(block, self.format, longest);
        let mut used = 0;
        while let Some(extent) = fields.next_record().map_err(|_| too_long(self.line))? {
            if !is_end && !is_complete(block, extent) {
                break;
            }
            let place = Place { number: self.line, item: 0 };
            if extent.is_open {
                let message = "a quote is opened and never closed";
                return Err(Malformed::new(Reason::Truncated, message).at(place).into());
            }
            let bytes = block.get(extent.start..extent.end).unwrap_or_default();
            self.check_width(bytes, &fields, place)?;
            let record = Record { bytes, fields: &fields, place, is_text: is_valid || is_utf8(bytes) };
            let stop = give(&record)?;
            self.line += 1 + line_ends(bytes);
            used = extent.next;
            if stop.is_break() {
                return Ok((used, true));
            }
        }
        Ok((used, false))
    }

    #[inline]
    fn check_width(&self, bytes: &[u8], fields: &Fields<'_>, place: Place) -> Result<(), Malformed> {
        if fields.count() > self.limits.columns {
            let message = format!("a record has more than {} fields", self.limits.columns);
            return Err(Malformed::new(Reason::TooWide, message).at(place));
        }
        let is_long = bytes.len() > self.limits.value_bytes;
        let widest =
            || (0..fields.count()).filter_map(|at| fields.field(at)).map(|field| field.end - field.start).max();
        if is_long && widest().is_some_and(|bytes| bytes as usize > self.limits.value_bytes) {
            let message = format!("a value is longer than {} bytes", self.limits.value_bytes);
            return Err(Malformed::new(Reason::TooWide, message).at(place));
        }
        Ok(())
    }
}

/// Returns whether what follows a block cannot change a record of it.
fn is_complete(block: &[u8], extent: Extent) -> bool {
    let has_line_end = extent.end < extent.next;
    let may_go_on = extent.next == block.len() && block.last() == Some(&b'\r');
    has_line_end && !may_go_on
}

fn too_long(line: u64) -> ReadError {
    let message = "a record is longer than any that is read; a quote may be opened and never closed";
    Malformed::new(Reason::TooWide, message).at(Place { number: line, item: 0 }).into()
}
