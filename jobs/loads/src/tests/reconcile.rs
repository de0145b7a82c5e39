//! Comparisons: what no window shows.

use super::model::{MINUTE, Model, Write};
use super::world::{BY_KEY, BY_TIME, Lake, table};
use crate::publish::{Latest, LoadError, Mask, MaskKey, Mode, Table};
use crate::reconcile::{By, How, Reconciled, reconcile};
use crate::window::{View, give_back, take};

pub(super) fn compare(lake: &Lake, table: &Table, by: By) -> Result<Reconciled, LoadError> {
    compare_by(lake, table, How { least_rows: 8, ..How::by_ranges(by) })
}

fn compare_by(lake: &Lake, table: &Table, how: How) -> Result<Reconciled, LoadError> {
    lake.on(&lake.store, |world| {
        let turn = take(world, table)?.expect("nobody else loads");
        let mut session = Model::new(&lake.source);
        let mut view = View::open(&mut session)?;
        let reconciled = reconcile(world, &mut view, &turn, table, how, &super::sum);
        view.close()?;
        give_back(world, turn, table)?;
        reconciled
    })
}

fn loaded(table: &Table) -> Lake {
    let lake = Lake::new();
    (1..=100).for_each(|id| lake.source().put(id, Write::Now));
    lake.load(table).unwrap();
    lake.pass(30 * MINUTE);
    lake
}

#[test]
fn a_table_that_is_the_same_as_a_whole_is_not_compared_by_ranges() {
    let table = table(BY_TIME);
    let lake = loaded(&table);
    let how = How { least_rows: 8, begins_whole: true, ..How::by_ranges(By::Cursor) };
    let found = compare_by(&lake, &table, how).unwrap();
    assert_eq!((found.ranges, found.differing, found.here), (1, 0, 100), "{found:?}");
    lake.source().put(50, Write::Gone);
    lake.source().handed = 0;
    let found = compare_by(&lake, &table, how).unwrap();
    assert_eq!((found.differing, found.changed, found.gone, found.here), (1, 0, 1, 100), "{found:?}");
    assert!(found.ranges >= 10 && lake.source().handed < 20, "{found:?}");
    assert_eq!(lake.by_log(&table), lake.truth());
}

#[test]
fn what_is_gone_becomes_a_tombstone_and_only_ranges_that_differ_are_read() {
    for latest in [Latest::Merge, Latest::View] {
        let table = Table { latest, ..table(BY_TIME) };
        let lake = loaded(&table);
        lake.source().put(50, Write::Gone);
        lake.source().handed = 0;
        let found = compare(&lake, &table, By::Cursor).unwrap();
        assert_eq!((found.differing, found.changed, found.gone), (1, 0, 1), "{found:?}");
        assert!(found.ranges >= 10 && lake.source().handed < 20, "{found:?}");
        assert_eq!(lake.by_log(&table), lake.truth());
        let log = lake.log(&table);
        let gone = log.iter().find(|row| row.op == "d").unwrap();
        assert_eq!((gone.id, gone.version, gone.cursor), (50, None, None));
        lake.pass(MINUTE);
        let again = compare(&lake, &table, By::Cursor).unwrap();
        assert!(again.differing == 0 && again.run.is_none(), "nothing differs any more: {again:?}");
    }
}

#[test]
fn nothing_is_read_where_nothing_differs() {
    let table = table(BY_TIME);
    let lake = loaded(&table);
    lake.source().handed = 0;
    let found = compare(&lake, &table, By::Row).unwrap();
    assert_eq!((found.differing, found.read, found.run), (0, 0, None));
    let source = lake.source();
    assert_eq!((source.handed, source.sums), (0, found.ranges));
}

#[test]
fn an_update_that_keeps_the_cursor_is_found_by_the_rows_and_a_lost_row_by_key_and_cursor() {
    let table = table(BY_TIME);
    let lake = loaded(&table);
    lake.source().put(20, Write::Kept);
    assert_eq!(compare(&lake, &table, By::Cursor).unwrap().changed, 0, "neither key nor cursor tells it");
    assert_eq!(compare(&lake, &table, By::Row).unwrap().changed, 1);
    assert_eq!(lake.by_log(&table), lake.truth());
    // Written long ago by a clock that was wrong: no window shows it.
    let clock = lake.source().clock;
    lake.source().clock = clock - 500 * MINUTE;
    lake.source().put(101, Write::Now);
    lake.source().clock = clock;
    lake.load(&table).unwrap();
    assert_ne!(lake.by_log(&table), lake.truth());
    lake.pass(MINUTE);
    assert_eq!(compare(&lake, &table, By::Cursor).unwrap().changed, 1);
    assert_eq!(lake.by_log(&table), lake.truth());
}

#[test]
fn what_was_published_by_a_comparison_is_not_published_again_by_the_next_window() {
    for mode in [BY_TIME, BY_KEY, Mode::Xid] {
        let table = table(mode);
        let lake = loaded(&table);
        (90..=110).for_each(|id| lake.source().put(id, Write::Now));
        lake.source().put(95, Write::Gone);
        assert!(compare(&lake, &table, By::Row).unwrap().run.is_some());
        lake.pass(MINUTE);
        let window = lake.load(&table).unwrap();
        assert_eq!((window.run, window.account.published), (None, 0), "{mode:?}");
        // A row that is the same as one that was gone is new.
        lake.source().put(95, Write::Now);
        lake.pass(MINUTE);
        compare(&lake, &table, By::Row).unwrap();
        assert_eq!(lake.by_log(&table), lake.truth());
        lake.assert_no_version_twice(&table);
    }
}

#[test]
fn soft_deletes_are_rows_and_no_difference() {
    let table = Table { deleted: Some(4), ..table(BY_TIME) };
    let lake = loaded(&table);
    lake.source().put(5, Write::Soft);
    lake.load(&table).unwrap();
    lake.pass(MINUTE);
    assert_eq!(compare(&lake, &table, By::Row).unwrap().differing, 0);
}

#[test]
fn a_key_that_is_masked_is_compared_by_reading() {
    let mut table = table(BY_TIME);
    table.columns[0].mask = Some(Mask::Hash);
    table.secret = MaskKey(b"secret".to_vec());
    let lake = loaded(&table);
    lake.source().put(50, Write::Gone);
    let found = compare(&lake, &table, By::Cursor).unwrap();
    assert_eq!((found.ranges, found.read, found.changed, found.gone), (1, 99, 0, 1));
}

#[test]
fn a_table_that_was_never_loaded_so_is_not_compared() {
    let mut table = table(BY_TIME);
    let lake = Lake::new();
    assert!(matches!(compare(&lake, &table, By::Row), Err(LoadError::Superseded { .. })));
    lake.load(&table).unwrap();
    table.generation = "2".to_owned();
    assert!(matches!(compare(&lake, &table, By::Row), Err(LoadError::Superseded { .. })));
}
