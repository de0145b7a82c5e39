//! Lists of runs: what a commit makes of them.

use serde_json::json;

use super::*;
use crate::ledger::Pins;

/// What a run of a log is made with.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    pub(super) number: u32,
    pub(super) part: Option<&'static str>,
    pub(super) replaces: Option<u32>,
    pub(super) state: Option<serde_json::Value>,
}

pub(super) fn made(number: u32) -> Made {
    Made { number, ..Made::default() }
}

fn log(number: u32) -> Opening {
    Opening { serves: Serves::Log, ..opening(&run(number)) }
}

/// Adds a run of one file to a log.
pub(super) fn add(store: &dyn Store, ledger: &dyn Ledger, made: &Made) -> Result<Published, PublishError> {
    let publishing = Publishing::open(desk(store, ledger, at(made.number)), log(made.number))?;
    let draft = publishing.draft(run(made.number))?;
    draft.add(part(PATHS[0], made.number, 3))?;
    let helper = draft.add_helper("keys", &made.number.to_be_bytes())?;
    let mut sealed = draft.seal(Details { part: made.part.map(Into::into), ..details() })?;
    sealed.replaces = made.replaces.map(run);
    let swap = Swap { state: made.state.clone(), helpers: Some(vec![helper]), ..Swap::run(sealed) };
    publishing.commit(swap, keep(3))
}

pub(super) fn world_of(numbers: impl IntoIterator<Item = u32>) -> World {
    let world = World::new();
    for number in numbers {
        let published = add(&world.store, &world.ledger, &made(number)).unwrap();
        assert!(published.warnings.is_empty(), "{:?}", published.warnings);
    }
    world
}

pub(super) fn pointer(world: &World) -> Pointer {
    current(&world.store, &publication()).unwrap().unwrap()
}

/// Returns the runs of a list, after checking that every one of their files is whole.
pub(super) fn served(store: &dyn Store) -> Vec<u32> {
    let Some(pointer) = current(store, &publication()).unwrap() else { return Vec::new() };
    for entry in &pointer.runs {
        let whole = manifest(store, &publication(), &entry.run_id).unwrap();
        assert_eq!((whole.rows, entry.rows), (3, 3));
        for file in &whole.files {
            let bytes = store.read(&format!("{}/{}", whole.folder(), file.path)).unwrap();
            assert_eq!(bytes, part(&file.path, entry.run_id.number(), 3).bytes);
        }
    }
    for helper in &pointer.helpers {
        assert!(store.read(&format!("{}/{helper}", publication())).is_ok(), "{helper}");
    }
    pointer.runs.iter().map(|entry| entry.run_id.number()).collect()
}

/// Returns the runs that a reader of the path finds, each of them whole.
pub(super) fn shown(world: &World) -> Vec<u32> {
    let Ok(folder) = fs::canonicalize(world.output().join("current")) else { return Vec::new() };
    let mut runs: Vec<u32> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let number = name.strip_prefix("run=").unwrap().parse::<RunId>().unwrap().number();
            assert_eq!(fs::read(folder.join(name).join(PATHS[0])).unwrap(), part(PATHS[0], number, 3).bytes);
            number
        })
        .collect();
    runs.sort_unstable();
    runs
}

#[test]
fn runs_are_added_in_order_and_a_reader_of_the_path_finds_each_once() {
    let world = world_of([1, 2, 3]);
    assert_eq!((served(&world.store), shown(&world)), (vec![1, 2, 3], vec![1, 2, 3]));
    let pointer = pointer(&world);
    assert_eq!((pointer.sequence, pointer.content, pointer.rows(), pointer.run_id.clone()), (3, 3, 9, None));
    assert_eq!(fs::read_link(world.output().join("current")).unwrap(), PathBuf::from("_lists/3"));
    assert_eq!(fs::read_dir(world.output().join("_lists")).unwrap().count(), 2);
    // The bytes are there once.
    let one = fs::metadata(world.output().join("_runs/2026-11-01.1").join(PATHS[0])).unwrap();
    let other = fs::metadata(world.output().join("current/run=2026-11-01.1").join(PATHS[0])).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::ino(&one), std::os::unix::fs::MetadataExt::ino(&other));
    let beside = fs::read_dir(world.output()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(beside.into_iter().all(|name| name == "current" || name.starts_with('_')));
}

#[test]
fn a_part_takes_the_place_of_the_same_part_and_nothing_else_is_touched() {
    let world = World::new();
    let of = |number, part| Made { part: Some(part), ..made(number) };
    for made in [of(1, "a"), of(2, "b"), of(3, "c"), of(4, "b")] {
        add(&world.store, &world.ledger, &made).unwrap();
    }
    assert_eq!((served(&world.store), shown(&world)), (vec![1, 4, 3], vec![1, 3, 4]));
    assert_eq!(pointer(&world).runs[1].replaces, Some(run(2)));
}

