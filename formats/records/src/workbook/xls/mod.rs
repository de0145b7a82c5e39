//! Old workbooks (XLS, of Excel 5 to 2003): records in a stream of a compound file.
//!
//! Nothing that a file says of its own size is believed, and cells are held, never the rectangle that they lie in.

mod compound;
mod formats;
mod sheet;
mod strings;

use std::collections::HashMap;
use std::ops::ControlFlow;

use calamine::ExcelDateTimeType;

use self::compound::{Compound, u16_at, u32_at};
use self::sheet::Sheet;
use self::strings::{Pieces, Strings, code_page};
use super::container::encrypted;
use super::rows::SheetRows;
use super::sheets::assign;
use super::unreadable;
use crate::malformed::{Malformed, ReadError};
use crate::wanted::Wanted;

const BEGIN: u16 = 0x0809;
const END: u16 = 0x000a;
const DATE_SYSTEM: u16 = 0x0022;
const PASSWORD: u16 = 0x002f;
const CONTINUE: u16 = 0x003c;
const CODE_PAGE: u16 = 0x0042;
const SHEET: u16 = 0x0085;
const STYLE: u16 = 0x00e0;
const SHARED_STRINGS: u16 = 0x00fc;
const FORMAT: u16 = 0x041e;

/// The version that a stream says which has strings in two bytes a character, and the one before it.
const EXCEL_97: u16 = 0x0600;
const EXCEL_5: u16 = 0x0500;

