//! What a file is instead, when its first line is no header that the source knows: told by its first lines, never by showing them.

use std::fmt;

use super::header::known_names;
use super::open::decode;
use super::row::cell;
use crate::config::SourceSpec;
use crate::csv::Scanner;

/// What a file seems to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// The header stands in another line, or its names are parted by another character.
    Elsewhere(HeaderAt),
    /// The first line is the one by which Excel is told the delimiter; the header may follow.
    SepLine(Option<HeaderAt>),
    /// The first line holds values already.
    Values {
        /// Its fields.
        fields: usize,
        /// What parts them.
        delimiter: u8,
    },
    /// Columns are told by their place in the line.
    FixedWidth,
    /// A table with another header, whose rows have another number of fields than the header.
    Uneven {
        /// Fields of the header.
        header: usize,
        /// Fields of the line below it.
        row: usize,
    },
}

/// Where a header was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderAt {
    /// Its line, from 1.
    pub line: u64,
    /// What parts its names.
    pub delimiter: u8,
    /// Whether the source declares another delimiter.
    pub is_other_delimiter: bool,
    /// How many of its names the source knows.
    pub known: usize,
    /// Its fields.
    pub fields: usize,
    /// The fields of the record below it.
    pub below: Option<usize>,
}

/// Bytes and records of a file that are looked at.
const LOOKED_AT: (usize, usize) = (1 << 16, 25);
/// What parts fields in files that call themselves CSV.
const DELIMITERS: [u8; 7] = [b',', b';', b'\t', b'|', b'^', b'~', b':'];
/// Lines of a file that are compared to tell a fixed width.
const LINES: usize = 20;

/// A record: the line in which it starts, and its cells.
struct Record {
    line: u64,
    cells: Vec<String>,
}

/// Tells what a file seems to be, from its text without a byte order mark; `known` names of its first line are known.
pub(super) fn instead(spec: &SourceSpec, text: &[u8], known: usize) -> Option<Instead> {
    let text = text.get(..LOOKED_AT.0).unwrap_or(text);
    let mut delimiters = vec![spec.delimiter];
    delimiters.extend(DELIMITERS.iter().filter(|delimiter| **delimiter != spec.delimiter));
    let read: Vec<(u8, Vec<Record>)> =
        delimiters.into_iter().map(|delimiter| (delimiter, records(spec, text, delimiter))).collect();
    let header = find_header(spec, &read).filter(|found| found.known > 2 * known);
    if is_sep_line(text) {
        return Some(Instead::SepLine(header));
    }
    if let Some(header) = header {
        return Some(Instead::Elsewhere(header));
    }
    if known > 0 {
        return None;
    }
    let table = read.iter().find(|(_, records)| is_table(records));
    if let Some((delimiter, [first, ..])) = table.map(|(delimiter, records)| (*delimiter, records.as_slice()))
        && first.cells.iter().any(|cell| is_value(cell))
    {
        return Some(Instead::Values { fields: first.cells.len(), delimiter });
    }
    if table.is_none() && is_fixed_width(text) {
        return Some(Instead::FixedWidth);
    }
    match read.first().map(|(_, records)| records.as_slice()) {
        Some([first, second, ..]) if first.cells.len() > 1 && first.cells.len() != second.cells.len() => {
            Some(Instead::Uneven { header: first.cells.len(), row: second.cells.len() })
        }
        _ => None,
    }
}

fn records(spec: &SourceSpec, text: &[u8], delimiter: u8) -> Vec<Record> {
    let mut scanner = Scanner::new(text, delimiter, 0);
    let mut records = Vec::new();
    let (mut line, mut counted) = (1, 0);
    while let (true, Ok(Some(extent))) = (records.len() < LOOKED_AT.1, scanner.next_record()) {
        // The last record may be cut off.
        if extent.next == text.len() && text.len() == LOOKED_AT.0 {
            break;
        }
        line += line_ends(text.get(counted..extent.start).unwrap_or_default());
        counted = extent.start;
        let record = text.get(extent.start..extent.end).unwrap_or_default();
        let cells = scanner.fields().iter().map(|span| decode(spec.encoding, &cell(record, *span))).collect();
        records.push(Record { line, cells });
    }
    records
}

fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let lone = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count();
    (feeds + lone) as u64
}

