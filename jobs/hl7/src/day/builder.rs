//! Rows of one table, column by column.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int16Builder, Int32Builder, Int64Builder, ListBuilder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use carelake_core::ledger::Given;
use carelake_core::table::DESCRIPTION;
use jiff::Timestamp;
use jiff::civil::Date;

use super::tables::{COMMON, Column, Table, Type};
use crate::time::{Moment, Time};

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    List(Vec<String>),
    Whole(i64),
    Float(f64),
    Flag(bool),
    /// Microseconds since 1970.
    Moment(i64),
    /// Days since 1970.
    Day(i32),
}

/// A row, by the names of its columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cells {
    cells: BTreeMap<String, Cell>,
    deleted: Vec<String>,
    /// Values that could not be read as what they are to be.
    pub(super) unreadable: u64,
}

const DELETE: &str = "\"\"";

impl Cells {
    pub(super) fn set(&mut self, name: &str, cell: Cell) {
        self.cells.insert(name.to_owned(), cell);
    }

    /// Sets a text, if there is one; what is to be deleted is noted.
    pub(super) fn text(&mut self, name: &str, text: Option<String>) {
        match text {
            Some(text) if text == DELETE => self.deleted.push(name.to_owned()),
            Some(text) => self.set(name, Cell::Text(text)),
            None => {}
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.cells.contains_key(name)
    }

    pub(super) fn list(&mut self, name: &str, texts: Vec<String>) {
        match texts.as_slice() {
            [] => {}
            [only] if only == DELETE => self.deleted.push(name.to_owned()),
            _ => self.set(name, Cell::List(texts)),
        }
    }

    /// Sets a moment, with how much of it was said and its offset; or what was sent where it is none.
    pub(super) fn time(&mut self, name: &str, sent: Option<String>, time: Time) {
        match time {
            Time::Absent => {}
            Time::Delete => self.deleted.push(name.to_owned()),
            Time::Unreadable => self.unread(name, sent),
            Time::At(Moment { micros, precision, offset }) => {
                self.set(name, Cell::Moment(micros));
                self.set(&format!("{name}_precision"), Cell::Text(precision.name().to_owned()));
                if let Some(offset) = offset {
                    self.set(&format!("{name}_offset"), Cell::Whole(i64::from(offset)));
                }
            }
        }
    }

    /// Sets the day of a time that was read in UTC, where no zone moves it.
    pub(super) fn day(&mut self, name: &str, sent: Option<String>, time: Time) {
        match time {
            Time::Absent => {}
            Time::Delete => self.deleted.push(name.to_owned()),
            Time::Unreadable => self.unread(name, sent),
            Time::At(Moment { micros, precision, offset }) => {
                let local = micros + i64::from(offset.unwrap_or_default()) * 60_000_000;
                let days = local.div_euclid(86_400_000_000);
                if let Ok(days) = i32::try_from(days) {
                    self.set(name, Cell::Day(days));
                    self.set(&format!("{name}_precision"), Cell::Text(precision.name().to_owned()));
                }
            }
        }
    }

    fn unread(&mut self, name: &str, sent: Option<String>) {
        self.unreadable += 1;
        self.text(&format!("{name}_text"), sent);
    }
}

/// A column that is filled.
enum Filled {
    Text(StringBuilder),
    List(ListBuilder<StringBuilder>),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float(Float64Builder),
    Flag(BooleanBuilder),
    Moment(TimestampMicrosecondBuilder),
    Day(Date32Builder),
}

/// Rows of one table.
pub(super) struct Builder {
    names: Vec<String>,
    columns: Vec<Filled>,
    received: Date32Builder,
    source: StringBuilder,
    pub(super) rows: usize,
    pub(super) unreadable: u64,
    schema: SchemaRef,
}

/// Returns the columns of a file that a declared column is.
fn expanded((name, kind, description): &Column) -> Vec<(String, DataType, String)> {
    let one = |name: String, kind: DataType, description: &str| (name, kind, description.to_owned());
    let precision = |of: &str| one(format!("{of}_precision"), DataType::Utf8, "how much of it was said");
    let text = |of: &str| one(format!("{of}_text"), DataType::Utf8, "what was sent, where it is no time");
    let of = |kind: DataType| vec![one((*name).to_owned(), kind, description)];
    match kind {
        Type::Text => of(DataType::Utf8),
        Type::List => of(DataType::List(Arc::new(element()))),
        Type::Int16 => of(DataType::Int16),
        Type::Int32 => of(DataType::Int32),
        Type::Int64 => of(DataType::Int64),
        Type::Float => of(DataType::Float64),
        Type::Flag => of(DataType::Boolean),
        Type::Time => {
            let mut columns = of(moment());
            columns.push(precision(name));
            columns.push(one(
                format!("{name}_offset"),
                DataType::Int16,
                "minutes ahead of UTC; none where none was sent",
            ));
            columns.push(text(name));
            columns
        }
        Type::Day => {
            let mut columns = of(DataType::Date32);
            columns.push(precision(name));
            columns.push(text(name));
            columns
        }
    }
}

/// The elements of a list, as the lake names them.
fn element() -> Field {
    Field::new("element", DataType::Utf8, true)
}

fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn filled(kind: &DataType) -> Filled {
    match kind {
        DataType::List(_) => Filled::List(ListBuilder::new(StringBuilder::new()).with_field(element())),
        DataType::Int16 => Filled::Int16(Int16Builder::new()),
        DataType::Int32 => Filled::Int32(Int32Builder::new()),
        DataType::Int64 => Filled::Int64(Int64Builder::new()),
        DataType::Float64 => Filled::Float(Float64Builder::new()),
        DataType::Boolean => Filled::Flag(BooleanBuilder::new()),
        DataType::Timestamp(..) => Filled::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        DataType::Date32 => Filled::Day(Date32Builder::new()),
        _ => Filled::Text(StringBuilder::new()),
    }
}

impl Builder {
    pub(super) fn new(table: &Table) -> Self {
        let columns: Vec<_> = COMMON.iter().chain(table.columns).flat_map(expanded).collect();
        let described = |name: &str, kind: DataType, description: &str| {
            let about = std::collections::HashMap::from([(DESCRIPTION.to_owned(), description.to_owned())]);
            Field::new(name, kind, true).with_metadata(about)
        };
        let mut fields: Vec<Field> =
            columns.iter().map(|(name, kind, description)| described(name, kind.clone(), description)).collect();
        fields.push(described("received", DataType::Date32, "the day of receipt in UTC"));
        fields.push(described("_run_id", DataType::Utf8, "the run"));
        fields.push(described("_source_file", DataType::Utf8, "the key of the bytes as they were received"));
        fields.push(described("_ingested_at", moment(), "when the run was begun"));
        Self {
            names: columns.iter().map(|(name, ..)| name.clone()).collect(),
            columns: columns.iter().map(|(_, kind, _)| filled(kind)).collect(),
            received: Date32Builder::new(),
            source: StringBuilder::new(),
            rows: 0,
            unreadable: 0,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds a row of a message that was received on a day and lies under a key.
    pub(super) fn push(&mut self, mut row: Cells, received: Date, raw_key: &str) {
        if !row.deleted.is_empty() {
            let deleted = std::mem::take(&mut row.deleted);
            row.set("deleted", Cell::List(deleted));
        }
        for (name, column) in self.names.iter().zip(&mut self.columns) {
            column.push(row.cells.remove(name));
        }
        debug_assert!(row.cells.is_empty(), "no column for {:?}", row.cells.keys());
        self.received.append_value(days(received));
        self.source.append_value(raw_key);
        self.rows += 1;
        self.unreadable += row.unreadable;
    }

    /// Returns the rows that were added since the last time.
    pub(super) fn take(&mut self, given: &Given) -> Result<RecordBatch, ArrowError> {
        let count = std::mem::take(&mut self.rows);
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Filled::finish).collect();
        arrays.push(Arc::new(self.received.finish()));
        let run = given.run_id.to_string();
        let runs = std::iter::repeat_n(run.as_str(), count);
        arrays.push(Arc::new(arrow_array::StringArray::from_iter_values(runs)));
        arrays.push(Arc::new(self.source.finish()));
        let at = given.first_given_at.as_microsecond();
        let ingested = arrow_array::TimestampMicrosecondArray::from_value(at, count).with_timezone("UTC");
        arrays.push(Arc::new(ingested));
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

/// Returns the days since 1970.
fn days(date: Date) -> i32 {
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    i32::try_from(at.as_second().div_euclid(86_400)).unwrap_or_default()
}

impl Filled {
    fn push(&mut self, cell: Option<Cell>) {
        match (self, cell) {
            (Self::Text(to), Some(Cell::Text(text))) => to.append_value(text),
            (Self::Text(to), _) => to.append_null(),
            (Self::List(to), Some(Cell::List(texts))) => {
                texts.into_iter().for_each(|text| to.values().append_value(text));
                to.append(true);
            }
            (Self::List(to), _) => to.append(false),
            (Self::Int16(to), Some(Cell::Whole(number))) => to.append_option(i16::try_from(number).ok()),
            (Self::Int16(to), _) => to.append_null(),
            (Self::Int32(to), Some(Cell::Whole(number))) => to.append_option(i32::try_from(number).ok()),
            (Self::Int32(to), _) => to.append_null(),
            (Self::Int64(to), Some(Cell::Whole(number))) => to.append_value(number),
            (Self::Int64(to), _) => to.append_null(),
            (Self::Float(to), Some(Cell::Float(number))) => to.append_value(number),
            (Self::Float(to), _) => to.append_null(),
            (Self::Flag(to), Some(Cell::Flag(flag))) => to.append_value(flag),
            (Self::Flag(to), _) => to.append_null(),
            (Self::Moment(to), Some(Cell::Moment(micros))) => to.append_value(micros),
            (Self::Moment(to), _) => to.append_null(),
            (Self::Day(to), Some(Cell::Day(days))) => to.append_value(days),
            (Self::Day(to), _) => to.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(it) => Arc::new(it.finish()),
            Self::List(it) => Arc::new(it.finish()),
            Self::Int16(it) => Arc::new(it.finish()),
            Self::Int32(it) => Arc::new(it.finish()),
            Self::Int64(it) => Arc::new(it.finish()),
            Self::Float(it) => Arc::new(it.finish()),
            Self::Flag(it) => Arc::new(it.finish()),
            Self::Moment(it) => Arc::new(it.finish()),
            Self::Day(it) => Arc::new(it.finish()),
        }
    }
}
