//! What columns hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray,
};

use super::files::{Folder, batch, table};
use crate::profile::profile_within;
use crate::{ColumnProfile, Distinct, Kind, Value, profile};

fn text(text: &str) -> Value<'static> {
    Value::Text(text.to_owned().into())
}

fn column(profiles: &[ColumnProfile], name: &str) -> ColumnProfile {
    profiles.iter().find(|column| column.name == name).cloned().unwrap()
}

#[test]
fn every_kind_is_measured_over_all_files() {
    let folder = Folder::new();
    let part = |texts: Vec<Option<&str>>, numbers: Vec<Option<i32>>, reals: Vec<f64>| {
        let rows = texts.len();
        batch(vec![
            ("text", Arc::new(StringArray::from(texts)) as ArrayRef),
            ("number", Arc::new(Int32Array::from(numbers))),
            ("real", Arc::new(Float64Array::from(reals))),
            ("flag", Arc::new(BooleanArray::from(vec![Some(true); rows]))),
            ("day", Arc::new(Date32Array::from((0..rows).map(|day| Some(day as i32 - 1)).collect::<Vec<_>>()))),
            ("time", Arc::new(TimestampMicrosecondArray::from(vec![Some(0); rows]).with_timezone("UTC"))),
            ("nothing", Arc::new(Int32Array::from(vec![None; rows]))),
        ])
    };
    let one = part(vec![Some("é"), None, Some("abc")], vec![Some(3), Some(-1), None], vec![0.0, -0.0, f64::NAN]);
    let two = part(vec![Some("abc"), Some("")], vec![Some(3), Some(7)], vec![2.5, 0.0]);
    let files = vec![folder.file("one", &[Some("ME")], &one, 2), folder.file("two", &[Some("OH")], &two, 2)];
    let found = profile(&table("t", &["state"], &one.schema(), files)).unwrap();

    let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["state", "text", "number", "real", "flag", "day", "time", "nothing"]);
    let expected = |name: &str, kind, nulls, distinct, least, most, lengths| ColumnProfile {
        name: name.to_owned(),
        kind,
        nulls,
        distinct: Distinct::Exactly(distinct),
        least,
        most,
        lengths,
    };
    let whole = Value::Integer;
    for column in [
        expected("state", Kind::Text, 0, 2, text("ME"), text("OH"), Some((2, 2))),
        expected("text", Kind::Text, 1, 3, text(""), text("é"), Some((0, 3))),
        expected("number", Kind::Integer, 1, 3, whole(-1), whole(7), None),
        expected("real", Kind::Real, 1, 2, Value::Real(0.0), Value::Real(2.5), None),
        expected("flag", Kind::Boolean, 0, 1, whole(1), whole(1), None),
        expected("day", Kind::Date, 0, 3, text("1969-12-31"), text("1970-01-02"), None),
        expected(
            "time",
            Kind::Timestamp,
            0,
            1,
            text("1970-01-01T00:00:00+00:00"),
            text("1970-01-01T00:00:00+00:00"),
            None,
        ),
        expected("nothing", Kind::Integer, 5, 0, Value::Null, Value::Null, None),
    ] {
        assert_eq!(self::column(&found, &column.name), column);
    }
}

#[test]
fn many_values_are_counted_exactly_and_too_many_about() {
    let folder = Folder::new();
    let numbers: Vec<i32> = (0..150_000).map(|at| at % 140_000 * 7).collect();
    let expected = numbers.iter().collect::<BTreeSet<_>>().len() as u64;
    let rows = batch(vec![
        ("number", Arc::new(Int32Array::from(numbers.clone())) as ArrayRef),
        ("text", Arc::new(numbers.iter().map(|number| Some(number.to_string())).collect::<StringArray>())),
    ]);
    let table = table("t", &[], &rows.schema(), vec![folder.file("rows", &[], &rows, 1 << 20)]);
    for column in profile(&table).unwrap() {
        assert_eq!(column.distinct, Distinct::Exactly(expected), "{}", column.name);
    }
    for column in profile_within(&table, 20_000).unwrap() {
        let Distinct::About(about) = column.distinct else { panic!("{column:?}") };
        assert!(about.abs_diff(expected) < expected / 20, "{}: {about} for {expected}", column.name);
    }
}

#[test]
fn a_table_without_rows_has_columns_that_hold_nothing() {
    let rows = batch(vec![("id", Arc::new(StringArray::from(Vec::<&str>::new())) as ArrayRef)]);
    let found = profile(&table("t", &["state"], &rows.schema(), Vec::new())).unwrap();
    assert!(found.iter().all(|column| column.least == Value::Null && column.distinct == Distinct::Exactly(0)));
    assert_eq!(found.len(), 2);
}
