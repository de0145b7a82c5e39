//! Text in columns of fixed width: one record a line, its fields counted in characters.
//!
//! A blank line is no row. Lines may be shorter than their fields: what is missing of the last ones is blank.

mod declared;
mod lines;
mod plan;
mod slices;
#[cfg(test)]
mod tests;
mod trailers;

use std::io::Read;
use std::ops::ControlFlow;

pub(crate) use declared::declared;

use crate::batch::{Batch, Place, Row, State};
use crate::filling::Filling;
use crate::format::Fixed;
use crate::limits::Limits;
use crate::malformed::ReadError;
use crate::text::{BLOCK_BYTES, Text};
use crate::wanted::{Reading, Wanted};
use lines::{Line, Lines};
use plan::TablePlan;
use slices::Characters;
use trailers::Trailers;

/// Reads the rows of a text of fixed width.
pub(crate) fn read(
    input: &mut dyn Read,
    format: &Fixed,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    read_in_blocks(input, format, wanted, limits, BLOCK_BYTES, take)
}

/// Reads in blocks of a size, which the rows do not depend on.
fn read_in_blocks(
    input: &mut dyn Read,
    format: &Fixed,
    wanted: &Wanted,
    limits: &Limits,
    block_bytes: usize,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let mut text = Text::new(input, format.encoding, block_bytes)?;
    let plans: Vec<TablePlan> = wanted.tables.iter().map(|table| TablePlan::new(table, format)).collect();
    let mut filling = Filling::new(wanted, take);
    let mut trailers = Trailers::new(format);
    let mut characters = Characters::default();
    let mut reading = Reading { found: plans.iter().map(TablePlan::found).collect(), ..Reading::default() };
    let mut is_stopped = false;
    Lines { text: &mut text, limits }.each(&mut |line| {
        characters.of(&line);
        let kind = characters.kind(line.bytes, format);
        trailers.record(line.bytes, kind, &characters);
        let mut is_taken = false;
        for (at, plan) in plans.iter().enumerate() {
            let Some(slices) = plan.slices(line.bytes, kind, &characters) else { continue };
            if !is_taken {
                if filling.record(line.bytes.len()).is_break() {
                    is_stopped = true;
                    return ControlFlow::Break(());
                }
                filling.batch.text.extend_from_slice(line.bytes);
            }
            is_taken = true;
            add_row(&mut filling, at, &line, slices, &characters);
        }
        reading.records += u64::from(is_taken);
        ControlFlow::Continue(())
    })?;
    if !is_stopped {
        trailers.check()?;
        let _stopped_at_the_end = filling.finish();
    }
    Ok(reading)
}

/// Adds a row of a line that stands at the end of the batch's text.
#[inline]
fn add_row(filling: &mut Filling<'_>, at: usize, line: &Line<'_>, slices: &[plan::Slice], characters: &Characters) {
    let start = (filling.batch.text.len() - line.bytes.len()) as u32;
    let state = if line.is_text { State::Data } else { State::Encoding };
    let place = Place { number: line.number, item: 0 };
    let row = Row { place, state, raw: (start, line.bytes.len() as u32) };
    if state != State::Data {
        filling.empty_row(at, row);
        return;
    }
    if let Some(rows) = filling.batch.tables.get_mut(at) {
        rows.rows.push(row);
        rows.cells.extend(slices.iter().map(|slice| characters.cell(line.bytes, *slice, start)));
    }
}
