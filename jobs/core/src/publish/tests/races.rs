//! Two publishers, and readers meanwhile.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::ErrorKind;
use crate::store::{FaultyStore, Moment};

/// Publishes run `number`, which began when `baseline` was served.
fn publish_late(world: &World, baseline: &Baseline, number: u32) -> Result<Published, PublishError> {
    let opening = Opening { baseline: baseline.clone(), ..opening(&run(number)) };
    let draft = Attempt::of(desk(&world.store, &world.ledger, at(number)), opening, run(number))?;
    PATHS.iter().try_for_each(|path| draft.add(part(path, number, 3)))?;
    draft.publish(details(), keep(3))
}

#[test]
fn a_run_replaces_only_what_was_served_when_it_began() {
    let served = |world: &World| Baseline::of(&world.store, &[publication()]).unwrap();
    let world = World::new();
    let nothing = served(&world);
    publish_late(&world, &nothing, 1).unwrap();
    // The same run again, whose first answer was lost.
    publish_late(&world, &nothing, 1).unwrap();
    let error = publish_late(&world, &nothing, 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SUPERSEDED);
    assert!(error.to_string().contains("run 2026-11-01.1 is served since 2026-11-01T06:01:00Z"), "{error}");
    let one = served(&world);
    publish_late(&world, &one, 3).unwrap();
    // A rollback brings back the run that was served, and is a move all the same.
    super::super::rollback(desk(&world.store, &world.ledger, at(4)), &Target::Before).unwrap();
    assert!(matches!(publish_late(&world, &one, 5), Err(PublishError::Stale { .. })));
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
    let unfinished = [2, 5].map(|number| (number, RunState::Incomplete));
    assert!(unfinished.iter().all(|run| standing(&world.store).contains(run)), "no run is complete that came too late");
    publish_late(&world, &Baseline::default(), 6).unwrap();
}

#[test]
fn of_two_publishers_at_once_one_wins_and_the_other_is_told_who_publishes() {
    for _ in 0..8 {
        let world = World::with_runs([1]);
        let barrier = Barrier::new(2);
        let race = |number: u32| {
            let ledger = SqliteLedger::open(&world.folder.path().join("ledger.sqlite")).unwrap();
            barrier.wait();
            let opened = open(&world.store, &ledger, run(number), at(2));
            barrier.wait();
            let draft = opened?;
            PATHS.iter().try_for_each(|path| draft.add(part(path, number, 3)))?;
            draft.publish(details(), keep(3))
        };
        let (two, three) = std::thread::scope(|scope| {
            let (two, three) = (scope.spawn(|| race(2)), scope.spawn(|| race(3)));
            (two.join().unwrap(), three.join().unwrap())
        });
        let (winner, loser) = if two.is_ok() { (2, three) } else { (3, two) };
        let error = loser.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PUBLISH_CONFLICT);
        let held = format!(
            "hospitals/feed: being published by {}, whose lease ends at 2026-11-01T06:17:00Z; wait for it, or see `carelake runs`",
            run(winner)
        );
        assert_eq!(error.to_string(), held);
        assert_eq!((world.published(), linked(&world)), (Some(winner), Some(winner)));
    }
}

#[test]
fn a_publisher_whose_lease_ended_cannot_publish_after_another() {
    let world = World::with_runs([1]);
    let opening = Opening { lease_secs: 60, ..opening(&run(2)) };
    let slow = Attempt::of(desk(&world.store, &world.ledger, at(2)), opening, run(2)).unwrap();
    PATHS.iter().try_for_each(|path| slow.add(part(path, 2, 3))).unwrap();
    world.publish(3).unwrap();
    let error = slow.publish(details(), keep(3)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hospitals/feed: run 2026-11-01.3 was published before 2026-11-01.2 could be; rerun if this one is to be published"
    );
    assert_eq!(error.kind(), ErrorKind::PUBLISH_CONFLICT);
    assert_eq!(world.published(), Some(3));
}

#[test]
fn a_lease_that_ended_and_that_nobody_took_does_not_stop_a_publisher() {
    let world = World::new();
    let opening = Opening { lease_secs: 1, ..opening(&run(1)) };
    let slow = Attempt::of(desk(&world.store, &world.ledger, at(1)), opening, run(1)).unwrap();
    PATHS.iter().try_for_each(|path| slow.add(part(path, 1, 3))).unwrap();
    slow.publish(details(), keep(3)).unwrap();
    assert_eq!(world.published(), Some(1));
}

