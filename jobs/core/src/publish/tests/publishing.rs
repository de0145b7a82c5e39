//! One run after another, and what is refused.

use super::*;
use crate::ErrorKind;

#[test]
fn a_published_run_is_laid_out_as_readers_expect() {
    let world = World::with_runs([1]);
    let output = world.output();
    let pointer: serde_json::Value = serde_json::from_slice(&fs::read(output.join("_current.json")).unwrap()).unwrap();
    assert_eq!(
        pointer,
        serde_json::json!({
            "version": 2, "kind": "snapshot", "run_id": "2026-11-01.1",
            "manifest": "_manifests/2026-11-01.1.json", "sequence": 1, "content": 1,
            "runs": [{
                "run_id": "2026-11-01.1", "manifest": "_manifests/2026-11-01.1.json", "origin": "2026-11",
                "made_by": "hospitals", "rows": 9,
            }],
            "committed_at": "2026-11-01T06:01:00Z",
        })
    );
    assert_eq!(fs::read_link(output.join("current")).unwrap(), PathBuf::from("_runs/2026-11-01.1"));
    let manifest = manifest(&world.store, &publication(), &run(1)).unwrap();
    assert_eq!(manifest.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), PATHS);
    assert_eq!((manifest.rows, manifest.publication.as_str()), (9, "hospitals/feed"));
    assert_eq!(manifest.counts["dac"].read, 3);
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
    let listed = world.store.list("").unwrap().into_iter().map(|object| object.key).collect::<Vec<_>>();
    assert_eq!(listed.len(), 6, "{listed:?}");
}