#[test]
fn several_runs_are_served_by_one_move() {
    let world = world_of([1, 2]);
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(5)), log(5)).unwrap();
    assert_eq!(publishing.sequence(), 3);
    let runs = [3, 4].map(|number| {
        let draft = publishing.draft(run(number)).unwrap();
        draft.add(part(PATHS[0], number, 3)).unwrap();
        draft.seal(Details { part: Some(format!("p{number}")), ..details() }).unwrap()
    });
    let swap = Swap { runs: runs.into(), retract: vec![run(1)], state: Some(json!({"at": 7})), ..Swap::default() };
    let published = publishing.commit(swap, keep(3)).unwrap();
    assert_eq!((published.sequence, published.rows, published.files), (3, 6, 2));
    assert_eq!((served(&world.store), pointer(&world).state), (vec![2, 3, 4], json!({"at": 7})));
}

#[test]
fn a_run_that_replaces_all_is_served_alone() {
    let world = world_of([1, 2]);
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(3)), log(3)).unwrap();
    let draft = publishing.draft(run(3)).unwrap();
    draft.add(part(PATHS[0], 3, 3)).unwrap();
    let sealed = draft.seal(details()).unwrap();
    publishing.commit(Swap { replace_all: true, ..Swap::run(sealed) }, keep(3)).unwrap();
    assert_eq!((served(&world.store), shown(&world)), (vec![3], vec![3]));
}

#[test]
fn a_correction_takes_the_place_of_what_it_corrects_and_of_what_is_served_only() {
    let world = world_of([1, 2]);
    add(&world.store, &world.ledger, &Made { replaces: Some(1), ..made(3) }).unwrap();
    assert_eq!(served(&world.store), [3, 2]);
    let error = add(&world.store, &world.ledger, &Made { replaces: Some(1), ..made(4) }).unwrap_err();
    assert!(matches!(error, PublishError::NotServed { .. }), "{error}");
    assert_eq!(served(&world.store), [3, 2]);
}

#[test]
fn a_state_alone_moves_the_pointer_and_is_no_news_to_readers() {
    let world = world_of([1]);
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(2)), log(2)).unwrap();
    publishing.commit(Swap { state: Some(json!(9)), ..Swap::default() }, keep(3)).unwrap();
    let pointer = pointer(&world);
    assert_eq!((pointer.sequence, pointer.content, pointer.state), (2, 1, json!(9)));
    assert_eq!((served(&world.store), shown(&world)), (vec![1], vec![1]));
    assert!(formers(&world.store, &publication(), None).unwrap().is_empty());
}

#[test]
fn what_was_served_lately_is_told_from_the_newest_on_without_what_is_gone() {
    let world = world_of([1, 2, 3, 4]);
    let told = |most| -> Vec<String> {
        let found = recent_runs(&world.store, &publication(), most).unwrap();
        found.iter().map(|manifest| manifest.run_id.to_string()).collect()
    };
    let names = |numbers: &[u32]| numbers.iter().map(|number| run(*number).to_string()).collect::<Vec<_>>();
    let mut all = told(9);
    all.sort();
    assert_eq!((all, told(2).len()), (names(&[1, 2, 3, 4]), 2));
    let rows = |most| -> Vec<usize> {
        recent_pointers(&world.store, &publication(), most).unwrap().iter().map(|pointer| pointer.runs.len()).collect()
    };
    assert_eq!((rows(9), rows(1)), (vec![1, 2, 3, 4], vec![3, 4]));
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(5)), log(5)).unwrap();
    publishing.commit(Swap { retract: vec![run(4)], ..Swap::default() }, keep(3)).unwrap();
    assert_eq!(told(9).len(), 4, "it is still there");
    world.store.delete(&crate::publish::Layout::default().manifest_key(&publication(), &run(4))).unwrap();
    let mut left = told(9);
    left.sort();
    assert_eq!(left, names(&[1, 2, 3]));
}

#[test]
fn a_repeated_run_is_served_once() {
    let world = world_of([1, 2]);
    let before = fs::read(world.output().join("_current.json")).unwrap();
    assert_eq!(add(&world.store, &world.ledger, &made(1)).unwrap().sequence, 2);
    assert_eq!(fs::read(world.output().join("_current.json")).unwrap(), before);
}

