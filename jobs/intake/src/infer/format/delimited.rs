//! Delimited text: what stands between and around fields, and which lines are none of the records.

use super::super::sample::{Column, Part, Sample, Seen, Set, Setting};
use super::header::{self, MOST_TITLES, Shape};
use super::packed::Member;
use super::rows::{Dialect, Row, split};
use super::text::Decoded;

/// What may stand between fields, and how readily it is believed.
const DELIMITERS: [(&str, f64); 22] = [
    (",", 1.0),
    (";", 1.0),
    ("\t", 1.0),
    ("|", 1.0),
    ("\u{1}", 1.0),
    ("\u{1f}", 1.0),
    ("\u{1e}", 1.0),
    ("\u{2}", 1.0),
    ("||", 1.0),
    ("|~|", 1.0),
    ("~|~", 1.0),
    ("^|^", 1.0),
    ("~~", 1.0),
    (";;", 1.0),
    ("::", 0.9),
    ("~", 0.95),
    ("^", 0.9),
    ("\u{a6}", 0.9),
    ("\u{a7}", 0.9),
    ("\u{ac}", 0.9),
    ("*", 0.6),
    ("!", 0.5),
];
/// Rows on which the delimiter is decided.
const TRIED_ROWS: usize = 400;
/// The share of rows that must have as many fields as most have.
const LEAST_CONSISTENCY: f64 = 0.8;
/// The fewest records that tell a delimiter apart from chance.
const FEWEST_ROWS: usize = 2;

/// Fields that names in text of fixed width may be parted into by chance.
const FEW_FIELDS: usize = 4;
/// The fewest lines whose one length is no chance.
const PADDED_LINES: usize = 5;

/// Takes a sample of delimited text; `None` if nothing delimits.
pub(super) fn sample(decoded: &Decoded, member: &Member, most: usize) -> Option<Sample> {
    let (said, text) = said_delimiter(&decoded.text);
    let text = whole_lines(text, decoded.is_whole);
    let dialect = match said {
        Some(delimiter) => dialect(text, delimiter),
        None => best(text)?,
    };
    let rows = split(text, &dialect, most.saturating_add(100));
    let shape = header::shape(&rows, decoded, &dialect)?;
    let mut sample = Sample { format: settings(decoded, &dialect, &shape), ..Sample::default() };
    if member.name.is_none() && said.is_some() {
        sample.doubts.push("the first line says the delimiter (`sep=`); it is read over".to_owned());
    }
    if shape.repeats > 0 {
        sample
            .doubts
            .push(format!("the header is repeated {} times among the rows; those are filtered", shape.repeats));
    }
    if shape.odd > 0 {
        sample.doubts.push(format!("{} rows have another number of fields than the others: refused", shape.odd));
    }
    let columns = columns(&rows, &shape, most);
    let seen = columns.first().map_or(0, |column| column.cells.len());
    sample.parts.push(Part { columns, rows: seen, ..Part::default() });
    Some(sample)
}

/// Returns the delimiter that a line `sep=` says, and the text without the line.
fn said_delimiter(text: &str) -> (Option<&str>, &str) {
    let Some(rest) = text.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(text.get(4..)) else {
        return (None, text);
    };
    let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let (delimiter, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let after = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\r', '\n'])).unwrap_or(after);
    ((!delimiter.is_empty()).then_some(delimiter), after)
}

/// Leaves out the last line of a text that was cut off.
pub(super) fn whole_lines(text: &str, is_whole: bool) -> &str {
    if is_whole {
        return text;
    }
    text.rfind(['\n', '\r']).and_then(|end| text.get(..=end)).unwrap_or(text)
}

/// Returns the delimiter by which most rows have the same, high number of fields.
fn best(text: &str) -> Option<Dialect> {
    let mut best: Option<(f64, Dialect)> = None;
    for (delimiter, belief) in DELIMITERS {
        if !text.contains(delimiter) {
            continue;
        }
        let dialect = dialect(text, delimiter);
        let rows = split(text, &dialect, TRIED_ROWS);
        let Some((width, share)) = most_common_width(&rows) else { continue };
        if width < 2 || share < LEAST_CONSISTENCY || rows.len() < FEWEST_ROWS {
            continue;
        }
        // Names such as `MARSH, DANA` in text of fixed width have a comma each.
        if width <= FEW_FIELDS && is_padded(text) {
            continue;
        }
        // Of a delimiter of several characters the single one leaves every other field empty.
        let is_part = is_always_empty_between(&rows, width);
        let score = belief * share * share * (width as f64).sqrt() * if is_part { 0.5 } else { 1.0 };
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, dialect));
        }
    }
    best.map(|(_, dialect)| dialect)
}