#[test]
fn a_reader_of_the_whole_folder_comes_upon_the_signpost_first_and_it_is_no_parquet_file() {
    let world = World::with_runs([1, 2]);
    let listed = world.store.list("").unwrap().into_iter().map(|object| object.key);
    let first = listed.min().unwrap();
    assert_eq!(first, publication().signpost_key());
    let bytes = world.store.read(&first).unwrap();
    assert!(first.ends_with(".parquet") && !bytes.ends_with(b"PAR1") && bytes.len() > 12);
    let beside = fs::read_dir(world.output()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(beside.into_iter().all(|name| name == "current" || name.starts_with('_')));
}

#[test]
fn runs_beyond_those_kept_are_removed_and_the_sequence_grows() {
    let world = World::new();
    for number in 1..=5 {
        let published = world.publish(number).unwrap();
        assert_eq!((published.sequence, published.rows, published.files), (u64::from(number), 9, 3));
        assert!(published.warnings.is_empty(), "{:?}", published.warnings);
        assert_eq!(published.pruned, if number > 3 { vec![run(number - 3)] } else { vec![] });
    }
    assert_eq!(standing(&world.store), [(3, RunState::Kept), (4, RunState::Kept), (5, RunState::Current)]);
    assert_eq!(fs::read_dir(world.output().join("_runs")).unwrap().count(), 3);
}

#[test]
fn an_empty_dataset_is_published_too() {
    let world = World::with_runs([1]);
    let draft = open(&world.store, &world.ledger, run(2), at(2)).unwrap();
    let published = draft.publish(details(), keep(3)).unwrap();
    assert_eq!((published.rows, published.files, published.bytes), (0, 0, 0));
    assert_eq!(fs::read_link(world.output().join("current")).unwrap(), PathBuf::from("_runs/2026-11-01.2"));
    assert_eq!(current(&world.store, &publication()).unwrap().unwrap().run_id, Some(run(2)));
}

#[test]
fn repeating_a_published_run_changes_nothing_and_succeeds() {
    let world = World::with_runs([1, 2]);
    let before = fs::read(world.output().join("_current.json")).unwrap();
    assert_eq!(world.publish(2).unwrap().sequence, 2);
    assert_eq!(fs::read(world.output().join("_current.json")).unwrap(), before);
    assert_eq!(world.published(), Some(2));
}

#[test]
fn repeating_a_run_with_other_bytes_is_a_conflict_and_the_published_files_stay() {
    let world = World::with_runs([1]);
    let draft = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    let error = draft.add(part(PATHS[0], 7, 3)).unwrap_err();
    assert!(matches!(error, PublishError::Differs { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::PUBLISH_CONFLICT);
    drop(draft);
    let draft = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    draft.add(part(PATHS[0], 1, 3)).unwrap();
    assert!(draft.publish(details(), keep(3)).is_err());
    assert_eq!(world.published(), Some(1));
}

#[test]
fn what_an_unfinished_attempt_wrote_is_not_in_the_way_of_the_next() {
    let world = World::new();
    let draft = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    draft.add(part("state=TX/source=dac/part-00000.snappy.parquet", 8, 3)).unwrap();
    draft.add(part(PATHS[0], 8, 3)).unwrap();
    drop(draft);
    world.publish(1).unwrap();
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
    assert!(!world.output().join("current/state=TX").exists());
}

#[test]
fn what_a_killed_attempt_left_half_written_is_removed_by_the_next() {
    let world = World::new();
    let folder = world.output().join("_runs/2026-11-01.1/state=FL");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".carelake-tmp-dead"), "half").unwrap();
    world.publish(1).unwrap();
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn opening_a_run_that_was_published_removes_nothing_of_it() {
    let world = World::with_runs([1, 2]);
    // One that was published once and could be again; one that is, though its manifest was lost.
    drop(open(&world.store, &world.ledger, run(1), at(3)).unwrap());
    assert_eq!(standing(&world.store), [(1, RunState::Kept), (2, RunState::Current)]);
    fs::remove_file(world.output().join("_manifests/2026-11-01.2.json")).unwrap();
    drop(open(&world.store, &world.ledger, run(2), at(3)).unwrap());
    assert_eq!(linked(&world), Some(2));
}

#[test]
fn a_draft_that_is_dropped_publishes_nothing_and_gives_the_lease_back() {
    let world = World::with_runs([1]);
    let draft = open(&world.store, &world.ledger, run(2), at(2)).unwrap();
    draft.add(part(PATHS[0], 2, 3)).unwrap();
    assert_eq!(world.ledger.lease(&publication(), at(2)).unwrap().unwrap().owner, "2026-11-01.2");
    drop(draft);
    assert_eq!(world.ledger.lease(&publication(), at(2)).unwrap(), None);
    assert_eq!(standing(&world.store), [(1, RunState::Current), (2, RunState::Incomplete)]);
    assert_eq!(world.published(), Some(1));
}

#[test]
fn files_may_be_added_from_many_threads() {
    let world = World::new();
    let draft = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let draft = &draft;
            scope.spawn(move || {
                for file in 0..25 {
                    draft.add(part(&format!("state={file:02}/source={thread}/part-0.parquet"), 1, 2)).unwrap();
                }
            });
        }
    });
    let published = draft.publish(details(), keep(3)).unwrap();
    assert_eq!((published.files, published.rows), (100, 200));
    let paths: Vec<String> =
        manifest(&world.store, &publication(), &run(1)).unwrap().files.into_iter().map(|file| file.path).collect();
    assert!(paths.is_sorted(), "the order of the threads shows");
}

#[test]
fn a_file_in_a_place_where_readers_do_not_look_or_in_one_taken_is_refused() {
    let world = World::new();
    let draft = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    for path in ["a.csv", "_a.parquet", "_x/a.parquet", ".a.parquet", "../a.parquet", "/a.parquet", "a//b.parquet", ""]
    {
        let error = draft.add(part(path, 1, 1)).unwrap_err();
        assert!(matches!(error, PublishError::Path { .. }), "{path}: {error:?}");
    }
    draft.add(part(PATHS[0], 1, 1)).unwrap();
    assert!(matches!(draft.add(part(PATHS[0], 1, 1)), Err(PublishError::Path { .. })));
}

/// Publishes after changing what was written, and answers the error.
fn refused(change: impl FnOnce(&World, &mut Vec<Part>, &mut Details), meddle: impl FnOnce(&World)) -> PublishError {
    let world = World::with_runs([1]);
    let (mut parts, mut details) = (PATHS.map(|path| part(path, 2, 3)).to_vec(), details());
    change(&world, &mut parts, &mut details);
    let draft = open(&world.store, &world.ledger, run(2), at(2)).unwrap();
    parts.into_iter().for_each(|part| draft.add(part).unwrap());
    meddle(&world);
    let error = draft.publish(details, keep(3)).unwrap_err();
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
    assert_eq!(world.ledger.lease(&publication(), at(2)).unwrap(), None);
    error
}

