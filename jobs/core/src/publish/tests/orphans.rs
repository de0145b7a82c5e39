//! Publications that the configuration no longer has.

use super::*;
use crate::publish::orphans::{orphans, remove_publication};

#[test]
fn what_the_configuration_no_longer_has_is_found_and_removed_whole() {
    let world = World::with_runs([1, 2]);
    world.store.create("_carelake/runs/2026-11-01.1/report.json", b"{}").unwrap();
    world.store.create("hospitals/feed/mine.txt", b"mine").unwrap();
    world.store.create("notes/readme.txt", b"mine").unwrap();
    let rejects = LocalStore::new(world.folder.path().join("rejects"));
    rejects.create("hospitals/feed/2026-11-01.1/dac.snappy.parquet", b"x").unwrap();
    rejects.create("hospitals/other/2026-11-01.1/dac.snappy.parquet", b"x").unwrap();
    assert_eq!(orphans(&world.store, &[publication()]).unwrap(), []);
    let found = orphans(&world.store, &[Publication::of_dataset("clinicians")]).unwrap();
    assert_eq!(found, [publication()]);
    let remove = |dry_run| remove_publication(desk(&world.store, &world.ledger, at(9)), &rejects, dry_run).unwrap();
    let told = remove(true);
    assert_eq!((world.published(), told.len()), (Some(2), 12));
    assert_eq!(remove(false), told);
    let left: Vec<String> = world.store.list("").unwrap().into_iter().map(|object| object.key).collect();
    assert_eq!(left, ["_carelake/runs/2026-11-01.1/report.json", "hospitals/feed/mine.txt", "notes/readme.txt"]);
    assert_eq!(rejects.list("").unwrap().len(), 1);
    assert!(!world.output().join("current").is_symlink());
    assert_eq!(hollow(&world), [] as [PathBuf; 0]);
}

#[test]
fn an_orphan_that_is_being_published_is_left_alone() {
    let world = World::with_runs([1]);
    let _draft = open(&world.store, &world.ledger, run(2), at(2)).unwrap();
    for dry_run in [true, false] {
        let refused = remove_publication(desk(&world.store, &world.ledger, at(2)), &world.store, dry_run);
        assert!(matches!(refused, Err(PublishError::Held { .. })), "{refused:?}");
    }
    assert_eq!(world.published(), Some(1));
}
