//! How little is read.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Int32Array, StringArray};

use super::files::{Folder, batch, lines, table};
use crate::Table;

/// Two states of 1,000 rows each, sorted by id, in row groups of 100 rows and pages of 50.
fn sorted(folder: &Folder) -> Arc<Table> {
    let part = |from: i32| {
        batch(vec![
            (
                "id",
                Arc::new((from..from + 1_000).map(|id| Some(format!("{id:06}"))).collect::<StringArray>()) as ArrayRef,
            ),
            ("number", Arc::new(Int32Array::from_iter_values(from..from + 1_000))),
            ("day", Arc::new(Date32Array::from_iter_values(from..from + 1_000))),
            ("other", Arc::new(StringArray::from(vec!["x"; 1_000]))),
        ])
    };
    let files =
        vec![folder.file("me", &[Some("ME")], &part(0), 100), folder.file("oh", &[Some("OH")], &part(1_000), 100)];
    table("sorted", &["state"], &part(0).schema(), files)
}

/// Asks, and returns the answer with the row groups and rows that were decoded.
fn cost(sql: &str) -> (String, u64, u64) {
    let folder = Folder::new();
    let table = sorted(&folder);
    let answer = lines(&[Arc::clone(&table)], sql).join(",");
    let (row_groups, rows) = table.decoded();
    (answer, row_groups, rows)
}

#[test]
fn a_point_look_up_reads_one_page() {
    assert_eq!(cost("select other from sorted where id = '001234'"), ("x".into(), 1, 50));
    assert_eq!(cost("select other from sorted where number = 1234"), ("x".into(), 1, 50));
    assert_eq!(cost("select other from sorted where day = '1970-01-11'"), ("x".into(), 1, 50));
    assert_eq!(cost("select id from sorted where id = (select '0012' || '34')"), ("001234".into(), 1, 50));
    assert_eq!(cost("select id from sorted where id = 'nobody'"), (String::new(), 0, 0));
    assert_eq!(cost("select id from sorted where id = null"), (String::new(), 0, 0));
}

#[test]
fn ranges_and_lists_read_the_pages_between_them() {
    assert_eq!(cost("select count(*) from sorted where number between 120 and 170"), ("51".into(), 1, 100));
    assert_eq!(cost("select count(*) from sorted where number > 1979.5"), ("20".into(), 1, 50));
    assert_eq!(cost("select count(*) from sorted where id < '000010'"), ("10".into(), 1, 50));
    assert_eq!(
        cost("select count(*) from sorted where day >= '1970-01-01' and day < '1970-01-03'"),
        ("2".into(), 1, 50)
    );
    assert_eq!(cost("select count(*) from sorted where id in ('000001', '001999', 'x')"), ("2".into(), 2, 100));
    assert_eq!(
        cost("select count(*) from sorted where number in (select value from json_each('[5, 7, 205]'))"),
        ("3".into(), 2, 100)
    );
    assert_eq!(cost("select count(*) from sorted where number > 20 and id < '000030'"), ("9".into(), 1, 50));
}

#[test]
fn partitions_choose_files() {
    assert_eq!(cost("select count(*), min(id) from sorted where state = 'OH'"), ("1000 001000".into(), 10, 1_000));
    assert_eq!(cost("select count(*) from sorted where state in ('ME', 'TX')"), ("1000".into(), 10, 1_000));
    assert_eq!(cost("select count(*) from sorted where state > 'ME' and number = 5"), ("0".into(), 0, 0));
}

#[test]
fn what_sqlite_compares_in_its_own_way_is_not_excluded() {
    assert_eq!(cost("select id from sorted where id = '001234' collate nocase").0, "001234");
    assert_eq!(cost("select id from sorted where number = '1234'").0, "001234");
    assert_eq!(cost("select id from sorted where id = 1234").0, "");
    assert_eq!(cost("select id from sorted where number < x'00' and number > 1998").0, "001999");
}

#[test]
fn a_limit_ends_the_reading() {
    let (_, _, rows) = cost("select id from sorted limit 3");
    assert!(rows <= 1_000, "{rows}");
}

#[test]
fn a_join_with_few_rows_reads_few() {
    let (answer, _, rows) = cost(
        "select group_concat(sorted.id) from json_each('[\"000007\", \"001500\"]') join sorted on sorted.id = value",
    );
    assert_eq!(answer, "000007,001500");
    assert_eq!(rows, 100);
}