/// Returns how many fields most rows have, and the share of rows that do; lines that are empty do not count.
pub(super) fn most_common_width(rows: &[Row]) -> Option<(usize, f64)> {
    let widths: Vec<usize> = rows.iter().filter(|row| !row.is_blank()).map(|row| row.fields.len()).collect();
    let mut counts = std::collections::BTreeMap::new();
    for width in &widths {
        *counts.entry(*width).or_insert(0_usize) += 1;
    }
    let (width, count) = counts.into_iter().max_by_key(|(width, count)| (*count, *width))?;
    // Titles above and a footer below are not what the delimiter is told by.
    let first = widths.iter().take(MOST_TITLES).position(|own| *own == width).unwrap_or_default();
    let last = widths.iter().rposition(|own| *own == width).unwrap_or_default();
    Some((width, count as f64 / (last + 1 - first) as f64))
}

/// Tells whether all lines are of one length, with blanks that fill them up.
fn is_padded(text: &str) -> bool {
    let lines = || text.lines().filter(|line| !line.is_empty()).take(TRIED_ROWS);
    let length = lines().next().map(|line| line.chars().count());
    lines().count() >= PADDED_LINES && lines().all(|line| Some(line.chars().count()) == length && line.contains("   "))
}

fn is_always_empty_between(rows: &[Row], width: usize) -> bool {
    width >= 3
        && width % 2 == 1
        && rows
            .iter()
            .filter(|row| row.fields.len() == width)
            .all(|row| row.fields.iter().skip(1).step_by(2).all(String::is_empty))
}

/// Tells quotes and escapes of a text with this delimiter.
fn dialect(text: &str, delimiter: &str) -> Dialect {
    let lines = || text.lines().take(TRIED_ROWS * 5);
    let has_escapes = lines().any(|line| {
        let fields = line.split(delimiter);
        fields.clone().any(|field| field == "\\N") && delimiter == "\t"
            || fields.clone().any(|field| field.contains("\\t") || field.contains("\\n") || field.contains("\\\\"))
    });
    let quoted = |quote: char| {
        let starts = lines().flat_map(|line| line.split(delimiter)).filter(|field| field.starts_with(quote)).count();
        let ends = lines().flat_map(|line| line.split(delimiter)).filter(|field| field.ends_with(quote)).count();
        starts > 0 && ends > 0 && starts.abs_diff(ends) * 5 <= starts + ends
    };
    let quote = match delimiter {
        _ if quoted('"') => Some('"'),
        _ if quoted('\'') => Some('\''),
        "," | ";" => Some('"'),
        "\t" if !has_escapes && !text.contains('"') => Some('"'),
        _ => None,
    };
    Dialect { delimiter: delimiter.to_owned(), quote, has_escapes }
}

fn settings(decoded: &Decoded, dialect: &Dialect, shape: &Shape) -> Vec<Setting> {
    let mut settings = vec![Setting::word("type", "csv"), Setting::text("delimiter", dialect.delimiter.as_str())];
    match dialect.quote {
        Some('"') => {}
        Some(quote) => settings.push(Setting::text("quote", quote)),
        None => settings.push(Setting::word("quote", "none")),
    }
    if dialect.has_escapes {
        settings.push(Setting::word("escape", "backslash"));
    }
    settings.push(Setting::word("encoding", decoded.name()).noted(decoded.doubt.clone()));
    if shape.title_lines > 0 {
        settings.push(Setting::word("title_lines", shape.title_lines));
    }
    if !shape.has_header {
        settings.push(
            Setting::word("header", "false").noted(Some("the first line is a row; columns go by number".to_owned())),
        );
    }
    if let Some(footer) = &shape.footer {
        let mut map = vec![("starts_with".to_owned(), Set::Text(footer.starts_with.clone()))];
        if footer.counts_rows {
            map.push(("count".to_owned(), Set::Word("rows".to_owned())));
        }
        settings.push(Setting { key: "footer", value: Set::Map(map), comment: footer.doubt.clone() });
    }
    settings
}

fn columns(rows: &[Row], shape: &Shape, most: usize) -> Vec<Column> {
    let mut columns: Vec<Column> = match &shape.header {
        Some(header) => header.iter().map(|name| Column::new(name.trim(), name.trim())).collect(),
        None => (1..=shape.width).map(|number| Column::new(format!("#{number}"), "")).collect(),
    };
    // A name that stands twice says nothing about which column it is.
    let names: Vec<String> = columns.iter().map(|column| column.source.to_lowercase()).collect();
    for (at, column) in columns.iter_mut().enumerate() {
        let again = names.iter().filter(|name| **name == column.source.to_lowercase()).count() > 1;
        if again || column.source.is_empty() {
            column.source = format!("#{}", at + 1);
        }
    }
    for row in rows.iter().filter(|row| shape.is_record(row)).take(most) {
        for (column, field) in columns.iter_mut().zip(&row.fields) {
            column.cells.push(Seen::text(field));
        }
    }
    columns
}