#[test]
fn a_rollback_restores_list_state_and_helpers_whole() {
    let world = World::new();
    for number in 1..=3 {
        add(&world.store, &world.ledger, &Made { state: Some(json!(number)), ..made(number) }).unwrap();
    }
    let back = |target: &Target, now| super::super::rollback(desk(&world.store, &world.ledger, now), target);
    let done = back(&Target::Before, at(4)).unwrap();
    assert!(done.warnings.is_empty());
    assert_eq!((served(&world.store), shown(&world)), (vec![1, 2], vec![1, 2]));
    let pointer = || current(&world.store, &publication()).unwrap().unwrap();
    assert_eq!((pointer().state, pointer().sequence, pointer().content), (json!(2), 4, 4));
    assert_eq!(pointer().helpers, [Publication::helper_path(&run(2), "keys")]);
    assert!(pointer().rolled_back);
    back(&Target::Sequence(3), at(5)).unwrap();
    assert_eq!((served(&world.store), pointer().state, pointer().sequence), (vec![1, 2, 3], json!(3), 5));
    assert!(matches!(back(&Target::Sequence(77), at(6)), Err(PublishError::NoSuchPointer { .. })));
    assert!(matches!(back(&Target::Run(run(1)), at(6)), Err(PublishError::Serves { .. })));
    back(&Target::Sequence(1), at(7)).unwrap();
    assert!(matches!(back(&Target::Before, at(8)), Err(PublishError::NoEarlierRun { .. })));
}

#[test]
fn a_retracted_run_is_gone_and_the_rest_stays() {
    let world = world_of([1, 2, 3]);
    let take_out = |number| super::super::retract(desk(&world.store, &world.ledger, at(9)), &run(number));
    assert_eq!(take_out(2).unwrap().sequence, 4);
    assert_eq!((served(&world.store), shown(&world), pointer(&world).content), (vec![1, 3], vec![1, 3], 4));
    assert!(matches!(take_out(2), Err(PublishError::NotServed { .. })));
    super::super::rollback(desk(&world.store, &world.ledger, at(10)), &Target::Before).unwrap();
    assert_eq!(served(&world.store), [1, 2, 3]);
    // The last run may go too: an empty list is a folder without files.
    [1, 2, 3].map(take_out).into_iter().for_each(|done| assert!(done.unwrap().warnings.is_empty()));
    assert_eq!((served(&world.store), shown(&world)), (vec![], vec![]));
}

#[test]
fn a_snapshot_is_not_taken_for_a_log_nor_a_log_for_a_snapshot() {
    let snapshot = World::with_runs([1]);
    let error = add(&snapshot.store, &snapshot.ledger, &made(2)).unwrap_err();
    assert!(matches!(error, PublishError::Serves { found: Serves::Snapshot, .. }), "{error}");
    let error = super::super::retract(desk(&snapshot.store, &snapshot.ledger, at(2)), &run(1)).unwrap_err();
    assert!(matches!(error, PublishError::Serves { .. }), "{error}");
    let log = world_of([1]);
    assert!(matches!(log.publish(2), Err(PublishError::Serves { found: Serves::Log, .. })));
}

