//! Whatever happens in whatever order, the lake ends with what the source holds, and no version of a row is in the log twice.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::model::{MINUTE, Write};
use super::reconcile::compare;
use super::world::{BY_KEY, BY_TIME, Lake, table};
use crate::latest::settle_by;
use crate::publish::{Mode, Table};
use crate::reconcile::By;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    Begin(u8),
    Write(u8, i64, Write, bool),
    Commit(u8),
    Abort(u8),
    Pass(i64),
    Load,
    Whole,
    Compare,
    Settle,
    RollBack,
    Join,
}

fn step(is_new_keys_only: bool) -> impl Strategy<Value = Step> {
    let write = if is_new_keys_only {
        Just(Write::Now).boxed()
    } else {
        prop_oneof![
            6 => Just(Write::Now),
            1 => Just(Write::NoTime),
            1 => Just(Write::Ahead),
            2 => Just(Write::Kept),
            2 => Just(Write::Gone),
        ]
        .boxed()
    };
    prop_oneof![
        4 => (0_u8..4).prop_map(Step::Begin),
        8 => (0_u8..4, 1_i64..12, write, any::<bool>()).prop_map(|(name, id, write, sub)| Step::Write(name, id, write, sub)),
        5 => (0_u8..4).prop_map(Step::Commit),
        1 => (0_u8..4).prop_map(Step::Abort),
        3 => (0_i64..3).prop_map(Step::Pass),
        1 => (10_i64..100).prop_map(Step::Pass),
        6 => Just(Step::Load),
        1 => Just(Step::Whole),
        1 => Just(Step::Compare),
        1 => Just(Step::Settle),
        1 => Just(Step::RollBack),
        1 => Just(Step::Join),
    ]
}

fn carry_out(lake: &Lake, table: &Table, keys: &mut i64, step: Step) {
    let is_new_keys_only = table.mode == BY_KEY;
    match step {
        Step::Begin(name) => lake.source().begin(name),
        Step::Write(name, id, write, in_savepoint) => {
            *keys += 1;
            // Of such a table rows are added only, and their keys grow.
            let id = if is_new_keys_only { 100 + *keys } else { id };
            lake.source().write(name, id, write, in_savepoint);
        }
        Step::Commit(name) => lake.source().commit(name),
        Step::Abort(name) => lake.source().abort(name),
        Step::Pass(minutes) => lake.pass(minutes * MINUTE),
        Step::Load => drop(lake.load(table).unwrap()),
        Step::Whole => drop(lake.load(&Table { whole: true, ..table.clone() }).unwrap()),
        Step::Compare => drop(compare(lake, table, By::Row)),
        Step::Settle => drop(lake.on(&lake.store, |world| settle_by(world, table, 4)).unwrap()),
        Step::RollBack => drop(lake.roll_back(table)),
        Step::Join => {
            if !lake.log(table).is_empty() {
                lake.compact(table);
            }
        }
    }
    // No two things happen in the same instant here; at the source they may.
    lake.tick();
}

fn ends_with_what_the_source_holds(mode: Mode, steps: Vec<Step>) {
    let (lake, mut table) = (Lake::new(), table(mode));
    table.accepts_loss = true;
    let mut keys = 0;
    for step in steps {
        carry_out(&lake, &table, &mut keys, step);
        lake.assert_no_version_twice(&table);
    }
    lake.source().end_all();
    for _ in 0..2 {
        lake.pass(10 * MINUTE);
        lake.load(&table).unwrap();
    }
    lake.pass(MINUTE);
    if mode == Mode::Xid || mode == BY_KEY {
        // Every version of every row that still exists was shown by a window; only what is gone was not.
        let found = lake.by_log(&table);
        let lost: Vec<_> = lake.truth().into_iter().filter(|(id, version)| found.get(id) != Some(version)).collect();
        assert!(lost.is_empty(), "lost without a comparison: {lost:?}");
    }
    compare(&lake, &table, By::Row).unwrap();
    lake.on(&lake.store, |world| settle_by(world, &table, 4)).unwrap();
    lake.assert_no_version_twice(&table);
    let rows = lake.rows(&table.latest_publication());
    let latest: BTreeMap<i64, Option<i64>> = rows.iter().map(|row| (row.id, row.version)).collect();
    assert_eq!(latest.len(), rows.len(), "a key is there twice");
    assert_eq!(latest, lake.truth());
    assert_eq!(lake.by_log(&table), lake.truth());
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn by_time(steps in prop::collection::vec(step(false), 0..40)) {
        ends_with_what_the_source_holds(BY_TIME, steps);
    }

    #[test]
    fn by_transaction(steps in prop::collection::vec(step(false), 0..40)) {
        ends_with_what_the_source_holds(Mode::Xid, steps);
    }

    #[test]
    fn by_key(steps in prop::collection::vec(step(true), 0..40)) {
        ends_with_what_the_source_holds(BY_KEY, steps);
    }
}
