//! A store that fails on the nth call, for every n.

use super::*;
use crate::store::{FaultyStore, Moment};

type Failing = for<'s> fn(&'s dyn Store, u64, Moment) -> FaultyStore<'s>;

const WAYS: [(Failing, Moment); 4] = [
    (|store, call, moment| FaultyStore::failing_once(store, call, moment), Moment::Before),
    (|store, call, moment| FaultyStore::failing_once(store, call, moment), Moment::After),
    (|store, call, moment| FaultyStore::failing_from(store, call, moment), Moment::Before),
    (|store, call, moment| FaultyStore::failing_from(store, call, moment), Moment::After),
];

/// Does something on a store that fails at each call in turn; afterwards checks the world.
fn at_every_call(
    world: impl Fn() -> World,
    act: impl Fn(&World, &dyn Store) -> Result<(), PublishError>,
    check: impl Fn(&World, Result<(), PublishError>),
) {
    for (failing, moment) in WAYS {
        for call in 1.. {
            let world = world();
            let faulty = failing(&world.store, call, moment);
            let outcome = act(&world, &faulty);
            let calls = faulty.calls();
            drop(faulty);
            complete_runs_are_whole(&world);
            check(&world, outcome);
            if calls < call {
                assert!(call > 3, "nothing was called");
                break;
            }
        }
    }
}

/// A manifest is a promise that a rollback relies on.
fn complete_runs_are_whole(world: &World) {
    for run in runs(&world.store, &publication()).unwrap() {
        let check = verify::Check {
            store: &world.store,
            publication: &publication(),
            run_id: &run.run_id,
            layout: Layout::default(),
        };
        run.manifest.map_or(Ok(()), |manifest| check.listing(&manifest.files)).unwrap();
    }
}

#[test]
fn publishing_that_fails_anywhere_leaves_a_whole_run_and_can_be_repeated() {
    at_every_call(
        || World::with_runs([1]),
        |world, store| publish(store, &world.ledger, 2).map(drop),
        |world, outcome| {
            let seen = world.published();
            assert!(seen == Some(2) || (seen == Some(1) && outcome.is_err()), "{seen:?} {outcome:?}");
            assert!(matches!(linked(world), Some(1 | 2)));
            assert_eq!(world.ledger.lease(&publication(), at(2)).unwrap(), None);
            assert_eq!(world.publish(2).unwrap().sequence, 2);
            assert_eq!((world.published(), linked(world)), (Some(2), Some(2)));
            assert_eq!(standing(&world.store), [(1, RunState::Kept), (2, RunState::Current)]);
        },
    );
}

#[test]
fn publishing_that_fails_anywhere_is_no_obstacle_for_the_next_run() {
    at_every_call(
        World::new,
        |world, store| publish(store, &world.ledger, 1).map(drop),
        |world, _| {
            assert!(matches!(world.published(), None | Some(1)));
            world.publish(2).unwrap();
            assert_eq!((world.published(), linked(world)), (Some(2), Some(2)));
            super::super::gc(desk(&world.store, &world.ledger, at(3)), &world.store, keep(1), false).unwrap();
            assert_eq!(standing(&world.store), [(2, RunState::Current)]);
        },
    );
}

#[test]
fn pruning_that_fails_does_not_fail_the_published_run_and_is_told() {
    at_every_call(
        || World::with_runs([1, 2, 3]),
        |world, store| {
            let published = publish(store, &world.ledger, 4)?;
            let left = standing(&world.store).len();
            assert!(left == 3 || !published.warnings.is_empty());
            Ok(())
        },
        |world, outcome| {
            assert_eq!(
                outcome.is_ok(),
                world.ledger.lease(&publication(), at(4)).unwrap().is_none() && outcome.is_ok()
            );
            world.publish(4).unwrap();
            super::super::gc(desk(&world.store, &world.ledger, at(5)), &world.store, keep(3), false).unwrap();
            let kept = [(2, RunState::Kept), (3, RunState::Kept), (4, RunState::Current)];
            assert_eq!((world.published(), standing(&world.store)), (Some(4), kept.to_vec()));
        },
    );
}

#[test]
fn a_rollback_that_fails_anywhere_leaves_a_whole_run_and_can_be_repeated() {
    at_every_call(
        || World::with_runs([1, 2]),
        |world, store| super::super::rollback(desk(store, &world.ledger, at(3)), &Target::Run(run(1))).map(drop),
        |world, outcome| {
            let seen = world.published();
            assert!(seen == Some(1) || (seen == Some(2) && outcome.is_err()), "{seen:?} {outcome:?}");
            let again = super::super::rollback(desk(&world.store, &world.ledger, at(4)), &Target::Run(run(1))).unwrap();
            assert_eq!((again.to.sequence, world.published(), linked(world)), (3, Some(1), Some(1)));
        },
    );
}

#[test]
fn a_gc_that_fails_anywhere_never_touches_the_published_run() {
    at_every_call(
        || {
            let world = World::with_runs([1, 2, 3]);
            drop(open(&world.store, &world.ledger, run(4), at(4)).and_then(|draft| {
                draft.add(part(PATHS[0], 4, 3))?;
                Ok(draft)
            }));
            world
        },
        |world, store| super::super::gc(desk(store, &world.ledger, at(5)), store, keep(1), false).map(drop),
        |world, outcome| {
            assert_eq!((world.published(), linked(world)), (Some(3), Some(3)));
            let again =
                super::super::gc(desk(&world.store, &world.ledger, at(6)), &world.store, keep(1), false).unwrap();
            assert!(again.garbage.runs.is_empty() || outcome.is_err());
            assert_eq!(standing(&world.store), [(3, RunState::Current)]);
        },
    );
}

#[test]
fn a_run_that_does_not_settle_has_no_manifest() {
    let settles = (1..).find(|&call| {
        let world = World::with_runs([1]);
        let faulty = FaultyStore::failing_once(&world.store, call, Moment::Before);
        let failed = publish(&faulty, &world.ledger, 2).map_err(|error| format!("{error:?}"));
        let is_settling = failed.as_ref().is_err_and(|error| error.contains("staged files"));
        if is_settling {
            assert_eq!(world.published(), Some(1));
            assert!(
                !world.store.list("").unwrap().iter().any(|object| object.key == publication().manifest_key(&run(2)))
            );
        }
        is_settling || call > 200
    });
    assert!(settles.is_some_and(|call| call <= 200), "a run is published without settling its files");
}
