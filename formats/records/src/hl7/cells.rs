//! The cells that values of a message become.

use std::borrow::Cow;

use carelake_er7::Value;

use crate::batch::{Batch, Cell, Kind};
use crate::limits::Limits;
use crate::malformed::Malformed;

/// Where cells of one message go.
pub(super) struct Cells<'b> {
    pub(super) batch: &'b mut Batch,
    pub(super) limits: &'b Limits,
    /// Where the text of the message begins in that of the batch, if it is there as it is.
    pub(super) raw: Option<u32>,
}

/// The cell of a source, and whether the message has it.
type Found = Result<(Cell, bool), Malformed>;

impl Cells<'_> {
    /// Takes a value, if it is there.
    #[inline]
    pub(super) fn first(&mut self, value: Option<Value<'_>>) -> Found {
        match value.filter(|value| !value.is_absent()) {
            Some(value) => Ok((self.cell(value)?, true)),
            None => Ok((Cell::default(), false)),
        }
    }

    /// Takes every value that is something.
    pub(super) fn list<'a>(&mut self, values: impl Iterator<Item = Value<'a>>) -> Found {
        let (start, mut is_found) = (self.batch.lists.len(), false);
        for value in values.filter(|value| !value.is_absent()) {
            is_found = true;
            let cell = self.cell(value)?;
            if cell.kind != Kind::Null {
                self.batch.lists.push(cell);
            }
        }
        let length = self.batch.lists.len() - start;
        Ok((Cell { kind: Kind::List, start: start as u32, length: length as u32 }, is_found))
    }

    #[inline]
    fn cell(&mut self, value: Value<'_>) -> Result<Cell, Malformed> {
        if value.is_null() {
            return Ok(Cell::default());
        }
        let text = value.text();
        if text.len() > self.limits.value_bytes {
            return Err(super::too_wide(self.limits));
        }
        Ok(match (self.raw, &text) {
            // What stands for itself needs no copy.
            (Some(raw), Cow::Borrowed(text)) => {
                Cell { kind: Kind::Text, start: raw + value.start() as u32, length: text.len() as u32 }
            }
            _ => self.batch.push_text(Kind::Text, text.as_bytes()),
        })
    }
}
