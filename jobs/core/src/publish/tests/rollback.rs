//! Going back to an older run.

use super::*;
use crate::ErrorKind;

fn back(world: &World, to: Option<u32>) -> Result<RolledBack, PublishError> {
    super::super::rollback(
        desk(&world.store, &world.ledger, at(9)),
        &to.map_or(Target::Before, |to| Target::Run(run(to))),
    )
}

#[test]
fn a_rollback_goes_further_back_each_time_and_the_sequence_still_grows() {
    let world = World::with_runs([1, 2, 3]);
    for (sequence, from, to) in [(4, 3, 2), (5, 2, 1)] {
        let rolled_back = back(&world, None).unwrap();
        let RolledBack { from: was, to: is, .. } = &rolled_back;
        assert_eq!((&was.run_id, &is.run_id, is.sequence), (&Some(run(from)), &Some(run(to)), sequence));
        assert!(rolled_back.warnings.is_empty());
        assert_eq!((world.published(), linked(&world)), (Some(to), Some(to)));
    }
    let error = back(&world, None).unwrap_err();
    assert_eq!(error.to_string(), "hospitals/feed: no earlier run is kept; name one with --to, or rerun");
    assert_eq!(error.kind(), ErrorKind::INVALID_CONFIG);
}

#[test]
fn a_rollback_goes_to_the_named_run_and_forward_again() {
    let world = World::with_runs([1, 2, 3]);
    for (to, sequence) in [(1, 4), (3, 5), (3, 5)] {
        assert_eq!(back(&world, Some(to)).unwrap().to.sequence, sequence);
        assert_eq!((world.published(), linked(&world)), (Some(to), Some(to)));
    }
}

#[test]
fn after_a_rollback_the_next_run_goes_back_to_the_good_one_and_not_to_the_bad_one() {
    let world = World::with_runs([1, 2]);
    back(&world, None).unwrap();
    assert_eq!(world.publish(3).unwrap().sequence, 4);
    assert_eq!(back(&world, None).unwrap().to.run_id, Some(run(1)));
}

#[test]
fn a_rollback_to_a_run_that_is_not_complete_or_not_whole_is_refused() {
    let world = World::with_runs([1, 2]);
    assert!(matches!(back(&world, Some(7)), Err(PublishError::NoSuchRun { .. })));
    fs::remove_file(world.output().join("_runs/2026-11-01.1").join(PATHS[2])).unwrap();
    assert!(matches!(back(&world, Some(1)), Err(PublishError::Unverified { .. })));
    fs::remove_file(world.output().join("_manifests/2026-11-01.1.json")).unwrap();
    assert!(matches!(back(&world, None), Err(PublishError::NoSuchRun { .. })));
    assert_eq!((world.published(), linked(&world)), (Some(2), Some(2)));
    assert_eq!(world.ledger.lease(&publication(), at(9)).unwrap(), None);
}

#[test]
fn a_rollback_before_the_first_run_or_while_one_is_publishing_is_refused() {
    let world = World::new();
    assert!(matches!(back(&world, None), Err(PublishError::NoEarlierRun { .. })));
    let _draft = open(&world.store, &world.ledger, run(1), at(8)).unwrap();
    assert_eq!(back(&world, None).unwrap_err().kind(), ErrorKind::PUBLISH_CONFLICT);
}
