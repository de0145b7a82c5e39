//! Sheets of open documents (ODS), read as a stream: what is repeated is never laid out.

mod cell;

use std::io::{BufRead, BufReader, Read, Seek};
use std::ops::{ControlFlow, Range};

use calamine::Data;
use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use self::cell::{attribute, repeated, said};
use super::cell::Value;
use super::rows::SheetRows;
use super::sheets::assign;
use super::{unreadable, why_io};
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::wanted::Wanted;

/// The member that has the sheets.
const CONTENT: &str = "content.xml";

/// Reads the sheets that are wanted.
///
/// # Errors
/// [`ReadError`]: not the format, truncated, no wanted sheet, or beyond a limit.
pub(super) fn read(
    file: impl Read + Seek,
    wanted: &Wanted,
    limits: &Limits,
    rows: &mut SheetRows<'_>,
) -> Result<ControlFlow<()>, ReadError> {
    let mut archive = ZipArchive::new(file).map_err(|_| unreadable("has no directory of its members"))?;
    // Which sheets there are must be known before the first of them is read.
    let names = open(&mut archive, limits)?.sheet_names()?;
    let assigned = assign(wanted, &names)?;
    let mut document = open(&mut archive, limits)?;
    while let Some(name) = document.next_sheet()? {
        let tables = assigned.iter().find(|(sheet, _)| **sheet == name).map(|(_, tables)| tables);
        let flow = match tables {
            Some(tables) => match rows.begin(&name, names.len() > 1, tables) {
                ControlFlow::Continue(()) => document.read_sheet(rows)?,
                stop @ ControlFlow::Break(()) => stop,
            },
            None => {
                document.skip()?;
                ControlFlow::Continue(())
            }
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(rows.end())
}

/// Returns the names of the sheets.
///
/// # Errors
/// As [`read`].
pub(super) fn sheet_names(file: impl Read + Seek, limits: &Limits) -> Result<Vec<String>, ReadError> {
    let mut archive = ZipArchive::new(file).map_err(|_| unreadable("has no directory of its members"))?;
    open(&mut archive, limits)?.sheet_names()
}

/// The content of an open document.
struct Document<R> {
    xml: Reader<R>,
    buffer: Vec<u8>,
    limits: Limits,
}

/// What comes next in a sheet.
enum InSheet {
    /// A row, with how often it stands there.
    Row(u64),
    /// Rows that belong together, or nothing.
    Inside,
    /// Something that is no row.
    Other,
    /// The end.
    End,
}

fn open<F: Read + Seek>(
    archive: &mut ZipArchive<F>,
    limits: &Limits,
) -> Result<Document<BufReader<impl Read>>, ReadError> {
    let member = archive.by_name(CONTENT).map_err(|_| unreadable("has no content"))?;
    let mut xml = Reader::from_reader(BufReader::new(member));
    xml.config_mut().expand_empty_elements = true;
    Ok(Document { xml, buffer: Vec::new(), limits: *limits })
}

impl<R: BufRead> Document<R> {
    fn next(&mut self) -> Result<Event<'_>, ReadError> {
        self.buffer.clear();
        self.xml.read_event_into(&mut self.buffer).map_err(why)
    }

    fn sheet_names(mut self) -> Result<Vec<String>, ReadError> {
        let mut names = Vec::new();
        while let Some(name) = self.next_sheet()? {
            names.push(name);
            self.skip()?;
        }
        Ok(names)
    }

    /// Goes on to the next sheet, and answers its name.
    fn next_sheet(&mut self) -> Result<Option<String>, ReadError> {
        loop {
            match self.next()? {
                Event::Start(element) if element.local_name().as_ref() == "table" => {
                    return Ok(Some(attribute(&element, "name")?.unwrap_or_default()));
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// Goes on behind the element that was begun.
    fn skip(&mut self) -> Result<(), ReadError> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(ended()),
                _ => {}
            }
            self.check_depth(depth)?;
        }
        Ok(())
    }

    fn check_depth(&self, depth: usize) -> Result<(), Malformed> {
        if depth > self.limits.depth {
            return Err(Malformed::new(
                Reason::TooDeep,
                format!("is nested deeper than {} elements", self.limits.depth),
            ));
        }
        Ok(())
    }

    /// Reads the rows of the sheet that was begun.
    fn read_sheet(&mut self, rows: &mut SheetRows<'_>) -> Result<ControlFlow<()>, ReadError> {
        let mut number = 0_u64;
        loop {
            let next = match self.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-row" => InSheet::Row(repeated(&element, "number-rows-repeated")?),
                    "table-row-group" | "table-rows" | "table-header-rows" => InSheet::Inside,
                    _ => InSheet::Other,
                },
                Event::End(element) if element.local_name().as_ref() == "table" => InSheet::End,
                Event::Eof => return Err(ended()),
                _ => InSheet::Inside,
            };
            match next {
                InSheet::Row(repeated) => {
                    let cells = self.read_row()?;
                    let last = number.saturating_add(repeated);
                    if !cells.is_empty() && push(number..last, &cells, rows)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    number = last;
                }
                InSheet::Inside => {}
                InSheet::Other => self.skip()?,
                InSheet::End => return Ok(ControlFlow::Continue(())),
            }
        }
    }

    /// Reads the cells of the row that was begun that hold something: the column, how often it stands there, the value.
    fn read_row(&mut self) -> Result<Vec<(u32, u32, Data)>, ReadError> {
        let (mut cells, mut column) = (Vec::new(), 0_u32);
        loop {
            let said = match self.next()? {
                Event::Start(element)
                    if matches!(element.local_name().as_ref(), "table-cell" | "covered-table-cell") =>
                {
                    Some(said(&element)?)
                }
                Event::Start(_) => None,
                Event::End(_) => return Ok(cells),
                Event::Eof => return Err(ended()),
                _ => continue,
            };
            let Some(said) = said else {
                self.skip()?;
                continue;
            };
            let (repeated, value) = (said.repeated, self.read_value(said)?);
            if value != Data::Empty {
                cells.push((column, repeated, value));
            }
            column = column.saturating_add(repeated);
        }
    }
}

/// Hands over a row, as often as it stands there.
fn push(
    numbers: Range<u64>,
    cells: &[(u32, u32, Data)],
    rows: &mut SheetRows<'_>,
) -> Result<ControlFlow<()>, ReadError> {
    for number in numbers {
        let number =
            u32::try_from(number).map_err(|_| Malformed::new(Reason::TooWide, "has more rows than are read"))?;
        for (first, repeated, value) in cells {
            for column in *first..first.saturating_add(*repeated) {
                if rows.cell(number, column, Value::from(value))?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// What is said of content that cannot be taken apart.
const NO_XML: &str = "has content that is not well-formed";

fn ended() -> ReadError {
    Malformed::new(Reason::Truncated, "has content that ends before its time").into()
}

fn why(error: quick_xml::Error) -> ReadError {
    match error {
        quick_xml::Error::Io(error) => why_io(error.kind().into()),
        _ => unreadable(NO_XML).into(),
    }
}
