//! Workbooks: which sheets hold tables, where their headers are, and some rows.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Sheets, open_workbook_auto_from_rs};
use carelake_records::Kind;

use super::super::InferError;
use super::super::meaning;
use super::super::sample::{Column, Part, Sample, Seen, Setting};
use super::packed::Member;

const BROKEN: InferError = InferError::Broken { what: "a workbook" };
/// Rows above a header that are looked at.
const MOST_TITLES: usize = 30;

/// A sheet's table.
struct Table {
    title_lines: usize,
    has_header: bool,
    columns: Vec<Column>,
    rows: usize,
}

/// Takes a sample of a workbook.
pub(super) fn sample(member: &Member, most: usize) -> Result<Sample, InferError> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(member.head.clone())).map_err(|_| BROKEN)?;
    let kind = match &book {
        Sheets::Xls(_) => "xls",
        Sheets::Xlsx(_) => "xlsx",
        Sheets::Xlsb(_) => "xlsb",
        Sheets::Ods(_) => "ods",
    };
    let names = book.sheet_names();
    let mut tables = Vec::new();
    for name in &names {
        let Ok(range) = book.worksheet_range(name) else { continue };
        let first = range.start().map_or(0, |(row, _)| row as usize);
        let rows: Vec<&[Data]> = range.rows().collect();
        tables.extend(table(&rows, first, most).map(|table| (name.clone(), table)));
    }
    // A sheet of remarks has fewer columns than those of data, and hardly a row.
    tables.retain(|(_, table)| table.columns.len() >= 2 && table.rows >= 1);
    let title_lines = tables.iter().map(|(_, table)| table.title_lines).max().unwrap_or_default();
    let has_header = tables.iter().all(|(_, table)| table.has_header);
    let mut format = vec![Setting::word("type", "workbook").noted(Some(kind.to_owned()))];
    if title_lines > 0 {
        format.push(Setting::word("title_lines", title_lines));
    }
    if !has_header {
        format.push(
            Setting::word("header", "false").noted(Some("the first row is data; columns go by number".to_owned())),
        );
    }
    let mut sample = Sample { format, ..Sample::default() };
    if counts_from_1904(&member.head) {
        sample.doubts.push(super::super::meaning::COUNTS_FROM_1904.to_owned());
    }
    let left_out = names.len() - tables.len();
    if left_out > 0 && names.len() > 1 {
        sample.doubts.push(format!("{left_out} of {} sheets hold no table and are left out", names.len()));
    }
    for (name, table) in tables {
        let name = (names.len() > 1 || kind == "ods").then_some(name);
        sample.parts.push(Part { name, columns: table.columns, rows: table.rows, ..Part::default() });
    }
    Ok(sample)
}

/// Finds the table of a sheet.
fn table(rows: &[&[Data]], first: usize, most: usize) -> Option<Table> {
    let filled = |row: &&[Data]| row.iter().filter(|cell| !seen(cell).text.is_empty()).count();
    let width = rows.iter().map(filled).max()?;
    let at = rows.iter().take(MOST_TITLES).position(|row| filled(row) * 5 >= width * 3 && filled(row) >= 2)?;
    let head = rows.get(at)?;
    let has_header = head.iter().all(|cell| matches!(cell, Data::String(_) | Data::Empty))
        && head.iter().filter(|cell| meaning::is_column_name(&seen(cell).text)).count() * 4 >= filled(head);
    let mut columns: Vec<Column> = head
        .iter()
        .enumerate()
        .map(|(at, cell)| match seen(cell).text {
            name if has_header && !name.is_empty() => Column::new(name.as_str(), name.as_str()),
            _ => Column::new(format!("#{}", at + 1), ""),
        })
        .collect();
    let mut taken = 0;
    for row in rows.iter().skip(at + usize::from(has_header)).filter(|row| filled(row) > 0).take(most) {
        taken += 1;
        for (column, cell) in columns.iter_mut().zip(row.iter()) {
            column.cells.push(seen(cell));
        }
    }
    columns.retain(|column| !column.label.is_empty() || column.cells.iter().any(|cell| !cell.text.is_empty()));
    Some(Table { title_lines: first + at, has_header, columns, rows: taken })
}

fn seen(cell: &Data) -> Seen {
    match cell {
        Data::Empty | Data::Error(_) => Seen::default(),
        Data::String(text) => Seen::text(text),
        Data::Int(number) => Seen::of(Kind::Number, &number.to_string()),
        Data::Float(number) => Seen::of(Kind::Number, &number.to_string()),
        Data::Bool(is_true) => Seen::of(Kind::Boolean, &is_true.to_string()),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
            if moment.is_datetime() {
                Seen::of(Kind::DateTime, &text)
            } else {
                Seen::of(Kind::Number, &moment.as_f64().to_string())
            }
        }
        Data::DateTimeIso(text) => Seen::of(Kind::DateTime, text),
        Data::DurationIso(text) => Seen::text(text),
    }
}

/// Tells whether an XLSX counts its days from 1904.
fn counts_from_1904(bytes: &[u8]) -> bool {
    let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(bytes)) else { return false };
    let Ok(part) = zip.by_name("xl/workbook.xml") else { return false };
    let mut text = String::new();
    let read = part.take(1 << 20).read_to_string(&mut text).is_ok();
    read && ["date1904=\"1\"", "date1904=\"true\""].iter().any(|said| text.contains(said))
}