fn mismatch(error: PublishError) -> (String, &'static ErrorKind) {
    let kind = error.kind();
    match error {
        PublishError::Unverified { mismatch, .. } => (mismatch.to_string(), kind),
        error => panic!("{error:?}"),
    }
}

#[test]
fn files_that_do_not_read_back_as_written_are_not_published() {
    let nothing = |_: &World| {};
    let file = |world: &World| world.output().join("_runs/2026-11-01.2").join(PATHS[1]);
    let rows = refused(|_, parts, _| parts[1].rows = 4, nothing);
    assert_eq!(mismatch(rows), ("3 rows where 4 were written".into(), ErrorKind::INTERNAL));
    let kind = refused(|_, _, details| details.schema[1].kind = "int64".into(), nothing);
    assert_eq!(mismatch(kind), ("column 2 is run int32, declared as run int64".into(), ErrorKind::INTERNAL));
    let absent = refused(|_, _, details| details.schema.truncate(1), nothing);
    assert_eq!(mismatch(absent).0, "column 2 is run int32, declared as absent");
    let null = refused(|_, _, details| details.schema[0].nullable = false, nothing);
    assert_eq!(mismatch(null).0, "column 1 is npi text, declared as npi text not null");
    let missing = refused(|_, _, _| {}, |world| fs::remove_file(file(world)).unwrap());
    assert_eq!(mismatch(missing), ("the file is missing".into(), ErrorKind::STORAGE));
    let short = refused(|_, _, _| {}, |world| fs::write(file(world), "PAR1").unwrap());
    assert!(mismatch(short).0.starts_with("4 bytes where "));
    let foreign = refused(|_, _, _| {}, |world| fs::write(file(world).with_file_name("x.parquet"), "x").unwrap());
    assert_eq!(mismatch(foreign), ("the file does not belong to the run; remove it".into(), ErrorKind::STORAGE));
    let garbled = refused(
        |_, _, _| {},
        |world| {
            let bytes = vec![7; fs::metadata(file(world)).unwrap().len() as usize];
            fs::write(file(world), bytes).unwrap();
        },
    );
    assert_eq!(mismatch(garbled), ("the footer cannot be read".into(), ErrorKind::STORAGE));
}

#[test]
fn a_footer_longer_than_the_first_reading_is_read_whole() {
    let world = World::new();
    let names: Vec<String> = (0..2000).map(|number| format!("a_column_with_quite_a_long_name_{number}")).collect();
    let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Int32, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let columns: Vec<arrow_array::ArrayRef> = names.iter().map(|_| Arc::new(Int32Array::from(vec![1])) as _).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    let draft = open(&world.store, &world.ledger, run(1), at(1)).unwrap();
    draft.add(Part { path: "wide.parquet".into(), rows: 1, bytes: writer.into_inner().unwrap() }).unwrap();
    let schema = names.iter().map(|name| column(name, "int32")).collect();
    assert_eq!(draft.publish(Details { schema, ..details() }, keep(3)).unwrap().rows, 1);
}

#[test]
fn a_damaged_pointer_or_manifest_is_told_with_its_key() {
    let world = World::with_runs([1]);
    let pointer = world.output().join("_current.json");
    let whole = fs::read_to_string(&pointer).unwrap();
    fs::write(&pointer, "{").unwrap();
    let error = world.publish(2).unwrap_err();
    assert!(error.to_string().ends_with(
        "hospitals/feed/_current.json is damaged; restore it from a backup, or remove it and rerun the dataset"
    ));
    fs::write(&pointer, whole.replace("\"version\": 2", "\"version\": 3")).unwrap();
    assert!(matches!(current(&world.store, &publication()), Err(PublishError::Newer { version: 3, .. })));
}

#[test]
fn a_folder_in_the_place_of_the_link_does_not_fail_the_run_but_is_told() {
    let world = World::new();
    fs::create_dir_all(world.output().join("current/mine")).unwrap();
    let published = world.publish(1).unwrap();
    assert_eq!(published.warnings.len(), 1);
    assert_eq!(world.published(), Some(1));
    fs::remove_dir_all(world.output().join("current")).unwrap();
    reconcile_link(&world.store, &publication()).unwrap();
    assert_eq!(linked(&world), Some(1));
}
