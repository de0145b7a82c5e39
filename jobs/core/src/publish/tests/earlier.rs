//! Runs that an earlier version wrote: `runs/<run_id>`, with the manifest among the files.

use super::*;

/// Makes a world that an earlier version published these runs into.
fn earlier(numbers: impl IntoIterator<Item = u32>) -> World {
    let world = World::with_runs(numbers);
    let (output, served) = (world.output(), run(world.published().unwrap()));
    fs::rename(output.join("_runs"), output.join("runs")).unwrap();
    for run in fs::read_dir(output.join("runs")).unwrap() {
        let run = run.unwrap().path();
        let manifest = format!("_manifests/{}.json", run.file_name().unwrap().to_str().unwrap());
        fs::rename(output.join(manifest), run.join("_manifest.json")).unwrap();
    }
    fs::remove_dir(output.join("_manifests")).unwrap();
    fs::remove_file(world.folder.path().join("output").join(publication().signpost_key())).unwrap();
    let _ = fs::remove_dir_all(output.join("_pointers"));
    let pointer = serde_json::json!({
        "version": 1, "run_id": served, "manifest": format!("runs/{served}/_manifest.json"),
        "sequence": served.number(), "published_at": at(served.number()), "previous_run_id": null,
    });
    fs::write(output.join("_current.json"), pointer.to_string()).unwrap();
    fs::remove_file(output.join("current")).unwrap();
    reconcile_link(&world.store, &publication()).unwrap();
    assert_eq!(fs::read_link(output.join("current")).unwrap(), PathBuf::from(format!("runs/{served}")));
    assert_eq!((world.published(), linked(&world)), (Some(served.number()), Some(served.number())));
    world
}

#[test]
fn an_earlier_output_is_served_rolled_back_and_followed_by_the_next_run() {
    let world = earlier([1, 2]);
    assert_eq!(standing(&world.store), [(1, RunState::Kept), (2, RunState::Current)]);
    let back = super::super::rollback(desk(&world.store, &world.ledger, at(3)), &Target::Before).unwrap();
    assert_eq!((back.to.run_id, world.published(), linked(&world)), (Some(run(1)), Some(1), Some(1)));
    world.publish(4).unwrap();
    assert_eq!((world.published(), linked(&world)), (Some(4), Some(4)));
    let back = super::super::rollback(desk(&world.store, &world.ledger, at(5)), &Target::Run(run(2))).unwrap();
    assert_eq!((back.to.run_id, world.published(), linked(&world)), (Some(run(2)), Some(2), Some(2)));
    assert!(world.output().join("_READ_current_INSTEAD.parquet").exists());
}

#[test]
fn runs_of_an_earlier_output_are_removed_as_others_are() {
    let world = earlier([1, 2, 3]);
    for number in 4..7 {
        let published = world.publish(number).unwrap();
        assert_eq!((published.pruned, published.warnings.len()), (vec![run(number - 3)], 0));
    }
    assert!(!world.output().join("runs").exists());
    assert_eq!(standing(&world.store).len(), 3);
}

#[test]
fn an_earlier_run_whose_files_are_not_all_there_is_not_rolled_back_to() {
    let world = earlier([1, 2]);
    fs::remove_file(world.output().join("runs/2026-11-01.1").join(PATHS[1])).unwrap();
    let refused = super::super::rollback(desk(&world.store, &world.ledger, at(3)), &Target::Run(run(1)));
    assert!(matches!(refused, Err(PublishError::Unverified { .. })));
}

#[test]
fn an_unfinished_earlier_attempt_is_not_in_the_way_of_its_retry() {
    let world = earlier([1]);
    let left = world.output().join("runs/2026-11-01.2").join(PATHS[0]);
    fs::create_dir_all(left.parent().unwrap()).unwrap();
    fs::write(left, "half").unwrap();
    assert_eq!(standing(&world.store), [(1, RunState::Current), (2, RunState::Incomplete)]);
    world.publish(2).unwrap();
    assert_eq!((world.published(), linked(&world)), (Some(2), Some(2)));
    assert!(!world.output().join("runs/2026-11-01.2").exists());
}
