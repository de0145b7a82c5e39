//! The cells of one sheet of an old workbook.

use calamine::ExcelDateTime;

use super::compound::{u16_at, u32_at};
use super::strings::Pieces;
use super::{Book, Record, Records};
use crate::workbook::cell::Value;

const BEGIN: u16 = 0x0809;
const END: u16 = 0x000a;
const CONTINUE: u16 = 0x003c;
const FORMULA: u16 = 0x0006;
const MULTIPLE_RK: u16 = 0x00bd;
const RICH_STRING: u16 = 0x00d6;
const SHARED_STRING: u16 = 0x00fd;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
const BOOLEAN_OR_ERROR: u16 = 0x0205;
const FORMULA_STRING: u16 = 0x0207;
const RK: u16 = 0x027e;

/// A cell: its row and its column, and what it holds.
#[derive(Debug)]
pub(super) struct Cell {
    pub place: (u16, u16),
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// A number, with the format that it has.
    Number(f64, u16),
    /// A string of the workbook.
    Shared(u32),
    /// A string of its own: the number of it.
    Own(usize),
    Boolean(bool),
    Error,
}

/// The cells of a sheet, row by row.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub cells: Vec<Cell>,
    strings: Vec<String>,
}

impl Sheet {
    /// Reads the cells of a sheet from its first record on; none if a record is shorter than what it holds.
    pub(super) fn read(book: &Book, mut records: Records<'_>) -> Option<Self> {
        let (mut sheet, mut depth, mut formula) = (Self::default(), 0_usize, None);
        while let Some(Record { kind, bytes }) = records.next() {
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                // What is inside a sheet, such as a chart, is none of its cells.
                _ if depth != 1 => {}
                MULTIPLE_RK => sheet.push_multiple(bytes)?,
                FORMULA_STRING => {
                    if let Some(place) = formula.take() {
                        let mut pieces = vec![bytes];
                        while let Some(further) = records.next_if(CONTINUE) {
                            pieces.push(further);
                        }
                        sheet.push_own(place, Pieces::new(pieces).string(book.strings, 2)?);
                    }
                }
                FORMULA => formula = sheet.push_formula(bytes)?.then_some(place(bytes)?),
                NUMBER | RK | SHARED_STRING | LABEL | RICH_STRING | BOOLEAN_OR_ERROR => {
                    sheet.push_cell(kind, bytes, book)?
                }
                _ => {}
            }
        }
        // Cells need not stand in the order of their rows.
        sheet.cells.sort_by_key(|cell| cell.place);
        Some(sheet)
    }

    fn push_cell(&mut self, kind: u16, bytes: &[u8], book: &Book) -> Option<()> {
        let place = place(bytes)?;
        let format = u16_at(bytes, 4)?;
        let held = match kind {
            NUMBER => Held::Number(f64_at(bytes, 6)?, format),
            RK => Held::Number(unpacked(u32_at(bytes, 6)?), format),
            SHARED_STRING => Held::Shared(u32_at(bytes, 6)?),
            BOOLEAN_OR_ERROR if *bytes.get(7)? == 0 => Held::Boolean(*bytes.get(6)? != 0),
            BOOLEAN_OR_ERROR => Held::Error,
            _ => {
                self.push_own(place, Pieces::new(vec![bytes.get(6..)?]).string(book.strings, 2)?);
                return Some(());
            }
        };
        self.cells.push(Cell { place, held });
        Some(())
    }

    /// Adds the cells of a record that holds several numbers of a row.
    fn push_multiple(&mut self, bytes: &[u8]) -> Option<()> {
        let (row, first) = place(bytes)?;
        let (numbers, _) = bytes.get(4..bytes.len().checked_sub(2)?)?.as_chunks::<6>();
        for (column, number) in (first..=u16::MAX).zip(numbers) {
            let held = Held::Number(unpacked(u32_at(number, 2)?), u16_at(number, 0)?);
            self.cells.push(Cell { place: (row, column), held });
        }
        Some(())
    }

    /// Adds the value that a formula had last, and answers whether it is a string that follows.
    fn push_formula(&mut self, bytes: &[u8]) -> Option<bool> {
        let held = match bytes.get(6..14)? {
            [0, .., 0xff, 0xff] => return Some(true),
            [1, _, is, .., 0xff, 0xff] => Held::Boolean(*is != 0),
            [2, .., 0xff, 0xff] => Held::Error,
            [_, .., 0xff, 0xff] => return Some(false),
            _ => Held::Number(f64_at(bytes, 6)?, u16_at(bytes, 4)?),
        };
        self.cells.push(Cell { place: place(bytes)?, held });
        Some(false)
    }

    fn push_own(&mut self, place: (u16, u16), text: String) {
        self.cells.push(Cell { place, held: Held::Own(self.strings.len()) });
        self.strings.push(text);
    }

    /// Returns the value of a cell; none if it refers to a string that is not there.
    pub(super) fn value<'s>(&'s self, cell: &Cell, book: &'s Book) -> Option<Value<'s>> {
        Some(match cell.held {
            Held::Number(number, format) => match book.moments.get(usize::from(format)).copied().flatten() {
                Some(kind) => Value::Moment(ExcelDateTime::new(number, kind, book.is_1904)),
                None => Value::Number(number),
            },
            Held::Shared(at) => Value::Text(book.shared.get(at as usize)?),
            Held::Own(at) => Value::Text(self.strings.get(at)?),
            Held::Boolean(is) => Value::Boolean(is),
            Held::Error => Value::Error,
        })
    }
}

fn place(bytes: &[u8]) -> Option<(u16, u16)> {
    Some((u16_at(bytes, 0)?, u16_at(bytes, 2)?))
}

fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Returns the number that 32 bits stand for: the upper ones of a float, or a whole number, and both may be hundredths.
fn unpacked(bits: u32) -> f64 {
    let number =
        if bits & 2 == 0 { f64::from_bits(u64::from(bits & !3) << 32) } else { f64::from(bits.cast_signed() >> 2) };
    if bits & 1 == 0 { number } else { number / 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_are_floats_or_whole_and_may_be_hundredths() {
        let float = (72.5_f64.to_bits() >> 32) as u32;
        let cases = [
            (float, 72.5),
            (float | 1, 0.725),
            (7 << 2 | 2, 7.0),
            (7 << 2 | 3, 0.07),
            ((-7_i32 << 2) as u32 | 2, -7.0),
        ];
        for (bits, expected) in cases {
            assert_eq!(unpacked(bits), expected);
        }
    }
}