/// Reads the sheets that are wanted of a compound file.
///
/// # Errors
/// [`ReadError`]: not the format, encrypted, no wanted sheet, or beyond a limit.
pub(super) fn read(file: Vec<u8>, wanted: &Wanted, rows: &mut SheetRows<'_>) -> Result<ControlFlow<()>, ReadError> {
    let stream = stream(&file)?;
    drop(file);
    let book = Book::read(&stream)?;
    let names: Vec<String> = book.sheets.iter().map(|(name, _)| name.clone()).collect();
    for (name, tables) in assign(wanted, &names)? {
        if rows.begin(name, names.len() > 1, &tables).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let start = book.sheets.iter().find(|(other, _)| other == name).map(|(_, start)| *start);
        let sheet = Records::from(&stream, start.unwrap_or(usize::MAX)).and_then(|records| Sheet::read(&book, records));
        let sheet = sheet.ok_or_else(contradicts)?;
        for cell in &sheet.cells {
            let value = sheet.value(cell, &book).ok_or_else(contradicts)?;
            let (row, column) = cell.place;
            if rows.cell(row.into(), column.into(), value)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(rows.end())
}

/// Returns the names of the sheets of a compound file.
///
/// # Errors
/// As [`read`].
pub(super) fn sheet_names(file: &[u8]) -> Result<Vec<String>, ReadError> {
    let book = Book::read(&stream(file)?)?;
    Ok(book.sheets.into_iter().map(|(name, _)| name).collect())
}

/// Says that a file says one thing here and another there.
fn contradicts() -> Malformed {
    unreadable("has a part that contradicts itself")
}

/// Returns the stream that has the workbook.
fn stream(file: &[u8]) -> Result<Vec<u8>, Malformed> {
    let compound = Compound::open(file)?;
    match ["Workbook", "Book"].into_iter().find(|name| compound.has(name)) {
        Some(name) => compound.stream(name),
        None if compound.has("EncryptedPackage") => Err(encrypted()),
        None => Err(unreadable("is a compound file without a workbook")),
    }
}

/// What holds for all sheets of a workbook.
struct Book {
    /// The sheets with cells, and where they begin in the stream.
    sheets: Vec<(String, usize)>,
    strings: Strings,
    shared: Vec<String>,
    /// Of each style of cells, the kind of moment that it shows, if it does.
    moments: Vec<Option<ExcelDateTimeType>>,
    is_1904: bool,
}

impl Book {
    fn read(stream: &[u8]) -> Result<Self, Malformed> {
        let mut records = Records::from(stream, 0).ok_or_else(contradicts)?;
        let begin = records.next().filter(|record| record.kind == BEGIN).ok_or_else(contradicts)?;
        let strings = match u16_at(begin.bytes, 0) {
            Some(EXCEL_97) => Strings::Wide,
            Some(EXCEL_5) => Strings::Bytes(encoding_rs::WINDOWS_1252),
            _ => return Err(unreadable("is of a version before Excel 5; ask for a newer one")),
        };
        let mut book = Self { sheets: Vec::new(), strings, shared: Vec::new(), moments: Vec::new(), is_1904: false };
        let mut formats = HashMap::new();
        while let Some(record) = records.next().filter(|record| record.kind != END) {
            if record.kind == PASSWORD {
                return Err(encrypted());
            }
            book.take(&record, &mut records, &mut formats).ok_or_else(contradicts)?;
        }
        Ok(book)
    }

    /// Takes a record in; none if it is shorter than what it holds.
    fn take(
        &mut self,
        record: &Record<'_>,
        records: &mut Records<'_>,
        formats: &mut HashMap<u16, Option<ExcelDateTimeType>>,
    ) -> Option<()> {
        let bytes = record.bytes;
        // The names of sheets say their length in one byte, formats in one or two.
        let text = |at: usize, length_bytes| Pieces::new(vec![bytes.get(at..)?]).string(self.strings, length_bytes);
        match record.kind {
            DATE_SYSTEM => self.is_1904 = u16_at(bytes, 0)? == 1,
            CODE_PAGE => {
                if let Strings::Bytes(encoding) = &mut self.strings {
                    *encoding = code_page(u16_at(bytes, 0)?);
                }
            }
            // Sheets of charts, macros and modules have no cells.
            SHEET if *bytes.get(5)? == 0 => self.sheets.push((text(6, 1)?, u32_at(bytes, 0)? as usize)),
            FORMAT => {
                let length_bytes = if matches!(self.strings, Strings::Wide) { 2 } else { 1 };
                formats.insert(u16_at(bytes, 0)?, formats::of_text(&text(2, length_bytes)?));
            }
            STYLE => {
                let format = u16_at(bytes, 2)?;
                let own = formats.get(&format).copied().flatten();
                self.moments
                    .push(own.or_else(|| formats::of_number(format).filter(|_| !formats.contains_key(&format))));
            }
            SHARED_STRINGS => {
                let mut pieces = vec![bytes.get(8..)?];
                while let Some(further) = records.next_if(CONTINUE) {
                    pieces.push(further);
                }
                let mut pieces = Pieces::new(pieces);
                while !pieces.is_empty() {
                    self.shared.push(pieces.string(self.strings, 2)?);
                }
            }
            _ => {}
        }
        Some(())
    }
}

/// One record.
struct Record<'s> {
    kind: u16,
    bytes: &'s [u8],
}

/// The records of a stream.
struct Records<'s> {
    rest: &'s [u8],
}

impl<'s> Records<'s> {
    fn from(stream: &'s [u8], start: usize) -> Option<Self> {
        Some(Self { rest: stream.get(start..)? })
    }

    /// Takes the next record, if it is of this kind.
    fn next_if(&mut self, kind: u16) -> Option<&'s [u8]> {
        if u16_at(self.rest, 0)? != kind {
            return None;
        }
        self.next().map(|record| record.bytes)
    }
}

impl<'s> Iterator for Records<'s> {
    type Item = Record<'s>;

    fn next(&mut self) -> Option<Record<'s>> {
        let (kind, length) = (u16_at(self.rest, 0)?, u16_at(self.rest, 2)?);
        let (bytes, rest) = self.rest.get(4..)?.split_at_checked(length.into())?;
        self.rest = rest;
        Some(Record { kind, bytes })
    }
}
