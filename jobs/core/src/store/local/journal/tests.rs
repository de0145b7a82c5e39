//! What was kept is there after whatever happened.

use std::thread;

use super::*;
use crate::store::Store;

fn journals(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(JOURNAL)).collect()
}

/// Keeps two objects as a process that is killed then: its lock is gone, its file stays.
fn killed(root: &Path) -> PathBuf {
    let store = LocalStore::new(root);
    store.keep("raw/a", b"one").unwrap();
    store.keep("raw/b", b"two").unwrap();
    journals(root).remove(0)
}

#[test]
fn what_a_killed_process_kept_becomes_objects_when_the_next_one_settles() {
    let folder = tempfile::tempdir().unwrap();
    killed(folder.path());
    let store = LocalStore::new(folder.path());
    assert_eq!(store.list("").unwrap(), []);
    store.settle().unwrap();
    assert_eq!((store.read("raw/a").unwrap(), store.read("raw/b").unwrap()), (b"one".to_vec(), b"two".to_vec()));
    assert_eq!(journals(folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn the_journal_of_a_process_that_lives_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let alive = LocalStore::new(folder.path());
    alive.keep("raw/a", b"one").unwrap();
    LocalStore::new(folder.path()).settle().unwrap();
    assert_eq!(journals(folder.path()).len(), 1);
    alive.settle().unwrap();
    assert_eq!(alive.read("raw/a").unwrap(), b"one");
}

#[test]
fn a_journal_that_ends_anywhere_holds_what_came_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(killed(folder.path())).unwrap();
    let second = whole.len() / 2;
    for cut in 0..=whole.len() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".carelake-journal-x"), &whole[..cut]).unwrap();
        let store = LocalStore::new(folder.path());
        store.settle().unwrap();
        assert_eq!(store.list("").unwrap().len(), cut / second, "cut at {cut}");
    }
    let mut longer = whole.clone();
    longer.resize(whole.len() + 4096, 0);
    fs::write(folder.path().join(".carelake-journal-y"), &longer).unwrap();
    LocalStore::new(folder.path()).settle().unwrap();
    assert_eq!(journals(folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn a_journal_that_is_damaged_in_the_middle_stays_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = killed(folder.path());
    let mut damaged = fs::read(&path).unwrap();
    damaged[HEAD_AND_KEY] ^= 1;
    fs::write(&path, damaged).unwrap();
    let store = LocalStore::new(folder.path());
    assert!(store.settle().is_err());
    assert_eq!(journals(folder.path()), [path]);
}

/// Where the bytes of the first record begin.
const HEAD_AND_KEY: usize = 12 + "raw/a".len();

#[test]
fn what_was_kept_is_not_thrown_away_when_somebody_else_took_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.keep("raw/a", b"one").unwrap();
    LocalStore::new(folder.path()).create("raw/a", b"other").unwrap();
    assert!(store.settle().is_err());
    assert_eq!(journals(folder.path()).len(), 1);
    assert_eq!(store.read("raw/a").unwrap(), b"other");
}

#[test]
fn many_writers_keep_while_the_store_settles() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..50 {
                    store.keep(&format!("raw/{writer}/{n}"), format!("{writer} {n}").as_bytes()).unwrap();
                }
            });
        }
        for _ in 0..5 {
            store.settle().unwrap();
        }
    });
    store.settle().unwrap();
    assert_eq!(store.list("raw/").unwrap().len(), 400);
    assert_eq!(store.read("raw/7/49").unwrap(), b"7 49");
}

#[test]
fn processes_that_settle_what_a_killed_one_left_do_not_hinder_each_other() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        killed(folder.path());
        let settle = || LocalStore::new(folder.path()).settle();
        thread::scope(|scope| {
            let all = [(); 4].map(|()| scope.spawn(settle));
            all.into_iter().for_each(|settled| settled.join().unwrap().unwrap());
        });
        assert_eq!(LocalStore::new(folder.path()).list("").unwrap().len(), 2);
    }
}

#[test]
fn after_a_write_that_failed_others_are_kept_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    store.keep("raw/a", b"one").unwrap();
    let path = journals(folder.path()).remove(0);
    // What came to the disk of a record before it was full.
    let read_only = Arc::new(File::open(&path).unwrap());
    let whole = std::mem::replace(&mut store.journal.lock().open.as_mut().unwrap().file, read_only);
    assert!(store.keep("raw/b", b"two").is_err());
    // It can neither be written nor cut, so nothing is kept there any more.
    store.journal.lock().open.as_mut().unwrap().file = Arc::clone(&whole);
    assert!(store.keep("raw/c", b"three").is_err());
    store.journal.lock().failed = false;
    (&*whole).write_all(b"half a record").unwrap();
    whole.set_len(store.journal.lock().open.as_ref().unwrap().length).unwrap();
    store.keep("raw/d", b"four").unwrap();
    store.settle().unwrap();
    assert_eq!((store.read("raw/a").unwrap(), store.read("raw/d").unwrap()), (b"one".to_vec(), b"four".to_vec()));
    assert!(store.read("raw/b").is_err());
}
