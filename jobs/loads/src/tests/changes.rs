//! Changes of tables are published once, whatever call of the store fails.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use carelake_core::names::Publication;
use carelake_core::publish::Served;
use carelake_core::store::{FaultyStore, Moment};

use super::world::Lake;
use crate::functions::append;
use crate::kept::Told;

fn found(names: &[u32]) -> Vec<(String, Told)> {
    let told = |number: &u32| {
        let told = Told {
            database: "crm".to_owned(),
            table: "accounts".to_owned(),
            column: Some(format!("c{number}")),
            change: "added".to_owned(),
            before: None,
            after: Some("text".to_owned()),
            seen_at: "2026-11-01T06:00:00Z".parse().unwrap(),
            changed_at: None,
            changed_by: None,
        };
        (format!("crm/accounts#c{number}#000001"), told)
    };
    names.iter().map(told).collect()
}

fn published(lake: &Lake, publication: &Publication) -> Vec<String> {
    let Some(served) = Served::of(&lake.store, publication).unwrap() else { return Vec::new() };
    let schema = served.schema().unwrap();
    let batches = served.batches(&lake.store, &schema).map(Result::unwrap);
    let columns = batches.flat_map(|batch| {
        let columns = batch.column_by_name("column").unwrap().as_string::<i32>().clone();
        (0..columns.len()).map(move |row| columns.value(row).to_owned()).collect::<Vec<_>>()
    });
    columns.collect()
}

#[test]
fn what_is_published_once_is_not_published_again_though_nobody_lived_to_forget_it() {
    let publication = Publication::from_path("loads/crm/_schemas");
    for moment in [Moment::Before, Moment::After] {
        let failed = (1..100).take_while(|call| {
            let lake = Lake::new();
            lake.on(&lake.store, |world| append(world, &publication, "crm", &found(&[1]))).unwrap();
            let store = FaultyStore::failing_from(&lake.store, *call, moment);
            let failed = lake.on(&store, |world| append(world, &publication, "crm", &found(&[2, 3]))).is_err();
            lake.tick();
            lake.on(&lake.store, |world| append(world, &publication, "crm", &found(&[2, 3, 4]))).unwrap();
            assert_eq!(published(&lake, &publication), ["c1", "c2", "c3", "c4"], "call {call} {moment:?}");
            failed
        });
        assert!(failed.count() > 5);
    }
}
