//! Delimited text: one record a line, unless line ends stand in quotes or behind escapes.
//!
//! Above the header may be a `sep=` line and titles; the last line may be a footer that counts the records. An empty line is no
//! row; a row of only empty fields is one, and is [`State::Blank`](crate::State).

mod columns;
mod fields;
mod footer;
mod head;
mod records;
mod rows;
mod splitter;
mod survey;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::ops::ControlFlow;

use crate::batch::Batch;
use crate::format::Delimited;
use crate::limits::Limits;
use crate::malformed::ReadError;
use crate::text::{BLOCK_BYTES, Text};
use crate::wanted::{Reading, Wanted};
use columns::TableColumns;
use records::Records;
use rows::RowReader;
use survey::survey;

/// Reads the rows of a delimited text.
pub(crate) fn read(
    input: &mut dyn Read,
    format: &Delimited,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    read_in_blocks(input, format, wanted, limits, BLOCK_BYTES, take)
}

/// Reads in blocks of a size, which the rows do not depend on.
fn read_in_blocks(
    input: &mut dyn Read,
    format: &Delimited,
    wanted: &Wanted,
    limits: &Limits,
    block_bytes: usize,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let mut text = Text::new(input, format.encoding, block_bytes)?;
    let line = head::skip(&mut text, format, limits)?;
    let mut tables = TableColumns::all(wanted, None);
    if !format.has_header {
        survey(&mut text, format, &mut tables)?;
    }
    let mut rows = RowReader::new(format, wanted, tables, take);
    Records { text: &mut text, format, limits, line }.each(&mut |record| rows.record(record))?;
    rows.finish()
}
