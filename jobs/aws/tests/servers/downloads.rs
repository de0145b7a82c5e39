//! Fetching into a file while it is read.

use std::sync::{Arc, Condvar, Mutex};

use carelake_core::store::Store;

use crate::objects::bytes;
use crate::proxy::{Fault, Proxy};
use crate::rig::{Kind, Rig, store};

const PIECE: u64 = 8 << 20;

#[test]
fn what_is_downloaded_is_what_was_stored() {
    let rig = Rig::start(Kind::SeaweedFs);
    let (store, folder) = (rig.store("downloads"), tempfile::tempdir().unwrap());
    for length in [0, 1, 8 << 20, (20 << 20) + 1] {
        let (key, whole, path) = (length.to_string(), bytes(length), folder.path().join("file"));
        store.create(&key, &whole).unwrap();
        let download = store.download(&key, &path, 3).unwrap();
        download.finish().unwrap();
        assert_eq!(download.complete_bytes(), length as u64);
        assert!(std::fs::read(&path).unwrap() == whole);
    }
    assert!(store.download("none", &folder.path().join("none"), 3).unwrap_err().is_not_found());
}

#[test]
fn the_first_bytes_can_be_read_while_the_last_are_held_back() {
    let rig = Rig::start(Kind::MiniStack);
    let whole = bytes(20 << 20);
    rig.store("downloads").create("a", &whole).unwrap();
    let gate = Arc::new((Mutex::new(0), Condvar::new()));
    let held = Arc::clone(&gate);
    let proxy = Proxy::before(rig.port, move |line| {
        // Three pieces are asked for; all but the first wait until the test lets them go.
        if line.starts_with("GET") {
            let mut number = held.0.lock().unwrap();
            *number += 1;
            if *number == 2 {
                drop(held.1.wait_while(number, |number| *number < 99).unwrap());
            }
        }
        None
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let download = store(proxy.port, "downloads").download("a", &path, 1).unwrap();
    assert_eq!(download.wait_for(1).unwrap(), PIECE);
    let begin = PIECE as usize;
    assert!(std::fs::read(&path).unwrap()[..begin] == whole[..begin] && download.complete_bytes() == PIECE);
    *gate.0.lock().unwrap() = 99;
    gate.1.notify_all();
    download.finish().unwrap();
    assert!(std::fs::read(path).unwrap() == whole);
}

#[test]
fn a_piece_that_breaks_off_is_fetched_on() {
    let rig = Rig::start(Kind::MiniStack);
    let whole = bytes(20 << 20);
    rig.store("downloads").create("a", &whole).unwrap();
    let mut gets = 0;
    let proxy = Proxy::before(rig.port, move |line| {
        gets += usize::from(line.starts_with("GET"));
        (line.starts_with("GET") && gets <= 3).then_some(Fault::Cut(500_000))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    store(proxy.port, "downloads").download("a", &path, 3).unwrap().finish().unwrap();
    assert!(std::fs::read(path).unwrap() == whole);
}

#[test]
fn an_object_that_is_replaced_is_noticed_by_who_reads() {
    let rig = Rig::start(Kind::MiniStack);
    let direct = rig.store("downloads");
    let version = direct.replace("a", None, &vec![1; 20 << 20]).unwrap();
    let (meddler, mut gets) = (rig.store("downloads"), 0);
    let proxy = Proxy::before(rig.port, move |line| {
        gets += usize::from(line.starts_with("GET"));
        if line.starts_with("GET") && gets == 2 {
            meddler.replace("a", Some(&version), &vec![2; 20 << 20]).unwrap();
        }
        None
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let download = store(proxy.port, "downloads").download("a", &path, 1).unwrap();
    assert_eq!(download.wait_for(PIECE).unwrap(), PIECE);
    assert!(download.wait_for(PIECE + 1).unwrap_err().is_conflict());
    assert!(std::fs::read(path).unwrap()[..PIECE as usize].iter().all(|byte| *byte == 1));
    assert!(download.finish().unwrap_err().is_conflict());
}
