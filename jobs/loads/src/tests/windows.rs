//! What windows publish, what they drop, and where the next one begins.

use carelake_core::publish::current;
use carelake_database::Identity;
use jiff::SignedDuration;

use super::model::{MINUTE, Model, Source, Write};
use super::world::{BY_KEY, BY_TIME, Lake, table};
use crate::publish::{LoadError, Mask, MaskKey, Mode, Position};
use crate::window::{View, give_back, load, take};

fn put(lake: &Lake, ids: std::ops::RangeInclusive<i64>) {
    ids.for_each(|id| lake.source().put(id, Write::Now));
}

#[test]
fn a_first_load_is_whole_and_a_window_publishes_only_what_is_new() {
    for mode in [BY_TIME, BY_KEY, Mode::Xid] {
        let (lake, table) = (Lake::new(), table(mode));
        put(&lake, 1..=20);
        let first = lake.load(&table).unwrap();
        assert_eq!((first.made_by, first.reason, first.account.published), ("loads.full", Some("first"), 20));
        lake.pass(MINUTE);
        put(&lake, 21..=23);
        let second = lake.load(&table).unwrap();
        assert_eq!((second.made_by, second.reason, second.account.published), ("loads.window", None, 3), "{mode:?}");
        assert_eq!(lake.by_log(&table), lake.truth());
        lake.assert_no_version_twice(&table);
        let log = lake.log(&table);
        let first_seq: Vec<i64> = log.iter().filter(|row| row.id <= 20).map(|row| row.seq).collect();
        assert!(first_seq.iter().all(|seq| *seq == 1) && log.iter().filter(|row| row.seq == 2).count() == 3);
    }
}

#[test]
fn rows_of_a_file_are_in_the_order_of_their_keys() {
    for mode in [BY_TIME, Mode::Full, Mode::Xid] {
        let (lake, table) = (Lake::new(), table(mode));
        put(&lake, 1..=20);
        lake.load(&table).unwrap();
        assert!(lake.log(&table).is_sorted_by_key(|row| row.id), "{mode:?}");
        lake.pass(MINUTE);
        put(&lake, 1..=9);
        lake.load(&table).unwrap();
        assert!(lake.log(&table).iter().filter(|row| row.seq == 2).is_sorted_by_key(|row| row.id));
    }
}

#[test]
fn the_bookmark_is_before_the_oldest_transaction_and_never_moves_back() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    put(&lake, 1..=3);
    lake.pass(10 * MINUTE);
    let Some(Position::Time(first)) = lake.load(&table).unwrap().position else { panic!("a time") };
    assert_eq!(first, lake.source().clock - 2 * MINUTE);
    lake.source().begin(1);
    lake.pass(30 * MINUTE);
    put(&lake, 4..=4);
    let began = lake.source().clock - 30 * MINUTE;
    let Some(Position::Time(second)) = lake.load(&table).unwrap().position else { panic!("a time") };
    assert_eq!(second, first.max(began - 2 * MINUTE));
    lake.source().clock -= 35 * MINUTE;
    lake.source().commit(1);
    lake.source().put(5, Write::Ahead);
    let Some(Position::Time(third)) = lake.load(&table).unwrap().position else { panic!("a time") };
    assert!(third >= second);
}

#[test]
fn rows_without_a_time_are_read_every_time_and_published_once() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    lake.source().put(1, Write::NoTime);
    lake.source().put(2, Write::Ahead);
    lake.load(&table).unwrap();
    for _ in 0..3 {
        lake.pass(100 * MINUTE);
        put(&lake, 3..=3);
        let window = lake.load(&table).unwrap();
        assert_eq!((window.account.published, window.account.duplicates()), (1, 2));
    }
    lake.source().put(1, Write::NoTime);
    assert_eq!(lake.load(&table).unwrap().account.published, 1);
    assert_eq!(lake.by_log(&table), lake.truth());
}

#[test]
fn an_empty_window_adds_no_run_and_moves_the_bookmark_once_in_a_while() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    put(&lake, 1..=3);
    lake.load(&table).unwrap();
    lake.pass(MINUTE);
    let before = current(&lake.store, &table.publication).unwrap().unwrap();
    let window = lake.load(&table).unwrap();
    assert_eq!((window.run, window.sequence, window.account.duplicates()), (None, None, 3));
    assert_eq!(current(&lake.store, &table.publication).unwrap().unwrap(), before);
    lake.pass(60 * MINUTE);
    let window = lake.load(&table).unwrap();
    let after = current(&lake.store, &table.publication).unwrap().unwrap();
    assert_eq!((window.run, after.sequence, after.content), (None, before.sequence + 1, before.content));
    assert_eq!(after.helpers, before.helpers);
    assert_ne!(after.state, before.state);
    put(&lake, 4..=4);
    assert_eq!(lake.load(&table).unwrap().account.published, 1);
    lake.assert_no_version_twice(&table);
}

