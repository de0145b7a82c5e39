//! The rows that are there now, as parts.

use std::collections::BTreeMap;

use carelake_core::publish::{Served, current};
use carelake_core::store::{FaultyStore, Moment};

use super::model::{MINUTE, Write};
use super::reconcile::compare;
use super::world::{BY_TIME, Lake, table};
use crate::latest::{Settled, settle_by};
use crate::publish::{Latest, Mode, Table};
use crate::reconcile::By;

/// Parts of at least eight rows.
fn settle(lake: &Lake, table: &Table) -> Settled {
    lake.on(&lake.store, |world| settle_by(world, table, 8)).unwrap()
}

fn served(lake: &Lake, table: &Table) -> BTreeMap<i64, Option<i64>> {
    let rows = lake.rows(&table.latest_publication());
    let found: BTreeMap<_, _> = rows.iter().map(|row| (row.id, row.version)).collect();
    assert_eq!(found.len(), rows.len(), "a key is there twice");
    found
}

fn load(lake: &Lake, table: &Table) {
    lake.pass(MINUTE);
    lake.load(table).unwrap();
}

#[test]
fn a_window_rewrites_the_parts_that_it_touches_and_no_others() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    (1..=200).for_each(|id| lake.source().put(id * 10, Write::Now));
    load(&lake, &table);
    let first = settle(&lake, &table);
    assert_eq!((first.rows, first.rewritten), (200, 200));
    assert!(first.written > 20, "{first:?}");
    let parts = |lake: &Lake| current(&lake.store, &table.latest_publication()).unwrap().unwrap();
    let before = parts(&lake);
    [500, 505, 510].into_iter().for_each(|id| lake.source().put(id, Write::Now));
    load(&lake, &table);
    let second = settle(&lake, &table);
    assert!(second.rewritten <= 20, "{second:?}");
    let kept = parts(&lake).runs.iter().filter(|run| before.entry(&run.run_id).is_some()).count();
    assert!(kept + 2 >= before.runs.len());
    assert_eq!(served(&lake, &table), lake.truth());
    // What lies before the first key and after the last has its place, too.
    [1, 9_999].into_iter().for_each(|id| lake.source().put(id, Write::Now));
    load(&lake, &table);
    settle(&lake, &table);
    assert_eq!(served(&lake, &table), lake.truth());
    assert_eq!(settle(&lake, &table).written, 0, "what is settled is left alone");
}

#[test]
fn parts_that_grow_are_cut_and_there_are_never_more_than_64() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    lake.source().put(0, Write::Now);
    for round in 1..=12_i64 {
        (1..=60).for_each(|at| lake.source().put((at * 7919 * round) % 10_007, Write::Now));
        load(&lake, &table);
        settle(&lake, &table);
        let pointer = current(&lake.store, &table.latest_publication()).unwrap().unwrap();
        assert!(pointer.runs.len() <= 64, "{} parts", pointer.runs.len());
        let share = pointer.rows() / 48 + 1;
        let largest = pointer.runs.iter().map(|run| run.rows).max().unwrap();
        assert!(largest <= 2 * share.max(8) + 1, "{largest} rows of {}", pointer.rows());
        assert_eq!(served(&lake, &table), lake.truth());
    }
}

#[test]
fn what_a_rollback_a_join_or_a_crash_of_the_log_left_behind_is_mended() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    for round in 1..=4 {
        (1..=30).for_each(|id| lake.source().put(id * round, Write::Now));
        load(&lake, &table);
        settle(&lake, &table);
    }
    let last = served(&lake, &table);
    lake.compact(&table);
    assert_eq!(settle(&lake, &table).written, 0, "joined runs are the same runs");
    assert_eq!(served(&lake, &table), last);
    lake.pass(MINUTE);
    assert!(lake.roll_back(&table));
    settle(&lake, &table);
    assert_eq!(served(&lake, &table), lake.by_log(&table));
    lake.pass(MINUTE);
    lake.source().put(1, Write::Now);
    load(&lake, &table);
    lake.source().put(2, Write::Now);
    load(&lake, &table);
    settle(&lake, &table);
    assert_eq!(served(&lake, &table), lake.truth());
}

