//! A store that fails at each of its calls, before or after it did what was asked: what is served stays whole, and the next load
//! makes up for it.

use carelake_core::store::{FaultyStore, Moment};

use super::model::{MINUTE, Write};
use super::world::{BY_TIME, Lake, table};
use crate::latest::settle_by;
use crate::publish::Mode;

/// Loads a table that has one run already, with a store that fails at this call and at each that follows. Answers whether it failed.
fn fails_at(mode: Mode, call: u64, moment: Moment) -> bool {
    let (lake, table) = (Lake::new(), table(mode));
    (1..=12).for_each(|id| lake.source().put(id, Write::Now));
    lake.load(&table).unwrap();
    let before = lake.by_log(&table);
    lake.pass(MINUTE);
    (5..=15).for_each(|id| lake.source().put(id, Write::Now));
    let store = FaultyStore::failing_from(&lake.store, call, moment);
    let failed = lake.load_on(&store, &table).is_err();
    let served = lake.by_log(&table);
    assert!(
        served == before || served == lake.truth(),
        "{mode:?}, call {call} {moment:?}: something between is served"
    );
    // Nothing came since: it may be that there is nothing to publish.
    for last in [None, Some(16)] {
        lake.pass(MINUTE);
        last.into_iter().for_each(|id| lake.source().put(id, Write::Now));
        lake.load(&table).unwrap();
        lake.on(&lake.store, |world| settle_by(world, &table, 8)).unwrap();
        assert_eq!(lake.by_log(&table), lake.truth(), "{mode:?}, call {call} {moment:?}");
        lake.assert_shown(&table);
    }
    lake.assert_no_version_twice(&table);
    failed
}

fn at_each_call(mode: Mode) {
    for moment in [Moment::Before, Moment::After] {
        let failed = (1..200).take_while(|call| fails_at(mode, *call, moment)).count();
        assert!(failed > 5, "{mode:?}: only {failed} calls");
    }
}

#[test]
fn whatever_call_of_the_store_fails_in_a_window_the_next_one_makes_up_for_it() {
    at_each_call(BY_TIME);
}

#[test]
fn whatever_call_of_the_store_fails_in_a_whole_load_the_next_one_makes_up_for_it() {
    at_each_call(Mode::Full);
}

#[test]
fn a_connection_that_is_cut_leaves_nothing_and_the_same_window_is_read_again() {
    let (lake, table) = (Lake::new(), table(BY_TIME));
    (1..=12).for_each(|id| lake.source().put(id, Write::Now));
    lake.load(&table).unwrap();
    let before = lake.log(&table);
    lake.pass(MINUTE);
    (5..=15).for_each(|id| lake.source().put(id, Write::Now));
    for rows in [0, 4, 9] {
        let handed = lake.source().handed;
        lake.source().cut_after = Some(handed + rows);
        assert_eq!(lake.load(&table).unwrap_err().kind().name, "Unavailable");
        assert_eq!(lake.log(&table), before);
    }
    lake.source().cut_after = None;
    lake.load(&table).unwrap();
    assert_eq!(lake.by_log(&table), lake.truth());
    lake.assert_no_version_twice(&table);
}
