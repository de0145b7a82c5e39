//! What is peculiar to the local store; the rest is the contract.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::store::{FaultyStore, Moment, contract};

fn names(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(|object| object.key.as_str()).collect()
}

#[test]
fn the_local_store_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    contract::check(&LocalStore::new(folder.path().join("not/yet/there"))).unwrap();
}

#[test]
fn a_wrapped_store_that_does_not_fail_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalStore::new(folder.path());
    contract::check(&FaultyStore::failing_once(&local, 0, Moment::Before)).unwrap();
}

#[test]
fn the_contract_finds_a_store_that_breaks_it() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalStore::new(folder.path());
    let faulty = FaultyStore::failing_once(&local, 30, Moment::After);
    assert!(matches!(contract::check(&faulty), Err(contract::Broken::Clause { .. })));
}

#[test]
fn an_upload_makes_the_folder_again_that_went_with_the_last_file_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    for _ in 0..2 {
        store.upload("a/object").unwrap().finish().unwrap();
        store.delete("a/object").unwrap();
        assert!(!folder.path().join("a").exists());
    }
}

#[test]
fn what_a_killed_writer_left_is_swept_and_what_a_live_one_holds_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.create("a/object", b"x").unwrap();
    fs::write(folder.path().join("a/.carelake-tmp-dead"), b"half").unwrap();
    symlink("nowhere", folder.path().join("a/.carelake-tmp-link")).unwrap();
    let live = File::create(folder.path().join("a/.carelake-tmp-live")).unwrap();
    live.lock().unwrap();
    assert_eq!(names(&store.list("").unwrap()), ["a/object"]);
    assert_eq!(names(&store.sweep("a/", true).unwrap()), ["a/.carelake-tmp-dead", "a/.carelake-tmp-link"]);
    assert_eq!(store.sweep("a/", false).unwrap().len(), 2);
    assert!(folder.path().join("a/.carelake-tmp-live").exists());
    drop(live);
    assert_eq!(names(&store.sweep("", false).unwrap()), ["a/.carelake-tmp-live"]);
    assert_eq!(names(&store.list("").unwrap()), ["a/object"]);
}

#[test]
fn a_file_that_is_being_written_is_not_swept() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    let writing = store.temporary(folder.path(), b"half", Flush::Each).unwrap();
    assert_eq!(store.sweep("", false).unwrap(), []);
    writing.persist(folder.path().join("object")).unwrap();
    assert_eq!(store.read("object").unwrap(), b"half");
}

#[test]
fn linked_files_are_listed_and_linked_folders_are_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.create("runs/1/a", b"x").unwrap();
    store.link("current", "runs/1").unwrap();
    symlink(folder.path().join("runs/1/a"), folder.path().join("linked.csv")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    assert_eq!(names(&store.list("").unwrap()), ["linked.csv", "runs/1/a"]);
    assert_eq!(store.read("linked.csv").unwrap(), b"x");
}

#[test]
fn a_link_is_relative_so_that_the_folder_may_be_moved() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path().join("out"));
    store.create("d/feed/runs/1/a", b"1").unwrap();
    store.link("d/feed/current", "d/feed/runs/1").unwrap();
    assert_eq!(fs::read_link(folder.path().join("out/d/feed/current")).unwrap(), Path::new("runs/1"));
    store.link("x/y/current", "d/feed/runs/1").unwrap();
    assert_eq!(fs::read_link(folder.path().join("out/x/y/current")).unwrap(), Path::new("../../d/feed/runs/1"));
    fs::rename(folder.path().join("out"), folder.path().join("moved")).unwrap();
    assert_eq!(fs::read(folder.path().join("moved/d/feed/current/a")).unwrap(), b"1");
    assert_eq!(fs::read(folder.path().join("moved/x/y/current/a")).unwrap(), b"1");
}

#[test]
fn published_files_can_be_read_by_everybody_the_umask_lets() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    fs::write(folder.path().join("plain"), b"x").unwrap();
    store.create("created", b"x").unwrap();
    store.replace("replaced", None, b"x").unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!([mode("created"), mode("replaced")], [mode("plain"); 2]);
}

#[test]
fn empty_folders_vanish_with_their_last_object_and_can_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    for _ in 0..2 {
        store.create("a/b/c", b"x").unwrap();
        store.delete("a/b/c").unwrap();
        assert!(!folder.path().join("a").exists());
    }
    store.create("a/b/c", b"x").unwrap();
    fs::remove_dir_all(folder.path().join("a")).unwrap();
    store.create("a/b/c", b"x").unwrap();
    assert!(folder.path().exists());
}

#[test]
fn folders_that_a_killed_writer_made_and_did_not_fill_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.create("a/full/object", b"x").unwrap();
    for hollow in ["a/hollow/1/2", "a/full/hollow", "b/hollow", "elsewhere"] {
        fs::create_dir_all(folder.path().join(hollow)).unwrap();
    }
    store.sweep("a/", true).unwrap();
    assert!(folder.path().join("a/hollow/1/2").exists(), "a dry run removed something");
    store.sweep("a/", false).unwrap();
    store.sweep("b/", false).unwrap();
    let left = |path: &str| folder.path().join(path).exists();
    assert_eq!(
        ["a/hollow", "a/full/hollow", "b", "elsewhere", "a/full/object"].map(left),
        [false, false, false, true, true]
    );
}

#[test]
fn a_link_never_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.link("d/current", "d/runs/1").unwrap();
    fs::create_dir_all(folder.path().join("d/runs/2/hollow")).unwrap();
    store.sweep("d/", false).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("d/current")).unwrap().count(), 0);
    assert!(!folder.path().join("d/runs/2").exists());
    store.delete("d/current").unwrap();
    store.sweep("d/", false).unwrap();
    assert!(!folder.path().join("d").exists());
}

#[test]
fn a_folder_that_may_not_be_written_is_told_as_such() {
    // Not even root may make folders here.
    let error = LocalStore::new("/sys/carelake").create("a", b"x").unwrap_err();
    let text = "/sys/carelake: no permission to write a; check owner, permissions and whether the disk is read-only";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_root_that_is_a_file_is_an_error_of_storage() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), b"x").unwrap();
    let store = LocalStore::new(folder.path().join("file"));
    let error = store.create("a", b"x").unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::STORAGE);
    assert!(!error.is_not_found(), "{error}");
}

#[test]
fn a_folder_shows_what_it_is_to_show_and_nothing_else_without_writing_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.create("runs/a", b"1").unwrap();
    store.create("runs/b", b"2").unwrap();
    let show = |names: &[&str]| {
        let files = names.iter().map(|name| Mirrored { key: format!("runs/{name}"), path: format!("in/{name}") });
        store.mirror("shown", &files.collect::<Vec<_>>())
    };
    show(&["a", "b"]).unwrap();
    show(&["b"]).unwrap();
    let shown: Vec<String> = store.list("shown/").unwrap().into_iter().map(|object| object.key).collect();
    assert_eq!((shown.as_slice(), store.read("shown/in/b").unwrap()), (&["shown/in/b".to_owned()][..], b"2".to_vec()));
    store.delete("shown/in/b").unwrap();
    assert_eq!(store.read("runs/b").unwrap(), b"2");
    assert!(show(&["gone"]).unwrap_err().is_not_found());
}