#[test]
fn a_key_that_commits_late_is_not_lost_where_only_new_keys_are_read() {
    let (lake, table) = (Lake::new(), table(BY_KEY));
    put(&lake, 1..=3);
    lake.load(&table).unwrap();
    lake.source().begin(1);
    lake.source().write(1, 4, Write::Now, false);
    for id in 5..=12 {
        lake.pass(10 * MINUTE);
        put(&lake, id..=id);
        lake.load(&table).unwrap();
    }
    lake.source().commit(1);
    lake.load(&table).unwrap();
    assert_eq!(lake.by_log(&table), lake.truth());
    lake.assert_no_version_twice(&table);
    lake.pass(10 * MINUTE);
    lake.load(&table).unwrap();
    lake.pass(10 * MINUTE);
    put(&lake, 13..=13);
    lake.source().handed = 0;
    lake.load(&table).unwrap();
    assert!(lake.source().handed < 6, "what cannot come any more is read again");
}

#[test]
fn what_a_savepoint_wrote_is_not_lost_where_transactions_are_read() {
    let (lake, table) = (Lake::new(), table(Mode::Xid));
    put(&lake, 1..=3);
    lake.source().begin(1);
    lake.source().write(1, 2, Write::Kept, true);
    put(&lake, 4..=4);
    lake.load(&table).unwrap();
    lake.pass(10 * MINUTE);
    put(&lake, 5..=5);
    lake.load(&table).unwrap();
    lake.source().commit(1);
    lake.load(&table).unwrap();
    assert_eq!(lake.by_log(&table), lake.truth());
    lake.assert_no_version_twice(&table);
}

#[test]
fn a_table_that_was_written_anew_is_read_whole_where_transactions_are_read() {
    let (lake, mut table) = (Lake::new(), table(Mode::Xid));
    table.relation.file = Some(1);
    put(&lake, 1..=3);
    lake.load(&table).unwrap();
    lake.pass(MINUTE);
    assert_eq!(lake.load(&table).unwrap().reason, None);
    table.relation.file = Some(2);
    assert_eq!(lake.load(&table).unwrap().reason, Some("rewritten"));
    lake.pass(MINUTE);
    assert_eq!(lake.load(&table).unwrap().reason, None);
    // Where the server tells nothing of files nothing follows from that.
    table.relation.file = None;
    assert_eq!(lake.load(&table).unwrap().reason, None);
    lake.assert_no_version_twice(&table);
}

#[test]
fn a_server_that_was_restored_is_read_whole() {
    let (lake, table) = (Lake::new(), table(Mode::Xid));
    put(&lake, 1..=3);
    lake.load(&table).unwrap();
    let reason = |lake: &Lake| {
        let outcome = lake.load_of(&lake.store, &table, &mut Model::restored(&lake.source));
        outcome.unwrap().reason
    };
    assert_eq!(reason(&lake), Some("other_server"));
    lake.pass(MINUTE);
    assert_eq!(reason(&lake), None);
    let clock = lake.source().clock;
    *lake.source() = Source::new(clock);
    put(&lake, 1..=2);
    assert_eq!(reason(&lake), Some("behind"));
    assert_eq!(lake.by_log(&table), lake.truth());
}

#[test]
fn a_table_that_was_made_again_may_have_fewer_rows_than_before_but_not_none() {
    let (lake, mut table) = (Lake::new(), table(Mode::Full));
    put(&lake, 1..=10);
    lake.load(&table).unwrap();
    for id in 2..=10 {
        lake.source().put(id, Write::Gone);
    }
    lake.pass(MINUTE);
    assert!(matches!(lake.load(&table).unwrap_err(), LoadError::Volume { rows: 1, before: 10, .. }));
    table.relation.identity = Identity("made again".to_owned());
    assert_eq!(lake.load(&table).unwrap().account.published, 1);
    lake.source().put(1, Write::Gone);
    lake.pass(MINUTE);
    table.relation.identity = Identity("and once more".to_owned());
    assert!(matches!(lake.load(&table).unwrap_err(), LoadError::Volume { rows: 0, before: 1, .. }));
}

