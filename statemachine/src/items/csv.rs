//! Items from the rows of a CSV file.

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::unreadable;
use crate::failure::Failure;
use crate::state::distributed::Csv;

/// Returns each row as an object of texts by header: a field that a row lacks is empty, one without a header is left out.
pub(super) fn rows(body: &[u8], csv: &Csv, most: usize) -> Result<Vec<Value>, Failure> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(csv.delimiter).from_reader(body);
    let mut records = reader.records();
    let headers: Vec<String> = match &csv.headers {
        Some(headers) => headers.clone(),
        None => match records.next() {
            Some(first) => readable(first)?.iter().map(str::to_owned).collect(),
            None => return Ok(Vec::new()),
        },
    };
    records.take(most).map(|record| Ok(row(&headers, &readable(record)?))).collect()
}

fn readable(record: Result<StringRecord, csv::Error>) -> Result<StringRecord, Failure> {
    record.map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        unreadable(format!("line {line} of the object is not CSV in UTF-8"))
    })
}

fn row(headers: &[String], record: &StringRecord) -> Value {
    let fields = record.iter().chain(std::iter::repeat(""));
    let members: Map<String, Value> =
        headers.iter().zip(fields).map(|(header, field)| (header.clone(), Value::from(field))).collect();
    Value::Object(members)
}