/// Returns the line that has most known names, by any delimiter, if it has more than a line has by chance.
fn find_header(spec: &SourceSpec, read: &[(u8, Vec<Record>)]) -> Option<HeaderAt> {
    let mut best: Option<HeaderAt> = None;
    for (delimiter, records) in read {
        for (number, record) in records.iter().enumerate() {
            let known = known_names(spec, &record.cells);
            if known > 1.max(best.map_or(0, |best| best.known)) {
                best = Some(HeaderAt {
                    line: record.line,
                    delimiter: *delimiter,
                    is_other_delimiter: *delimiter != spec.delimiter,
                    known,
                    fields: record.cells.len(),
                    below: records.get(number + 1).map(|below| below.cells.len()),
                });
            }
        }
    }
    best.filter(|best| best.line > 1 || best.is_other_delimiter)
}

/// Returns whether the first line is such as `sep=;`.
fn is_sep_line(text: &[u8]) -> bool {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    line.len() <= 6 && line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"sep="))
}

/// Returns whether all records have the same number of fields, and more than one.
fn is_table(records: &[Record]) -> bool {
    let width = records.first().map_or(0, |record| record.cells.len());
    width > 1 && records.iter().all(|record| record.cells.len() == width)
}

/// Returns whether a cell is a number, a date or an identifier rather than a name.
fn is_value(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && !cell.bytes().any(|byte| byte.is_ascii_alphabetic()) || digits >= 6
}

/// Returns whether lines have one length, or are parted by runs of spaces.
fn is_fixed_width(text: &[u8]) -> bool {
    let whole = text.len() < LOOKED_AT.0;
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end()).collect();
    if !whole {
        lines.pop();
    }
    lines.retain(|line| !line.is_empty());
    lines.truncate(LINES);
    let raw: Vec<usize> = text.split(|byte| *byte == b'\n').take(lines.len()).map(<[u8]>::len).collect();
    let one_length =
        raw.len() > 1 && raw.first().is_some_and(|first| *first >= 20 && raw.iter().all(|raw| raw == first));
    let is_parted = |line: &&[u8]| {
        line.windows(3).filter(|bytes| matches!(bytes, [b' ', b' ', other] if *other != b' ')).count() >= 2
    };
    one_length || lines.len() > 1 && lines.iter().all(is_parted)
}

/// Writes a delimiter as the configuration has it.
struct Shown(u8);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == b'\t' { f.write_str("\"\\t\"") } else { write!(f, "\"{}\"", char::from(self.0)) }
    }
}

impl fmt::Display for HeaderAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, known, delimiter, .. } = self;
        let above = line - 1;
        match (*line, self.is_other_delimiter) {
            (1, _) => write!(f, "read with {} the first line has {known} known names", Shown(*delimiter))?,
            (_, false) => write!(f, "the header seems to begin in line {line}, which has {known} known names")?,
            (_, true) => {
                let with = Shown(*delimiter);
                write!(f, "the header seems to begin in line {line}, which has {known} known names read with {with}")?;
            }
        }
        if let Some(below) = self.below.filter(|below| *below != self.fields) {
            write!(f, " (it has {} fields, and the line below it {below})", self.fields)?;
        }
        let and = match above {
            0 => "; ",
            1 => {
                f.write_str("; remove the line above it")?;
                " and "
            }
            _ => {
                write!(f, "; remove the {above} lines above it")?;
                " and "
            }
        };
        if self.is_other_delimiter {
            write!(f, "{and}set `delimiter: {}` of the source", Shown(*delimiter))
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere(header) => header.fmt(f),
            Self::SepLine(None) => f.write_str("the first line is Excel's `sep=` line; remove it"),
            Self::SepLine(Some(header)) => write!(f, "the first line is Excel's `sep=` line; {header}"),
            Self::Values { fields, delimiter } => {
                let with = Shown(*delimiter);
                write!(f, "there is no header: the first line holds values, in {fields} fields parted by {with}; put the header above it")
            }
            Self::FixedWidth => f.write_str(
                "no delimiter parts its lines, which seem to have columns of a fixed width; convert it to CSV, with a header",
            ),
            Self::Uneven { header, row } => {
                write!(f, "it has {header} fields, and the line below it {row}; it may be a title, not a header")
            }
        }
    }
}