#[test]
fn rows_marked_as_deleted_are_left_out_unless_they_are_kept() {
    let (lake, mut table) = (Lake::new(), table(BY_TIME));
    table.deleted = Some(4);
    (1..=5).for_each(|id| lake.source().put(id, Write::Now));
    load(&lake, &table);
    lake.source().put(3, Write::Soft);
    load(&lake, &table);
    settle(&lake, &table);
    let ids = |lake: &Lake, table: &Table| served(lake, table).keys().copied().collect::<Vec<_>>();
    assert_eq!(ids(&lake, &table), [1, 2, 4, 5]);
    assert_eq!(lake.log(&table).len(), 6);
    table.keeps_deleted = true;
    lake.source().put(5, Write::Soft);
    load(&lake, &table);
    settle(&lake, &table);
    assert!(ids(&lake, &table).contains(&5));
}

#[test]
fn a_table_that_is_read_whole_gives_its_own_up_and_one_without_has_none() {
    let (lake, mut table) = (Lake::new(), table(BY_TIME));
    (1..=5).for_each(|id| lake.source().put(id, Write::Now));
    load(&lake, &table);
    settle(&lake, &table);
    assert_eq!(served(&lake, &table).len(), 5);
    table.mode = Mode::Full;
    load(&lake, &table);
    settle(&lake, &table);
    assert_eq!(served(&lake, &table).len(), 0);
    table.mode = BY_TIME;
    load(&lake, &table);
    settle(&lake, &table);
    assert_eq!(served(&lake, &table), lake.truth());
    let other = Lake::new();
    table.latest = Latest::View;
    load(&other, &table);
    settle(&other, &table);
    assert!(current(&other.store, &table.latest_publication()).unwrap().is_none());
}

#[test]
fn a_column_that_only_folders_tell_has_its_type_again() {
    for (name, at) in [("is_gone", 4), ("version", 2), ("id", 0)] {
        let (lake, mut table) = (Lake::new(), table(BY_TIME));
        table.partition_by = vec![name.to_owned()];
        (1..=12).for_each(|id| lake.source().put(id, Write::Now));
        load(&lake, &table);
        (1..=3).for_each(|id| lake.source().put(id, Write::Now));
        lake.source().put(4, Write::Gone);
        load(&lake, &table);
        settle(&lake, &table);
        let kept = Served::of(&lake.store, &table.latest_publication()).unwrap().unwrap().schema().unwrap();
        assert_eq!(*kept.field_with_name(name).unwrap().data_type(), table.columns[at].kept());
        lake.pass(MINUTE);
        let found = compare(&lake, &table, By::Row).unwrap();
        assert_eq!((found.differing, found.changed, found.gone), (1, 0, 1), "{name}: {found:?}");
        settle(&lake, &table);
        assert_eq!(served(&lake, &table), lake.truth());
    }
}

#[test]
fn whatever_call_of_the_store_fails_the_rows_that_are_there_now_stay_whole_and_are_mended() {
    for moment in [Moment::Before, Moment::After] {
        let mut calls = 0;
        loop {
            calls += 1;
            let (lake, table) = (Lake::new(), table(BY_TIME));
            (1..=20).for_each(|id| lake.source().put(id, Write::Now));
            load(&lake, &table);
            settle(&lake, &table);
            let before = served(&lake, &table);
            lake.source().put(7, Write::Now);
            load(&lake, &table);
            let store = FaultyStore::failing_from(&lake.store, calls, moment);
            let failed = lake.on(&store, |world| settle_by(world, &table, 8)).is_err();
            let now = served(&lake, &table);
            assert!(now == before || now == lake.truth(), "call {calls} {moment:?}: something between is served");
            settle(&lake, &table);
            assert_eq!(served(&lake, &table), lake.truth(), "call {calls} {moment:?}");
            lake.assert_shown(&table);
            if !failed {
                break;
            }
        }
        assert!(calls > 8, "only {calls} calls");
    }
}