#[test]
fn a_second_attempt_of_a_run_fences_off_the_first() {
    let world = World::new();
    let first = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    let second = open(&world.store, &world.ledger, run(1), at(2)).unwrap();
    for path in PATHS {
        first.add(part(path, 1, 3)).unwrap();
        second.add(part(path, 1, 3)).unwrap();
    }
    assert_eq!(first.publish(details(), keep(3)).unwrap_err().kind(), ErrorKind::PUBLISH_CONFLICT);
    assert_eq!(second.publish(details(), keep(3)).unwrap().sequence, 1);
    assert_eq!(world.published(), Some(1));
}

#[test]
fn without_leases_the_pointer_alone_keeps_publishers_apart() {
    // The rival has another ledger, so that no lease stops it, and publishes before the nth call of this publisher.
    for call in 1.. {
        let world = World::with_runs([1]);
        let elsewhere = SqliteLedger::open(&world.folder.path().join("elsewhere.sqlite")).unwrap();
        let rival = FaultyStore::new(&world.store, |number, moment| {
            if number == call && moment == Moment::Before {
                publish(&world.store, &elsewhere, 3).unwrap();
            }
            false
        });
        let outcome = publish(&rival, &world.ledger, 2);
        if rival.calls() < call {
            assert!(call > 10, "the publisher made {} calls", rival.calls());
            break;
        }
        let seen = world.published();
        match outcome {
            Ok(published) if published.sequence == 3 => assert_eq!(seen, Some(2), "call {call}"),
            Ok(published) => assert_eq!((published.sequence, seen), (2, Some(3)), "call {call}"),
            Err(error) => {
                assert_eq!((error.kind(), seen), (ErrorKind::PUBLISH_CONFLICT, Some(3)), "call {call}: {error}");
                assert!(matches!(error, PublishError::Overtaken { .. }), "{error:?}");
            }
        }
    }
}

#[test]
fn a_swap_of_the_pointer_that_was_done_but_not_acknowledged_is_a_success() {
    let swap = AtomicU64::new(u64::MAX);
    let world = World::new();
    let watched = FaultyStore::new(&world.store, |number, moment| {
        if moment == Moment::After && current(&world.store, &publication()).unwrap().is_some() {
            swap.fetch_min(number, Ordering::SeqCst);
        }
        false
    });
    publish(&watched, &world.ledger, 1).unwrap();
    let swap = swap.load(Ordering::SeqCst);
    // A client that repeats a call on its own finds the pointer moved by its own first try.
    let world = World::new();
    let elsewhere = SqliteLedger::open(&world.folder.path().join("elsewhere.sqlite")).unwrap();
    let repeated = FaultyStore::new(&world.store, |number, moment| {
        if number == swap && moment == Moment::Before {
            publish(&world.store, &elsewhere, 1).unwrap();
        }
        false
    });
    assert_eq!(publish(&repeated, &world.ledger, 1).unwrap().sequence, 1);
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
}

#[test]
fn a_reader_in_a_loop_sees_whole_runs_only_and_never_goes_back() {
    let world = World::with_runs([1]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut last, mut last_linked, mut readings) = (0, 0, 0);
                    while !done.load(Ordering::Relaxed) {
                        let (seen, seen_linked) = (world.published().unwrap(), linked(&world).unwrap());
                        assert!(seen >= last && seen_linked >= last_linked, "a reader went back");
                        (last, last_linked, readings) = (seen, seen_linked, readings + 1);
                    }
                    readings
                })
            })
            .collect();
        for number in 2..=25 {
            let draft = open(&world.store, &world.ledger, run(number), at(number)).unwrap();
            PATHS.iter().try_for_each(|path| draft.add(part(path, number, 3))).unwrap();
            draft.publish(details(), keep(99)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        let readings: u32 = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
        assert!(readings > 10, "only {readings} readings");
    });
    assert_eq!((world.published(), linked(&world)), (Some(25), Some(25)));
}

#[test]
fn a_discarded_run_is_gone_unless_another_attempt_has_taken_it_over() {
    let world = World::with_runs([1]);
    let open = || open(&world.store, &world.ledger, run(2), at(2)).unwrap();
    let (first, second) = (open(), open());
    second.add(part(PATHS[0], 2, 3)).unwrap();
    first.discard();
    assert_eq!(standing(&world.store), [(1, RunState::Current), (2, RunState::Incomplete)]);
    second.discard();
    assert_eq!(standing(&world.store), [(1, RunState::Current)]);
    assert_eq!(publish(&world.store, &world.ledger, 3).map(|published| published.sequence).unwrap(), 2);
}
