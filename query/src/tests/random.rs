//! Random tables and comparisons: an answer through files, row groups and pages is the one of a plain filter.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, StringArray};
use proptest::prelude::*;

use super::files::{Folder, ask, batch, table};
use crate::constraint::compare;
use crate::{Table, Value};

/// A row: partition, text, number, real, flag, day.
type Cells = (Option<&'static str>, Option<String>, Option<i32>, Option<i8>, Option<bool>, Option<i16>);

const COLUMNS: [&str; 6] = ["part", "text", "number", "real", "flag", "day"];

fn row() -> impl Strategy<Value = Cells> {
    let part = prop_oneof![Just(Some("A")), Just(Some("B")), Just(None)];
    let text = prop::option::weighted(0.9, "[ab]{0,2}");
    let number = prop::option::weighted(0.9, -4..4i32);
    (
        part,
        text,
        number,
        prop::option::weighted(0.9, -4..4i8),
        prop::option::of(any::<bool>()),
        prop::option::weighted(0.9, -3..3i16),
    )
}

fn values(row: &Cells) -> Vec<Value<'static>> {
    let days = |day: i16| {
        ["1969-12-29", "1969-12-30", "1969-12-31", "1970-01-01", "1970-01-02", "1970-01-03"][(day + 3) as usize]
    };
    let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(text.to_owned().into()));
    vec![
        text(row.0),
        text(row.1.as_deref()),
        row.2.map_or(Value::Null, |number| Value::Integer(number.into())),
        row.3.map_or(Value::Null, |number| Value::Real(f64::from(number) / 2.0)),
        row.4.map_or(Value::Null, |flag| Value::Integer(flag.into())),
        text(row.5.map(days)),
    ]
}

/// Writes rows into a file for each partition value and chunk, so that there are several files and row groups.
fn written(folder: &Folder, rows: &[Cells], chunk: usize, group: usize) -> (Arc<Table>, Vec<Vec<Value<'static>>>) {
    let (mut files, mut all) = (Vec::new(), Vec::new());
    let mut schema = None;
    for part in [Some("A"), Some("B"), None] {
        let mut own: Vec<&Cells> = rows.iter().filter(|row| row.0 == part).collect();
        own.sort_by(|left, right| left.1.cmp(&right.1));
        for rows in own.chunks(chunk) {
            let batch = batch(vec![
                ("text", Arc::new(rows.iter().map(|row| row.1.clone()).collect::<StringArray>()) as ArrayRef),
                ("number", Arc::new(rows.iter().map(|row| row.2).collect::<Int32Array>())),
                (
                    "real",
                    Arc::new(rows.iter().map(|row| row.3.map(|real| f64::from(real) / 2.0)).collect::<Float64Array>()),
                ),
                ("flag", Arc::new(rows.iter().map(|row| row.4).collect::<BooleanArray>())),
                ("day", Arc::new(rows.iter().map(|row| row.5.map(i32::from)).collect::<Date32Array>())),
            ]);
            files.push(folder.file(&files.len().to_string(), &[part], &batch, group));
            all.extend(rows.iter().map(|row| values(row)));
            schema = Some(batch.schema());
        }
    }
    (table("t", &["part"], &schema.unwrap(), files), all)
}

/// A comparison of a column with a value that some row may have.
fn comparison() -> impl Strategy<Value = (usize, &'static str, Vec<Value<'static>>)> {
    let operator = prop_oneof![Just("="), Just("<"), Just("<="), Just(">"), Just(">="), Just("in")];
    (0..COLUMNS.len(), operator, prop::collection::vec(row(), 1..4)).prop_map(|(column, operator, rows)| {
        let rows = if operator == "in" { rows } else { rows.into_iter().take(1).collect() };
        (column, operator, rows.iter().map(|row| values(row).swap_remove(column)).collect())
    })
}

fn literal(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{text}'"),
    }
}

fn holds(cell: &Value<'_>, operator: &str, values: &[Value<'_>]) -> bool {
    values.iter().any(|value| match (operator, compare(cell, value)) {
        (_, None) => false,
        ("=" | "in", Some(order)) => order == Ordering::Equal,
        ("<", Some(order)) => order == Ordering::Less,
        ("<=", Some(order)) => order != Ordering::Greater,
        (">", Some(order)) => order == Ordering::Greater,
        (_, Some(order)) => order != Ordering::Less,
    })
}

fn sorted(mut rows: Vec<Vec<Value<'static>>>) -> Vec<String> {
    rows.sort_by_key(|row| format!("{row:?}"));
    rows.into_iter().map(|row| format!("{row:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_query_answers_what_a_plain_filter_does(
        rows in prop::collection::vec(row(), 1..60),
        chunk in 1..30usize,
        group in 1..9usize,
        comparisons in prop::collection::vec(comparison(), 1..4),
        is_any in any::<bool>(),
    ) {
        let folder = Folder::new();
        let (table, all) = written(&folder, &rows, chunk, group);
        let terms: Vec<String> = comparisons.iter().map(|(column, operator, values)| {
            let values = values.iter().map(literal).collect::<Vec<_>>().join(", ");
            format!("{} {operator} ({values})", COLUMNS[*column])
        }).collect();
        let sql = format!("select * from t where {}", terms.join(if is_any { " or " } else { " and " }));
        let tests = |row: &Vec<Value<'static>>| {
            let mut held = comparisons.iter().map(|(column, operator, values)| holds(&row[*column], operator, values));
            if is_any { held.any(|held| held) } else { held.all(|held| held) }
        };
        let expected: Vec<_> = all.into_iter().filter(|row| tests(row)).collect();
        prop_assert_eq!(sorted(ask(&[table], &sql)), sorted(expected), "{}", sql);
    }

    #[test]
    fn a_join_answers_what_two_loops_do(
        left in prop::collection::vec(row(), 1..30),
        right in prop::collection::vec(row(), 1..30),
        group in 1..9usize,
        on in 0..COLUMNS.len(),
        filter in comparison(),
        is_left in any::<bool>(),
    ) {
        let folder = Folder::new();
        let (one, ones) = written(&folder, &left, 20, group);
        let others = Folder::new();
        let (two, twos) = written(&others, &right, 20, group);
        let two = Arc::new(Table { name: "u".to_owned(), ..Arc::into_inner(two).unwrap() });
        let (column, operator, values) = &filter;
        let literals = values.iter().map(literal).collect::<Vec<_>>().join(", ");
        let name = COLUMNS[on];
        let join = if is_left { "left join" } else { "join" };
        let sql = format!("select t.*, u.* from t {join} u on t.{name} = u.{name} and u.{} {operator} ({literals})", COLUMNS[*column]);
        let mut expected = Vec::new();
        for one in &ones {
            let found = twos.iter().filter(|two| {
                compare(&one[on], &two[on]) == Some(Ordering::Equal) && holds(&two[*column], operator, values)
            });
            let before = expected.len();
            expected.extend(found.map(|two| [one.clone(), two.clone()].concat()));
            if is_left && expected.len() == before {
                expected.push([one.clone(), vec![Value::Null; COLUMNS.len()]].concat());
            }
        }
        prop_assert_eq!(sorted(ask(&[one, two], &sql)), sorted(expected), "{}", sql);
    }
}
