//! Judging, from records to rows.

mod abilities;
mod properties;
mod rows;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use carelake_core::value::Day;
use carelake_records::{Batch, Cell, Format, Kind, Packed, Place, Reading, Row, Rows, State, Wanted, WantedTable, Way};
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::exact::Exact;
use super::flow::clock;
use super::{DeliveryFacts, Judge, Plan};
use crate::common::{CommonColumn, CommonTable, Rule};
use crate::feed::{Feed, FeedTable, Mode, Thresholds};
use crate::judged::{Judged, JudgedTable};
use crate::mapping::{ColumnMapping, From, Step, TableMapping, Value};

/// A cell of a test.
#[derive(Debug, Clone)]
enum Is {
    Nothing,
    Text(&'static str),
    Owned(String),
    Number(&'static str),
    Date(&'static str),
    DateTime(&'static str),
    Instant(&'static str),
    Boolean(&'static str),
    List(Vec<Is>),
}
use Is::{Nothing, Number, Text};

fn push(batch: &mut Batch, is: &Is) -> Cell {
    match is {
        Nothing => Cell::default(),
        Text(text) => batch.push_text(Kind::Text, text.as_bytes()),
        Is::Owned(text) => batch.push_text(Kind::Text, text.as_bytes()),
        Number(text) => batch.push_text(Kind::Number, text.as_bytes()),
        Is::Date(text) => batch.push_text(Kind::Date, text.as_bytes()),
        Is::DateTime(text) => batch.push_text(Kind::DateTime, text.as_bytes()),
        Is::Instant(text) => batch.push_text(Kind::Instant, text.as_bytes()),
        Is::Boolean(text) => batch.push_text(Kind::Boolean, text.as_bytes()),
        Is::List(values) => {
            let cells: Vec<Cell> = values.iter().map(|value| push(batch, value)).collect();
            let start = batch.lists.len() as u32;
            batch.lists.extend(cells);
            Cell { kind: Kind::List, start, length: values.len() as u32 }
        }
    }
}

/// One batch of one table: rows that are data, at the lines from `first` on.
fn batch(first: u64, rows: &[Vec<Is>]) -> Batch {
    let states = vec![State::Data; rows.len()];
    batch_of(first, rows, &states)
}

fn batch_of(first: u64, rows: &[Vec<Is>], states: &[State]) -> Batch {
    let mut batch = Batch::default();
    let mut table = Rows::default();
    for (number, (row, state)) in rows.iter().zip(states).enumerate() {
        let start = batch.text.len() as u32;
        let cells: Vec<Cell> = row.iter().map(|is| push(&mut batch, is)).collect();
        table.cells.extend(cells);
        let place = Place { number: first + number as u64, item: 0 };
        table.rows.push(Row { place, state: *state, raw: (start, batch.text.len() as u32 - start) });
    }
    batch.tables = vec![table];
    batch
}

fn column(name: &str, rule: Rule) -> CommonColumn {
    CommonColumn { name: name.to_owned(), rule, description: String::new() }
}

fn table(columns: Vec<CommonColumn>) -> CommonTable {
    CommonTable { name: "persons".to_owned(), columns, key: vec!["data_source".to_owned()], required: vec![] }
}

/// A value of one cell, with steps.
fn cell(index: usize, steps: Vec<Step>) -> Value {
    Value { from: From::Cell(index), steps }
}

fn mapped(column: &str, value: Value) -> ColumnMapping {
    ColumnMapping { column: column.to_owned(), value, when: None }
}

fn mapping(columns: Vec<ColumnMapping>) -> TableMapping {
    TableMapping {
        columns,
        filters: vec![],
        required: vec![],
        complete: vec![],
        operation: None,
        null_tokens: vec!["NULL".to_owned(), "N/A".to_owned()],
    }
}

fn feed(table: CommonTable, mapping: TableMapping, sources: usize) -> Feed {
    let source = |at: usize| carelake_records::Source { path: format!("#{}", at + 1), up: 0, is_list: false };
    let wanted = WantedTable { sources: (0..sources).map(source).collect(), ..WantedTable::default() };
    Feed {
        name: "bay".to_owned(),
        partner: "bay".to_owned(),
        path: crate::config::PathPattern::parse("x.csv").unwrap(),
        owner: None,
        format: Format { packed: Vec::<Packed>::new(), way: Way::Parquet },
        pgp: None,
        mode: Mode::Full,
        expected: None,
        time_zone: TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap(),
        notify: vec![],
        declared_in: None,
        tables: vec![FeedTable { table: Arc::new(table), key: vec![], order: vec![], mapping }],
        wanted: Wanted { tables: vec![wanted] },
        thresholds: Thresholds {
            max_reject_ratio: 0.05,
            max_drop_ratio: 0.3,
            min_rows: 1,
            max_invalid_rise: 0.2,
            max_loss: 0.5,
        },
        settle_secs: 10,
        empty_grace_mins: 15,
        allow_empty: false,
        ready: None,
        networks: vec![],
        fetch: None,
        mapping: String::new(),
    }
}

fn facts() -> DeliveryFacts {
    DeliveryFacts {
        delivery_date: date(2026, 8, 3),
        captures: BTreeMap::from([("site".to_owned(), "North".to_owned())]),
    }
}

fn judge_all(feed: &Feed, batches: &[Batch]) -> Judged {
    let facts = facts();
    let plan = Plan::new(feed, &facts, None).unwrap();
    let mut judge = Judge::new(&plan);
    for batch in batches {
        judge.take(batch).unwrap();
    }
    judge.finish(Reading { records: 1, ..Reading::default() }).unwrap()
}

fn judge_one(feed: &Feed, batch: Batch) -> JudgedTable {
    judge_all(feed, &[batch]).tables.remove(0)
}

/// The values of a column, written as text; lists with `|` between.
fn values(table: &JudgedTable, column: &str) -> Vec<Option<String>> {
    let arrays = table.rows.iter().map(|rows| Arc::clone(rows.unwrap().column_by_name(column).unwrap()));
    arrays.flat_map(|array| (0..array.len()).map(|row| shown(&array, row)).collect::<Vec<_>>()).collect()
}

fn shown(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Date32 => Day::from_days(array.as_primitive::<Date32Type>().value(row)).to_string(),
        DataType::Timestamp(..) => clock(array.as_primitive::<TimestampMicrosecondType>().value(row)).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Decimal128(_, scale) => {
            let units = array.as_primitive::<Decimal128Type>().value(row);
            Exact { units, scale: *scale as u32 }.to_string()
        }
        DataType::UInt64 => array.as_primitive::<arrow_array::types::UInt64Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<arrow_array::types::UInt32Type>().value(row).to_string(),
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            list.as_string::<i32>().iter().map(Option::unwrap).collect::<Vec<_>>().join("|")
        }
        other => panic!("{other}"),
    })
}

/// What one cell becomes in a column of a rule, and the counters.
fn becomes(name: &str, rule: Rule, steps: Vec<Step>, is: Is) -> (Option<String>, Vec<String>) {
    let feed = feed(table(vec![column(name, rule)]), mapping(vec![mapped(name, cell(0, steps))]), 1);
    let judged = judge_one(&feed, batch(1, &[vec![is]]));
    let counted = judged.account.counted.iter().map(|(counter, number)| format!("{counter} {number}")).collect();
    (values(&judged, name).remove(0), counted)
}

/// Checks what cells become in a column of a rule; `false`: something was counted as invalid.
fn check(name: &str, rule: &Rule, steps: &[Step], rows: &[(Is, Option<&str>, bool)]) {
    for (is, value, is_valid) in rows {
        let (found, counted) = becomes(name, rule.clone(), steps.to_vec(), is.clone());
        assert_eq!(found.as_deref(), *value, "{is:?}");
        assert_eq!(counted.is_empty(), *is_valid, "{is:?}: {counted:?}");
    }
}
