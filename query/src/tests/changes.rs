//! What changed between two tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, StringArray};
use proptest::prelude::*;

use super::files::{Folder, batch, table};
use crate::{Difference, Keys, Kind, ReadError, Table, Value, changes, differences};

/// Rows of a key, which may be null, and two other columns.
type Rows = BTreeMap<(Option<String>, i32), (Option<String>, Option<i32>)>;

fn written(folder: &Folder, name: &str, rows: &Rows) -> Arc<Table> {
    let rows: Vec<_> = rows.iter().rev().collect();
    let batch = batch(vec![
        ("id", Arc::new(rows.iter().map(|(key, _)| key.0.clone()).collect::<StringArray>()) as ArrayRef),
        ("part", Arc::new(rows.iter().map(|(key, _)| Some(key.1)).collect::<Int32Array>())),
        ("text", Arc::new(rows.iter().map(|(_, row)| row.0.clone()).collect::<StringArray>())),
        ("number", Arc::new(rows.iter().map(|(_, row)| row.1).collect::<Int32Array>())),
        ("lineage", Arc::new(StringArray::from(vec![name; rows.len()]))),
    ]);
    let file = folder.file(name, &[Some("ME")], &batch, 4);
    table(name, &["state"], &batch.schema(), vec![file])
}

fn key() -> Vec<String> {
    vec!["id".to_owned(), "part".to_owned()]
}

fn rows() -> impl Strategy<Value = Rows> {
    let key = (prop::option::weighted(0.9, "[ab\0]{0,2}"), -1..2i32);
    let row = (prop::option::of("[xy]"), prop::option::of(0..2i32));
    prop::collection::btree_map(key, row, 0..25)
}

proptest! {
    #[test]
    fn changes_are_those_of_two_maps(before in rows(), after in rows(), shown in 0..4usize) {
        let folder = Folder::new();
        let tables = (written(&folder, "before", &before), written(&folder, "after", &after));
        let found = changes(&tables.0, &tables.1, &key(), &["lineage"], shown).unwrap();
        let keys = |keys: Vec<&(Option<String>, i32)>| Keys {
            count: keys.len() as u64,
            first: keys.into_iter().take(shown).map(|(id, part)| vec![
                id.clone().map_or(Value::Null, |id| Value::Text(id.into())), Value::Integer((*part).into()),
            ]).collect(),
        };
        prop_assert_eq!(found.added, keys(after.keys().filter(|key| !before.contains_key(key)).collect()));
        prop_assert_eq!(found.removed, keys(before.keys().filter(|key| !after.contains_key(key)).collect()));
        let both: Vec<_> = after.iter().filter_map(|(key, row)| Some((key, row, before.get(key)?))).collect();
        prop_assert_eq!(found.changed, keys(both.iter().filter(|(_, new, old)| new != old).map(|both| both.0).collect()));
        let texts = both.iter().filter(|(_, new, old)| new.0 != old.0).count() as u64;
        let numbers = both.iter().filter(|(_, new, old)| new.1 != old.1).count() as u64;
        let mut columns = vec![("number".to_owned(), numbers), ("text".to_owned(), texts)];
        columns.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        columns.retain(|(_, rows)| *rows > 0);
        prop_assert_eq!(found.columns, columns);
        let all = changes(&tables.0, &tables.1, &key(), &["lineage"], usize::MAX).unwrap().changed.first;
        let mut told = Vec::new();
        differences(&tables.0, &tables.1, &key(), &["lineage"], &all, |one| told.push(one)).unwrap();
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, |text| Value::Text(text.into()));
        let number = |number: &Option<i32>| number.map_or(Value::Null, |number| Value::Integer(number.into()));
        let expected: Vec<Difference> = both.iter().flat_map(|((id, part), new, old)| {
            let key = vec![text(id), Value::Integer((*part).into())];
            let one = |column: &str, kind, before, after| {
                Difference { key: key.clone(), column: column.to_owned(), kind, before, after }
            };
            let numbers = (number(&old.1), number(&new.1));
            [one("text", Kind::Text, text(&old.0), text(&new.0)), one("number", Kind::Integer, numbers.0, numbers.1)]
        }).filter(|one| one.before != one.after).collect();
        prop_assert_eq!(told, expected);
    }
}

#[test]
fn a_new_column_is_a_change_and_one_that_is_gone_is_not() {
    let folder = Folder::new();
    let old = batch(vec![
        ("id", Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef),
        ("gone", Arc::new(Int32Array::from(vec![1, 2]))),
    ]);
    let new = batch(vec![
        ("id", Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef),
        ("new", Arc::new(Int32Array::from(vec![Some(1), None]))),
    ]);
    let before = table("t", &[], &old.schema(), vec![folder.file("old", &[], &old, 10)]);
    let after = table("t", &[], &new.schema(), vec![folder.file("new", &[], &new, 10)]);
    let found = changes(&before, &after, &["id".to_owned()], &[], 10).unwrap();
    assert_eq!((found.changed.count, found.columns), (1, vec![("new".to_owned(), 1)]));
    let missing = changes(&before, &after, &["new".to_owned()], &[], 10);
    assert!(matches!(missing, Err(ReadError::NoColumn { column, .. }) if column == "new"));
}
