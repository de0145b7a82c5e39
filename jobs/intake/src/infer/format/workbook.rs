//! Workbooks: which sheets hold tables, where their headers are, and some rows.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use carelake_records::{Format, Kind, Limits, Source, Wanted, WantedTable, Way, Workbook, workbook};

use super::super::InferError;
use super::super::meaning;
use super::super::sample::{Column, Part, Sample, Seen, Setting};
use super::packed::Member;

const BROKEN: InferError = InferError::Broken { what: "a workbook" };
/// Rows above a header that are looked at.
const MOST_TITLES: usize = 30;

/// Columns of a sheet that are looked at.
const MOST_COLUMNS: usize = 1_000;
/// Sheets that are looked at.
const MOST_SHEETS: usize = 40;

/// A row of a sheet: its number, from 1, and its cells.
type Row = (u64, Vec<Seen>);

/// A sheet's table.
struct Table {
    title_lines: usize,
    has_header: bool,
    columns: Vec<Column>,
    rows: usize,
}

/// Takes a sample of a workbook.
pub(super) fn sample(member: &Member, most: usize) -> Result<Sample, InferError> {
    let file = member.file().ok_or(BROKEN)?;
    let kind = kind(file);
    let names = workbook::sheet_names(file, &Limits::default()).map_err(|_| BROKEN)?;
    let mut tables = Vec::new();
    for name in names.iter().take(MOST_SHEETS) {
        let Some(rows) = rows(file, name, most) else { continue };
        tables.extend(table(&rows, most).map(|table| (name.clone(), table)));
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
    if counts_from_1904(file) {
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

/// Tells which kind of workbook a file is, by the names of its parts.
fn kind(file: &Path) -> &'static str {
    let Some(archive) = archive(file) else { return "xls" };
    let has = |end: &str| archive.file_names().filter_map(Result::ok).any(|name| name.ends_with(end));
    if has("workbook.bin") {
        "xlsb"
    } else if has("[Content_Types].xml") {
        "xlsx"
    } else {
        "ods"
    }
}

fn archive(file: &Path) -> Option<zip::ZipArchive<BufReader<File>>> {
    zip::ZipArchive::new(BufReader::new(File::open(file).ok()?)).ok()
}

/// Reads the first rows of a sheet, as they are read for good; `None` if it cannot be read.
fn rows(file: &Path, sheet: &str, most: usize) -> Option<Vec<Row>> {
    let source = |at: usize| Source { path: format!("#{}", at + 1), up: 0, is_list: false };
    let sources = (0..MOST_COLUMNS).map(source).collect();
    let wanted =
        Wanted { tables: vec![WantedTable { part: Some(sheet.to_owned()), sources, ..WantedTable::default() }] };
    let format = Format { packed: Vec::new(), way: Way::Workbook(Workbook::default()) };
    let mut rows: Vec<Row> = Vec::new();
    let read = carelake_records::read(file, &format, &wanted, &Limits::default(), &mut |batch| {
        for table in &batch.tables {
            for (row, cells) in table.rows.iter().zip(table.cells.chunks(MOST_COLUMNS)) {
                let mut cells: Vec<Seen> = cells
                    .iter()
                    .map(|cell| Seen::of(cell.kind, &String::from_utf8_lossy(batch.text_of(*cell))))
                    .collect();
                let width = cells.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
                cells.truncate(width);
                rows.push((row.place.number, cells));
            }
        }
        if rows.len() > most + MOST_TITLES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    read.is_ok().then_some(rows)
}

/// Finds the table of a sheet.
fn table(rows: &[Row], most: usize) -> Option<Table> {
    let filled = |row: &Row| row.1.iter().filter(|cell| !cell.text.is_empty()).count();
    let width = rows.iter().map(filled).max()?;
    let columns = rows.iter().map(|(_, cells)| cells.len()).max()?;
    let at = rows.iter().take(MOST_TITLES).position(|row| filled(row) * 5 >= width * 3 && filled(row) >= 2)?;
    let head = rows.get(at)?;
    let (number, names) = head;
    let has_header = names.iter().all(|cell| matches!(cell.kind, Kind::Text | Kind::Null))
        && names.iter().filter(|cell| meaning::is_column_name(&cell.text)).count() * 4 >= filled(head);
    let column = |at: usize| match names.get(at).map(|cell| cell.text.as_str()) {
        Some(name) if has_header && !name.is_empty() => Column::new(name, name),
        _ => Column::new(format!("#{}", at + 1), ""),
    };
    let mut columns: Vec<Column> = (0..columns).map(column).collect();
    let mut taken = 0;
    for (_, cells) in rows.iter().skip(at + usize::from(has_header)).filter(|row| filled(row) > 0).take(most) {
        taken += 1;
        for (at, column) in columns.iter_mut().enumerate() {
            column.cells.push(cells.get(at).cloned().unwrap_or_default());
        }
    }
    columns.retain(|column| !column.label.is_empty() || column.cells.iter().any(|cell| !cell.text.is_empty()));
    let title_lines = usize::try_from(number.saturating_sub(1)).ok()?;
    Some(Table { title_lines, has_header, columns, rows: taken })
}

/// Tells whether an XLSX counts its days from 1904.
fn counts_from_1904(file: &Path) -> bool {
    let Some(mut archive) = archive(file) else { return false };
    let Ok(part) = archive.by_name("xl/workbook.xml") else { return false };
    let mut text = String::new();
    let read = part.take(1 << 20).read_to_string(&mut text).is_ok();
    read && ["date1904=\"1\"", "date1904=\"true\""].iter().any(|said| text.contains(said))
}
