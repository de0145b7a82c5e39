//! Files of CSV of a task of DMS, with the names of their columns in the first line (`AddColumnName`).
//!
//! A value is text, or nothing where it is empty or `NULL`, which is how the task writes nothing; it has no other way to write that text.

use std::borrow::Cow;

use carelake_conditions::{Path, Step};
use csv::{ByteRecord, ReaderBuilder};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::row::{OF_LOAD, Row};
use super::{CHANGE_SEQ, OP};
use crate::config::{Attribute, EventTime, Stream, Type, Unit};
use crate::publish::StreamError;
use crate::record::{Item, Parked, Read, Value, of_place};
use crate::take::Staging;

/// How the task writes nothing.
const NOTHING: &str = "NULL";

/// Takes the rows of a file, and answers how many there are; none of one that is cut, or whose first line has no name of the key.
pub(super) fn read(
    staging: &mut Staging<'_>,
    stream: &Stream,
    bytes: &[u8],
    (file, arrived_at): (&str, i64),
) -> Result<Option<u64>, StreamError> {
    // The task ends each line; what does not end was cut.
    if bytes.last() != Some(&b'\n') {
        return Ok(None);
    }
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let Some(names) = reader.headers().ok().cloned() else { return Ok(None) };
    let has =
        |path: &Path| matches!(path.steps().first(), Some(Step::Member(first)) if names.iter().any(|it| it == first));
    if !stream.keys.iter().all(|key| has(&key.from)) {
        return Ok(None);
    }
    let times: Vec<bool> = names.iter().map(|name| is_time(stream, name)).collect();
    let (has_op, mut number, mut record) = (names.iter().any(|name| name == OP), 0, ByteRecord::new());
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => number += 1,
            Ok(false) => return Ok(Some(number)),
            // From memory nothing else fails than what is no CSV.
            Err(_) => return Ok(None),
        }
        let cells: Option<Vec<&str>> = record.iter().map(|cell| std::str::from_utf8(cell).ok()).collect();
        let rule = match &cells {
            None => Some(Parked::Encoding),
            Some(cells) if cells.len() != names.len() => Some(Parked::RecordShape),
            Some(_) => None,
        };
        if let Some(rule) = rule {
            let read = Read {
                identity: of_place(file, &number.to_string()),
                sequence: Some(Cow::Owned(format!("{file}:{number}"))),
                event_id: None,
                change: Err(rule),
            };
            staging.push(&read, record.as_slice())?;
            continue;
        }
        let cells = cells.unwrap_or_default();
        let told = |wanted: &str| {
            let (_, cell) = names.iter().zip(&cells).find(|(name, _)| *name == wanted)?;
            (!is_nothing(cell)).then(|| (*cell).to_owned())
        };
        let members = names.iter().zip(&cells).zip(&times).filter(|((name, _), _)| *name != OP && *name != CHANGE_SEQ);
        let image = members.map(|((name, cell), is_time)| (Cow::Borrowed(name), value(cell, *is_time))).collect();
        let op = if has_op { told(OP) } else { Some(OF_LOAD.to_owned()) };
        Row { number, op, change_seq: told(CHANGE_SEQ), arrived_at, image: Item(image) }.push(staging, file)?;
    }
}

fn is_nothing(cell: &str) -> bool {
    cell.is_empty() || cell == NOTHING
}

/// Returns a cell. The task writes moments without a zone: they are UTC, as those in Parquet.
fn value(cell: &str, is_time: bool) -> Value<'_> {
    if is_nothing(cell) {
        return Value::Null;
    }
    let moment = is_time.then(|| cell.parse::<DateTime>().ok()).flatten();
    match moment.and_then(|moment| TimeZone::UTC.to_timestamp(moment).ok()) {
        Some(at) => Value::Text(Cow::Owned(at.to_string())),
        None => Value::Text(Cow::Borrowed(cell)),
    }
}

/// Returns whether a column is read as a moment in words.
fn is_time(stream: &Stream, name: &str) -> bool {
    let is_it = |path: &Path| matches!(path.steps(), [Step::Member(first)] if first == name);
    let is_declared = |it: &Attribute| matches!(it.kind, Type::Timestamp(Unit::Iso)) && is_it(&it.from);
    let is_event = matches!(&stream.event_time, EventTime::From(path, Unit::Iso) if is_it(path));
    is_event || stream.keys.iter().chain(&stream.attributes).any(is_declared)
}
