//! What is removed, and what never is.

use super::*;

fn collect(world: &World, keep_runs: usize, dry_run: bool) -> Result<Garbage, PublishError> {
    let folder = tempfile::tempdir().unwrap();
    let rejects = LocalStore::new(folder.path().to_owned());
    super::super::gc(desk(&world.store, &world.ledger, at(50)), &rejects, keep(keep_runs), dry_run)
        .map(|collected| collected.garbage)
}

fn give_up(world: &World, number: u32) {
    let draft = open(&world.store, &world.ledger, run(number), at(number)).unwrap();
    draft.add(part(PATHS[0], number, 3)).unwrap();
}

#[test]
fn gc_removes_given_up_and_old_runs_and_what_killed_writers_left() {
    let world = World::with_runs([1, 2, 3]);
    give_up(&world, 4);
    fs::write(world.output().join(".carelake-tmp-dead"), "half").unwrap();
    fs::create_dir_all(world.output().join("_runs/notes")).unwrap();
    fs::write(world.output().join("_runs/notes/mine.txt"), "keep me").unwrap();
    let preview = collect(&world, 2, true).unwrap();
    let removed: Vec<_> = preview.runs.iter().map(|run| (run.run_id.number(), run.reason, run.files)).collect();
    assert_eq!(removed, [(4, Reason::Incomplete, 1), (1, Reason::Old, 4)]);
    assert_eq!(preview.leftovers.len(), 1);
    assert_eq!(standing(&world.store).len(), 4);
    assert_eq!(collect(&world, 2, false).unwrap(), preview);
    assert_eq!(standing(&world.store), [(2, RunState::Kept), (3, RunState::Current)]);
    assert!(!world.output().join("_runs/2026-11-01.1").exists());
    assert!(world.output().join("_runs/notes/mine.txt").exists());
    assert_eq!(collect(&world, 2, false).unwrap(), Garbage::default());
}

#[test]
fn gc_never_removes_the_published_run_even_when_it_is_the_oldest() {
    let world = World::with_runs([1, 2, 3]);
    super::super::rollback(desk(&world.store, &world.ledger, at(9)), &Target::Run(run(1))).unwrap();
    collect(&world, 0, false).unwrap();
    assert_eq!(standing(&world.store), [(1, RunState::Current)]);
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
}

#[test]
fn the_folder_of_a_run_without_rows_stays_for_as_long_as_it_is_served() {
    let world = World::with_runs([1]);
    let entries = || fs::read_dir(world.output().join("current")).map(Iterator::count);
    let draft = open(&world.store, &world.ledger, run(2), at(2)).unwrap();
    draft.publish(details(), keep(3)).unwrap();
    assert_eq!(entries().unwrap(), 0);
    collect(&world, 3, false).unwrap();
    assert_eq!(entries().unwrap(), 0);
    world.publish(3).unwrap();
    collect(&world, 1, false).unwrap();
    assert_eq!(linked(&world), Some(3));
    assert_eq!(hollow(&world), [] as [PathBuf; 0]);
}

#[test]
fn a_run_to_which_the_pointer_was_moved_meanwhile_is_spared() {
    let world = World::with_runs([1]);
    assert!(!inventory::remove(&world.store, &publication(), &run(1)).unwrap());
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
}

#[test]
fn what_a_rollback_would_go_to_is_kept_before_newer_runs() {
    let world = World::with_runs([1, 2, 3]);
    super::super::rollback(desk(&world.store, &world.ledger, at(9)), &Target::Run(run(1))).unwrap();
    world.publish(4).unwrap();
    collect(&world, 2, false).unwrap();
    assert_eq!(standing(&world.store), [(1, RunState::Kept), (4, RunState::Current)]);
}

#[test]
fn gc_waits_for_a_run_that_is_publishing() {
    let world = World::with_runs([1]);
    let draft = open(&world.store, &world.ledger, run(2), at(49)).unwrap();
    draft.add(part(PATHS[0], 2, 3)).unwrap();
    for dry_run in [true, false] {
        assert!(matches!(collect(&world, 1, dry_run), Err(PublishError::Held { .. })));
    }
    draft.add(part(PATHS[1], 2, 3)).unwrap();
    draft.add(part(PATHS[2], 2, 3)).unwrap();
    draft.publish(details(), keep(3)).unwrap();
    assert_eq!(world.published(), Some(2));
}

#[test]
fn gc_of_what_was_never_published_removes_what_was_given_up() {
    let world = World::new();
    assert_eq!(collect(&world, 3, false).unwrap(), Garbage::default());
    give_up(&world, 1);
    assert_eq!(collect(&world, 3, false).unwrap().runs.len(), 1);
    assert!(world.store.list("").unwrap().is_empty());
}

#[test]
fn no_hollow_folder_stays_after_a_kill_and_gc() {
    let world = World::with_runs([1]);
    for folder in ["_runs/2026-11-01.2/state=FL/source=dac", "_runs/2026-11-01.3", "_manifests/x"] {
        fs::create_dir_all(world.output().join(folder)).unwrap();
    }
    assert_eq!(hollow(&world).len(), 3);
    collect(&world, 3, false).unwrap();
    assert_eq!(hollow(&world), [] as [PathBuf; 0]);
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
}

#[test]
fn gc_sweeps_what_a_killed_writer_left_of_refused_rows() {
    let world = World::with_runs([1]);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join(publication().to_string()).join("2026-11-01.1");
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join(".carelake-tmp-dead"), "half").unwrap();
    let rejects = LocalStore::new(folder.path().to_owned());
    let collected = super::super::gc(desk(&world.store, &world.ledger, at(50)), &rejects, keep(3), false).unwrap();
    assert_eq!((collected.garbage.rejects.len(), collected.warnings.len()), (1, 0));
    assert!(!run.exists());
}

#[test]
fn one_run_of_each_month_stays_besides() {
    let of = |day: &str, number: u32| RunId::new(day.parse().unwrap(), number).unwrap();
    let world = World::new();
    let days = ["2026-09-01", "2026-09-20", "2026-10-01", "2026-11-01", "2026-11-01", "2026-11-01"];
    let runs: Vec<RunId> = (1..).zip(days).map(|(number, day)| of(day, number)).collect();
    for (moment, run_id) in (1..).zip(&runs) {
        let draft = open(&world.store, &world.ledger, run_id.clone(), at(moment)).unwrap();
        draft.add(part(PATHS[0], 1, 3)).unwrap();
        draft.publish(details(), Keep::ALL).unwrap();
    }
    let rejects = LocalStore::new(world.folder.path().join("rejects"));
    let left = |keep: Keep| {
        super::super::gc(desk(&world.store, &world.ledger, at(50)), &rejects, keep, false).unwrap();
        run_ids(&world.store, &publication()).unwrap()
    };
    // The published run and the one before it, and the newest of the months.
    let kept = [&runs[1], &runs[2], &runs[4], &runs[5]].map(Clone::clone);
    assert_eq!(left(Keep { runs: 2, months: 12 }), kept);
    assert_eq!(left(Keep { runs: 1, months: 2 }), [runs[2].clone(), runs[5].clone()]);
    assert_eq!(left(Keep { runs: 1, months: 0 }), [runs[5].clone()]);
}
