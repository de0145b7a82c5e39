//! What the room of the tests keeps: publications with state, helpers and parts, rows of two tenants apart, and letters.

use carelake_arrivals::letters::{Filter, Letters};
use carelake_core::names::Publication;
use carelake_core::publish::{Served, current};
use carelake_toy::Taken;
use jiff::Timestamp;

use super::*;

fn given(place: &Place, tenant: &str, batch: &str, numbers: &[i32]) -> Described {
    place.run("toy_gather", json!({"tenant": tenant, "batch": batch, "numbers": numbers}))
}

fn served(place: &Place, name: &str) -> (Vec<u64>, Value) {
    let store = &*place.local.lake().output;
    let served = Served::of(store, &Publication::from_path(name)).unwrap().unwrap();
    let schema = served.schema().unwrap();
    let read: usize = served.batches(store, &schema).map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(read as u64, served.pointer.rows());
    (served.pointer.runs.iter().map(|run| run.rows).collect(), served.pointer.state)
}

#[test]
fn a_room_publishes_a_list_and_parts_and_a_batch_that_comes_twice_changes_nothing() {
    let place = Place::new();
    let told = given(&place, "acme", "a", &[1, 2, 3]);
    assert_eq!(told.output, Some(json!({"rows": 3, "is_new": true})), "{:?}", told.cause);
    assert_eq!(given(&place, "acme", "b", &[4]).status, ExecutionStatus::Succeeded);
    assert_eq!(served(&place, "toy/things"), (vec![3, 1], json!({"batch": "b"})));
    // The even part was replaced, the odd one was not touched.
    assert_eq!(served(&place, "toy/parts"), (vec![1, 2], json!({"batch": "b"})));
    let before = current(&*place.local.lake().output, &Publication::from_path("toy/things")).unwrap().unwrap();
    assert_eq!(given(&place, "acme", "b", &[4]).output, Some(json!({"rows": 1, "is_new": false})));
    let after = current(&*place.local.lake().output, &Publication::from_path("toy/things")).unwrap().unwrap();
    assert_eq!(before, after);
    assert!(after.execution.unwrap().starts_with("toy_gather-"));
    let helper = place.folder.path().join("output/toy/things").join(&after.helpers[0]);
    assert_eq!(std::fs::read_to_string(helper).unwrap(), "1");
}

#[test]
fn what_a_room_keeps_of_two_tenants_is_apart() {
    let place = Place::new();
    for (tenant, batch) in [("acme", "a"), ("acme", "b"), ("zenith", "c")] {
        given(&place, tenant, batch, &[1]);
    }
    let ledger = place.local.lake().existing_ledger().unwrap();
    let taken = |tenant: &str| ledger.taken(&tenant.parse().unwrap(), Timestamp::now()).unwrap();
    assert_eq!((taken("acme"), taken("zenith"), taken("nobody")), (2, 1, 0));
}

#[test]
fn what_fails_for_good_ends_with_the_rooms_own_name_and_as_a_letter() {
    let place = Place::new();
    let told = given(&place, "acme", "bad", &[]);
    assert_eq!((told.status, told.error.as_deref()), (ExecutionStatus::Failed, Some("Poisoned")));
    let ledger = place.local.lake().existing_ledger().unwrap();
    let scope = "acme".parse().unwrap();
    let found = Letters::new(&*ledger, &scope).list(&Filter::default(), Timestamp::now()).unwrap();
    let told: Vec<_> = found.iter().map(|letter| (letter.id.as_str(), letter.error.as_str())).collect();
    assert_eq!(told, [("bad", "Poisoned")]);
    assert!(!place.folder.path().join("output/toy").exists());
}