#[test]
fn what_left_the_list_stays_for_a_day_and_what_a_reader_pinned_for_longer() {
    let world = World::new();
    let of = |number| Made { part: Some("a"), ..made(number) };
    (1..=6).for_each(|number| drop(add(&world.store, &world.ledger, &of(number)).unwrap()));
    let collect = |now: Timestamp, pinned: &[u32]| {
        let runs: Vec<RunId> = pinned.iter().copied().map(run).collect();
        let (pins, desk) = (Pins::new(&world.ledger), desk(&world.store, &world.ledger, now));
        pins.pin(desk.publication, "a build", &runs, now + SignedDuration::from_hours(1), now).unwrap();
        super::super::gc(desk, &world.store, keep(1), false).unwrap();
        standing(&world.store).into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!(collect(at(7), &[]), [1, 2, 3, 4, 5, 6]);
    let later = at(7) + SignedDuration::from_hours(25);
    // Three lists stay however old they are, and one pinned run.
    assert_eq!(collect(later, &[1]), [1, 3, 4, 5, 6]);
    // A build that is over, or was killed long ago, keeps nothing.
    let over = later + SignedDuration::from_hours(2);
    super::super::gc(desk(&world.store, &world.ledger, over), &world.store, keep(1), false).unwrap();
    assert_eq!(standing(&world.store).first().map(|(number, _)| *number), Some(3));
    assert_eq!(collect(later, &[]), [3, 4, 5, 6]);
    assert_eq!((served(&world.store), shown(&world)), (vec![6], vec![6]));
    let helpers = fs::read_dir(world.output().join("_helpers")).unwrap().count();
    assert_eq!(helpers, 4, "helpers stay as long as a list names them");
    super::super::rollback(desk(&world.store, &world.ledger, later), &Target::Sequence(3)).unwrap();
    assert_eq!(served(&world.store), [3]);
}

#[test]
fn a_run_is_compared_with_the_last_of_its_maker() {
    let world = World::new();
    for (number, made_by) in [(1, "loads"), (2, "hand"), (3, "loads")] {
        let publishing = Publishing::open(desk(&world.store, &world.ledger, at(number)), log(number)).unwrap();
        let before = |by: &str| publishing.last_made_by(by).unwrap().map(|manifest| manifest.run_id);
        let expected = [(None, None), (Some(run(1)), None), (Some(run(1)), Some(run(2)))];
        assert_eq!((before("loads"), before("hand")), expected[number as usize - 1].clone());
        let draft = publishing.draft(run(number)).unwrap();
        draft.add(part(PATHS[0], 2, 3)).unwrap();
        let sealed = draft.seal(Details { made_by: made_by.to_owned(), ..details() }).unwrap();
        publishing.commit(Swap { runs: vec![sealed], ..Swap::default() }, keep(9)).unwrap();
    }
}

#[test]
fn a_run_that_is_complete_and_not_listed_yet_is_spared_for_a_day() {
    let world = world_of([1]);
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(2)), log(2)).unwrap();
    let draft = publishing.draft(run(2)).unwrap();
    draft.add(part(PATHS[0], 2, 3)).unwrap();
    drop(draft.seal(details()).unwrap());
    drop(publishing);
    let left = |now| {
        super::super::gc(desk(&world.store, &world.ledger, now), &world.store, keep(1), false).unwrap();
        standing(&world.store).len()
    };
    assert_eq!(left(at(3)), 2);
    assert_eq!(left(at(3) + SignedDuration::from_hours(25)), 1);
}

#[test]
fn a_pointer_that_was_removed_by_hand_does_not_let_numbers_come_twice() {
    let world = world_of([1, 2, 3]);
    fs::remove_file(world.output().join("_current.json")).unwrap();
    assert_eq!(add(&world.store, &world.ledger, &made(4)).unwrap().sequence, 4);
    assert_eq!((served(&world.store), shown(&world)), (vec![4], vec![4]));
}

#[test]
fn a_helper_is_no_row_and_stays_in_its_place() {
    let world = World::new();
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(1)), log(1)).unwrap();
    let draft = publishing.draft(run(1)).unwrap();
    for name in ["a.parquet", "../a", "a/b", ""] {
        assert!(matches!(draft.add_helper(name, b"x"), Err(PublishError::Path { .. })), "{name}");
    }
}

#[test]
fn a_lease_is_renewed_while_files_are_added_and_not_before_it_matters() {
    let world = World::new();
    let clock = std::sync::atomic::AtomicI64::new(0);
    let now = || at(0) + SignedDuration::from_secs(clock.load(std::sync::atomic::Ordering::Relaxed));
    let name = publication();
    let desk = Desk { store: &world.store, ledger: &world.ledger, publication: &name, now: &now };
    let publishing = Publishing::open(desk, log(1)).unwrap();
    let draft = publishing.draft(run(1)).unwrap();
    let until = || world.ledger.lease(&publication(), now()).unwrap().map(|lease| lease.until);
    let at_first = until();
    for (number, second) in [200, 299, 600, 1_200].into_iter().enumerate() {
        clock.store(second, std::sync::atomic::Ordering::Relaxed);
        draft.add(part(&format!("part-{number}.parquet"), 1, 1)).unwrap();
        assert_eq!(until() > at_first, second >= 300, "{second}");
    }
    assert!(until() > Some(at(0) + SignedDuration::from_secs(2_000)));
}

#[test]
fn a_served_run_that_comes_again_with_another_state_or_alone_moves_the_pointer() {
    let world = world_of([1, 2]);
    add(&world.store, &world.ledger, &Made { state: Some(json!(7)), ..made(2) }).unwrap();
    assert_eq!((served(&world.store), pointer(&world).state, pointer(&world).content), (vec![1, 2], json!(7), 2));
    let publishing = Publishing::open(desk(&world.store, &world.ledger, at(3)), log(1)).unwrap();
    let draft = publishing.draft(run(1)).unwrap();
    draft.add(part(PATHS[0], 1, 3)).unwrap();
    let sealed = draft.seal(details()).unwrap();
    publishing.commit(Swap { replace_all: true, ..Swap::run(sealed) }, keep(3)).unwrap();
    assert_eq!((served(&world.store), shown(&world)), (vec![1], vec![1]));
}
