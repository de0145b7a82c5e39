//! Which lines of a text are none of its records: titles, the header and its repeats, a footer.

use super::super::meaning;
use super::delimited::most_common_width;
use super::rows::{Dialect, Row, split};
use super::text::Decoded;

/// Lines above the header that are looked at.
pub(super) const MOST_TITLES: usize = 30;
/// Words that footers begin with or hold.
const FOOTER_WORDS: [&str; 22] = [
    "total",
    "totals",
    "count",
    "records",
    "rows",
    "record",
    "row",
    "end",
    "eof",
    "trailer",
    "trl",
    "footer",
    "summe",
    "anzahl",
    "zeilen",
    "registros",
    "filas",
    "lignes",
    "number",
    "fin",
    "tail",
    "sum",
];

/// Which rows are what.
pub(super) struct Shape {
    /// How many fields records have.
    pub width: usize,
    /// Lines above the header, or above the first record.
    pub title_lines: usize,
    /// Whether there is a header.
    pub has_header: bool,
    /// The names of the columns.
    pub header: Option<Vec<String>>,
    /// The line of the header, from 1; 0 without one.
    header_line: usize,
    /// The last line, if it is no record.
    pub footer: Option<FooterLine>,
    /// How often the header stands among the records.
    pub repeats: usize,
    /// How many rows have another number of fields.
    pub odd: usize,
}

/// A last line that is no record.
pub(super) struct FooterLine {
    /// What it begins with.
    pub starts_with: String,
    /// Whether its number is that of the rows.
    pub counts_rows: bool,
    /// What is to be known about it.
    pub doubt: Option<String>,
}

impl Shape {
    /// Tells whether a row is a record.
    pub(super) fn is_record(&self, row: &Row) -> bool {
        row.fields.len() == self.width
            && row.line > self.header_line.max(self.title_lines)
            && !row.is_blank()
            && !self.is_repeat(row)
    }

    fn is_repeat(&self, row: &Row) -> bool {
        self.header.as_ref().is_some_and(|header| *header == row.fields)
    }
}

/// Tells which rows are what.
pub(super) fn shape(rows: &[Row], decoded: &Decoded, dialect: &Dialect) -> Option<Shape> {
    let (width, _) = most_common_width(rows)?;
    let first = rows.iter().take(MOST_TITLES).position(|row| row.fields.len() == width && !row.is_blank())?;
    let head = rows.get(first)?;
    let after: Vec<&Row> =
        rows.iter().skip(first + 1).filter(|row| row.fields.len() == width && !row.is_blank()).collect();
    let has_header = is_header(head, &after);
    let header = has_header.then(|| head.fields.clone());
    let mut shape = Shape {
        width,
        title_lines: head.line.saturating_sub(1),
        has_header,
        header,
        header_line: if has_header { head.line } else { 0 },
        footer: None,
        repeats: 0,
        odd: 0,
    };
    let below: Vec<&Row> = rows.iter().skip(first + usize::from(has_header)).collect();
    shape.repeats = below.iter().filter(|row| shape.is_repeat(row)).count();
    shape.odd = below.iter().filter(|row| !row.is_blank() && row.fields.len() != width).count();
    let has_all = decoded.is_whole && below.last().is_some_and(|row| row.line + 1 >= decoded.text.lines().count());
    let counted = below.iter().filter(|row| !row.is_blank() && !shape.is_repeat(row)).count();
    if let Some(footer) = footer(decoded, dialect, width, has_all.then_some(counted)) {
        shape.odd = shape.odd.saturating_sub(usize::from(has_all));
        shape.footer = Some(footer);
    }
    Some(shape)
}

/// Tells a header: names, where the rows below it have values.
fn is_header(head: &Row, below: &[&Row]) -> bool {
    let cells: Vec<&str> = head.fields.iter().map(|field| field.trim()).collect();
    let filled: Vec<&str> = cells.iter().copied().filter(|cell| !cell.is_empty()).collect();
    let mut distinct: Vec<String> = filled.iter().map(|cell| cell.to_lowercase()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if filled.len() * 5 < cells.len() * 4 || distinct.len() * 10 < filled.len() * 9 {
        return false;
    }
    let is_value = |cell: &str| {
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        digits >= 4 || (digits > 0 && digits == cell.chars().count()) || cell.contains('@') || cell == "\\N"
    };
    if filled.iter().any(|cell| is_value(cell)) {
        return false;
    }
    let known = filled.iter().filter(|cell| meaning::is_column_name(cell)).count();
    let differs = (0..cells.len()).filter(|at| {
        let has_values = |row: &&&Row| row.fields.get(*at).is_some_and(|cell| is_value(cell.trim()));
        below.iter().take(200).filter(has_values).count() * 2 > below.len().min(200)
    });
    known * 3 >= filled.len() || differs.count() > 0
}

fn footer(decoded: &Decoded, dialect: &Dialect, width: usize, counted: Option<usize>) -> Option<FooterLine> {
    let end = if decoded.tail.is_empty() { &decoded.text } else { &decoded.tail };
    if decoded.tail.is_empty() && !decoded.is_whole {
        return None;
    }
    let last = end.trim_end_matches(['\r', '\n']).rsplit(['\r', '\n']).next()?.trim_end();
    let row = split(last, dialect, 1).into_iter().next()?;
    let filled = row.fields.iter().filter(|field| !field.trim().is_empty()).count();
    let lower = last.to_lowercase();
    let has_word = lower.split(|letter: char| !letter.is_alphanumeric()).any(|word| FOOTER_WORDS.contains(&word));
    if (row.fields.len() == width && filled > 2) || !has_word {
        return None;
    }
    let at = last.find(|letter: char| letter.is_ascii_digit());
    let starts_with = last.get(..at.unwrap_or(last.len())).unwrap_or(last).trim_end_matches(['"', ' ', '#', '=']);
    let number: Option<usize> = at.and_then(|at| last.get(at..)).and_then(|rest| {
        let digits: String = rest.chars().take_while(|letter| letter.is_ascii_digit() || *letter == ',').collect();
        digits.replace(',', "").parse().ok()
    });
    // The footer itself was counted among the rows.
    let rows = counted.map(|counted| counted.saturating_sub(1));
    let (counts_rows, doubt) = match (number, rows) {
        (None, _) => (false, None),
        (Some(number), Some(rows)) if number == rows => (true, Some("its number is that of the rows".to_owned())),
        (Some(_), Some(_)) => (false, Some("its number is not that of the rows".to_owned())),
        (Some(_), None) => (true, Some("its number was not compared: the file is long".to_owned())),
    };
    (!starts_with.is_empty()).then(|| FooterLine { starts_with: starts_with.to_owned(), counts_rows, doubt })
}