#[test]
fn a_whole_load_takes_the_place_of_all_and_a_loss_is_refused_until_it_is_accepted() {
    let (lake, mut table) = (Lake::new(), table(Mode::Full));
    put(&lake, 1..=10);
    lake.load(&table).unwrap();
    for id in 1..=6 {
        lake.source().put(id, Write::Gone);
    }
    lake.pass(MINUTE);
    let refused = lake.load(&table).unwrap_err();
    assert!(matches!(refused, LoadError::Volume { rows: 4, before: 10, .. }), "{refused}");
    assert_eq!(lake.log(&table).len(), 10);
    table.accepts_loss = true;
    lake.load(&table).unwrap();
    assert_eq!(lake.by_log(&table), lake.truth());
    assert_eq!(lake.log(&table).len(), 4);
    assert!(current(&lake.store, &table.publication).unwrap().unwrap().helpers.is_empty());
}

#[test]
fn another_generation_begins_anew_and_another_mode_too() {
    let (lake, mut table) = (Lake::new(), table(BY_TIME));
    put(&lake, 1..=3);
    lake.load(&table).unwrap();
    table.generation = "2".to_owned();
    lake.pass(MINUTE);
    assert_eq!(lake.load(&table).unwrap().reason, Some("generation"));
    table.mode = Mode::Xid;
    lake.pass(MINUTE);
    assert_eq!(lake.load(&table).unwrap().reason, Some("mode_changed"));
    lake.pass(MINUTE);
    assert_eq!(lake.load(&table).unwrap().reason, None);
    assert_eq!(lake.log(&table).len(), 3);
}

#[test]
fn a_snapshot_that_is_older_than_what_is_served_publishes_nothing() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    put(&lake, 1..=3);
    lake.load(&table).unwrap();
    lake.pass(MINUTE);
    let late = lake.on(&lake.store, |world| {
        let turn = take(world, &table).unwrap().unwrap();
        let mut session = Model::new(&lake.source);
        let mut view = View::open(&mut session).unwrap();
        put(&lake, 2..=2);
        give_back(world, take(world, &table).unwrap().unwrap(), &table).unwrap();
        lake.load(&table).unwrap();
        load(world, &mut view, &turn, &table)
    });
    assert!(matches!(late, Err(LoadError::Superseded { .. })), "{late:?}");
    assert_eq!(lake.by_log(&table), lake.truth());
}

#[test]
fn a_load_that_comes_while_another_one_runs_leaves_its_work_to_it() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    let other = |world: &crate::publish::World<'_>| {
        let world = crate::publish::World { execution: Some("loads-2026-11-01.2"), ..*world };
        take(&world, &table).unwrap()
    };
    lake.on(&lake.store, |world| {
        let turn = take(world, &table).unwrap().unwrap();
        assert!(other(world).is_none());
        let again = give_back(world, turn, &table).unwrap().expect("the other one's work is to be done");
        assert!(give_back(world, again, &table).unwrap().is_none());
        assert!(other(world).is_some());
    });
}

#[test]
fn masks_come_before_everything_that_is_kept() {
    let (lake, mut table) = (Lake::new(), table(BY_TIME));
    table.secret = MaskKey(b"secret".to_vec());
    table.columns[0].mask = Some(Mask::Hash);
    table.columns[3].mask = Some(Mask::First(5));
    put(&lake, 900_001..=900_004);
    lake.load(&table).unwrap();
    lake.pass(MINUTE);
    lake.source().put(900_001, Write::Now);
    lake.load(&table).unwrap();
    let mut files = 0;
    for object in carelake_core::store::Store::list(&lake.store, "").unwrap() {
        let bytes = carelake_core::store::Store::read(&lake.store, &object.key).unwrap();
        let has = |marker: &[u8]| bytes.windows(marker.len()).any(|window| window == marker);
        files += usize::from(object.key.ends_with("overlap.arrow"));
        assert!(!has(b"label 1") && !has(b"900001") && !has(&900_001_i64.to_le_bytes()), "{}", object.key);
        assert!(!has(&(900_001_u64 ^ (1 << 63)).to_be_bytes()), "{}", object.key);
    }
    assert_eq!(files, 2);
    table.columns[4].mask = Some(Mask::First(1));
    let refused = lake.load(&table).unwrap_err();
    assert!(matches!(refused, LoadError::Mask { .. }), "{refused}");
    table.columns.remove(0);
    assert!(matches!(lake.load(&table), Err(LoadError::NoKey { .. })));
}

#[test]
fn a_lag_is_kept_where_the_bookmark_is_found() {
    let (lake, mut table) = (Lake::new(), table(BY_TIME));
    table.lag = SignedDuration::from_hours(2);
    put(&lake, 1..=1);
    let position = lake.load(&table).unwrap().position;
    assert_eq!(position, Some(Position::Time(lake.source().clock - 120 * MINUTE)));
}
