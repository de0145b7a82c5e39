//! Workbooks as records: one a row of a sheet, its place the number of the row.
//!
//! Content tells XLSX, XLSM, XLSB, XLS and ODS apart. Cells are what the workbook holds, cached values of formulas among them: dates
//! by the format of their number, errors null. Hidden rows and sheets are read; blank rows are no rows. A file that is an archive is
//! unpacked once into nothing before it is opened, so that no part of it is larger than the limits.

mod cell;
mod container;
mod ods;
mod rows;
mod sheets;
mod xls;

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;

use calamine::{Reader, Xlsb, XlsbError, Xlsx, XlsxError};

use self::cell::Value;
use self::container::{Container, encrypted, inspect};
use self::rows::SheetRows;
use self::sheets::assign;
use super::batch::Batch;
use super::format::Workbook;
use super::limits::Limits;
use super::malformed::{Malformed, ReadError, Reason};
use super::wanted::{Reading, Wanted};

type Opened = BufReader<File>;

/// Reads the sheets of a workbook that are wanted, each once, in the order of the workbook.
///
/// # Errors
/// [`ReadError`]: not the format or truncated if it is no workbook, encrypted, without a wanted sheet, beyond a limit; what reading
/// itself fails with.
pub fn read(
    file: &Path,
    workbook: &Workbook,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let (container, unpacked_bytes) = inspect(file, limits)?;
    let mut rows = SheetRows::new(workbook, wanted, limits, take);
    let file = || File::open(file).map(BufReader::new);
    // Whoever takes the rows may have had enough: what was read until then is told all the same.
    let _ = match container {
        Container::Empty => ControlFlow::Continue(()),
        Container::Xlsx => read_xlsx(file()?, wanted, &mut rows)?,
        Container::Xlsb => read_xlsb(file()?, wanted, &mut rows)?,
        Container::Xls(bytes) => xls::read(bytes, wanted, &mut rows)?,
        Container::Ods => ods::read(file()?, wanted, limits, &mut rows)?,
    };
    Ok(rows.finish(unpacked_bytes))
}

/// Returns the names of the sheets of a workbook, in its order.
///
/// # Errors
/// As [`read`].
pub fn sheet_names(file: &Path, limits: &Limits) -> Result<Vec<String>, ReadError> {
    let (container, _) = inspect(file, limits)?;
    let file = || File::open(file).map(BufReader::new);
    match container {
        Container::Empty => Ok(Vec::new()),
        Container::Xlsx => Ok(guarded(|| Xlsx::new(file()?))?.sheet_names()),
        Container::Xlsb => Ok(guarded(|| Xlsb::new(file()?))?.sheet_names()),
        Container::Xls(bytes) => xls::sheet_names(&bytes),
        Container::Ods => ods::sheet_names(file()?, limits),
    }
}

/// Says that a part of a workbook is not all there.
fn cut_off() -> Malformed {
    Malformed::new(Reason::Truncated, "has a part that ends before its time; ask for it again")
}

/// Says that a file is not what it is declared to be.
fn unreadable(message: &str) -> Malformed {
    Malformed::new(Reason::NotTheFormat, message)
}

/// Runs what reads bytes that anyone may have sent: where the reader of workbooks trusts a length that it should not, it panics.
fn guarded<T, E: Why>(read: impl FnOnce() -> Result<T, E>) -> Result<T, ReadError> {
    match crate::guard::guarded(read) {
        Some(Ok(read)) => Ok(read),
        Some(Err(error)) => Err(error.why()),
        None => Err(unreadable("has a part that contradicts itself").into()),
    }
}

fn read_xlsx(file: Opened, wanted: &Wanted, rows: &mut SheetRows<'_>) -> Result<ControlFlow<()>, ReadError> {
    let mut book: Xlsx<Opened> = guarded(|| Xlsx::new(file))?;
    let names = book.sheet_names();
    for (sheet, tables) in assign(wanted, &names)? {
        if rows.begin(sheet, names.len() > 1, &tables).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let opened = guarded(|| match book.worksheet_cells_reader(sheet) {
            // A sheet of charts has no cells.
            Err(XlsxError::NotAWorksheet(_)) => Ok(None),
            cells => cells.map(Some),
        })?;
        let Some(mut cells) = opened else { continue };
        let mut next = || match cells.next_cell() {
            Ok(Some(cell)) => Ok(ControlFlow::Continue(Some(cell))),
            Ok(None) => Ok(ControlFlow::Break(())),
            // An error that came with a later version of spreadsheets: no value, as the others.
            Err(XlsxError::CellError(_)) => Ok(ControlFlow::Continue(None)),
            Err(error) => Err(error),
        };
        while let ControlFlow::Continue(cell) = guarded(&mut next)? {
            let Some(cell) = cell else { continue };
            let (row, column) = cell.get_position();
            if rows.cell(row, column, Value::from(cell.get_value()))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(rows.end())
}

fn read_xlsb(file: Opened, wanted: &Wanted, rows: &mut SheetRows<'_>) -> Result<ControlFlow<()>, ReadError> {
    let mut book: Xlsb<Opened> = guarded(|| Xlsb::new(file))?;
    let names = book.sheet_names();
    for (sheet, tables) in assign(wanted, &names)? {
        if rows.begin(sheet, names.len() > 1, &tables).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let mut cells = guarded(|| book.worksheet_cells_reader(sheet))?;
        while let Some(cell) = guarded(|| cells.next_cell())? {
            let (row, column) = cell.get_position();
            if rows.cell(row, column, Value::from(cell.get_value()))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(rows.end())
}

/// An error of the reader of workbooks, told without any value of the file.
trait Why {
    fn why(self) -> ReadError;
}

impl Why for XlsxError {
    fn why(self) -> ReadError {
        match self {
            Self::Io(error) => error.why(),
            Self::Password => encrypted().into(),
            Self::XmlEof(_) => cut_off().into(),
            _ => unreadable("has a part that is not what workbooks hold").into(),
        }
    }
}

impl Why for XlsbError {
    fn why(self) -> ReadError {
        match self {
            Self::Io(error) => error.why(),
            Self::Password => encrypted().into(),
            _ => unreadable("has a part that is not what workbooks hold").into(),
        }
    }
}

impl Why for std::io::Error {
    fn why(self) -> ReadError {
        why_io(self)
    }
}

/// Says why bytes cannot be read: errors of this machine are told from those of the file by their kind.
fn why_io(error: std::io::Error) -> ReadError {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof, Unsupported};
    match error.kind() {
        UnexpectedEof => cut_off().into(),
        InvalidData | InvalidInput | Other | Unsupported => unreadable("has a part that cannot be unpacked").into(),
        _ => error.into(),
    }
}
