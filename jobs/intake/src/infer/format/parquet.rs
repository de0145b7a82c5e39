//! Parquet: the columns of its schema, and some rows.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use carelake_records::{Format, Kind, Limits, Source, Wanted, WantedTable, Way, guarded};
use parquet::data_type::Decimal;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::super::InferError;
use super::super::sample::{Sample, Seen, Setting};
use super::packed::Member;
use super::tree::{Paths, Tree, parts};

const BROKEN: InferError = InferError::Broken { what: "Parquet" };

/// Takes a sample of a Parquet file.
pub(super) fn sample(member: &Member, most: usize) -> Result<Sample, InferError> {
    let file = member.file().ok_or(BROKEN)?;
    check(file)?;
    let records = guarded(|| records(file, most)).ok_or(BROKEN)??;
    let parts = parts(&records.iter().collect::<Vec<_>>(), Paths::Dots, 0);
    Ok(Sample { format: vec![Setting::word("type", "parquet")], parts, ..Sample::default() })
}

/// Has the limits looked at, as they are before a file is read for good.
fn check(file: &Path) -> Result<(), InferError> {
    let format = Format { packed: Vec::new(), way: Way::Parquet };
    let read = |tables: Vec<WantedTable>| {
        let wanted = Wanted { tables };
        let read = carelake_records::read(file, &format, &wanted, &Limits::default(), &mut |_| ControlFlow::Break(()));
        read.map_err(|_| BROKEN)
    };
    let headers = read(Vec::new())?.headers;
    let quoted = |name: &String| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let sources = headers.iter().flat_map(|(_, names)| names);
    let sources = sources.map(|name| Source { path: quoted(name), up: 0, is_list: true }).collect();
    read(vec![WantedTable { sources, ..WantedTable::default() }]).map(|_| ())
}

fn records(file: &Path, most: usize) -> Result<Vec<Tree>, InferError> {
    let reader = SerializedFileReader::new(File::open(file)?).map_err(|_| BROKEN)?;
    let rows = reader.get_row_iter(None).map_err(|_| BROKEN)?;
    rows.take(most).map(|row| row.map(|row| of_row(&row)).map_err(|_| BROKEN)).collect()
}

fn of_row(row: &Row) -> Tree {
    Tree::Map(row.get_column_iter().map(|(name, field)| (name.clone(), of_field(field))).collect())
}

fn of_field(field: &Field) -> Tree {
    let leaf = |kind, text: String| Tree::Leaf(Seen::of(kind, &text));
    match field {
        Field::Null => Tree::Leaf(Seen::default()),
        Field::Str(text) => leaf(Kind::Text, text.clone()),
        Field::Bool(is_true) => leaf(Kind::Boolean, is_true.to_string()),
        Field::Bytes(bytes) => leaf(Kind::Text, String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Decimal(decimal) => leaf(Kind::Number, plain(decimal)),
        Field::Date(days) => {
            let day = carelake_core::value::Day::from_days(*days);
            leaf(Kind::Date, day.to_string())
        }
        Field::TimestampMillis(millis) => leaf(Kind::DateTime, instant(millis.saturating_mul(1000))),
        Field::TimestampMicros(micros) => leaf(Kind::DateTime, instant(*micros)),
        Field::Group(row) => of_row(row),
        Field::ListInternal(list) => Tree::List(list.elements().iter().map(of_field).collect()),
        Field::MapInternal(_) => Tree::Leaf(Seen::default()),
        number => leaf(Kind::Number, number.to_string()),
    }
}

fn instant(micros: i64) -> String {
    let instant = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    instant.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string()
}

/// Returns a decimal in plain digits.
fn plain(decimal: &Decimal) -> String {
    let unscaled = decimal.data().iter().enumerate().fold(0_i128, |number, (at, byte)| {
        let byte = if at == 0 { i128::from(*byte as i8) } else { i128::from(*byte) };
        (number << 8) | (byte & if at == 0 { -1 } else { 0xff })
    });
    let scale = usize::try_from(decimal.scale()).unwrap_or_default();
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    let sign = if unscaled < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}
