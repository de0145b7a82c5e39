//! What the network and S3 do on bad days: throttling, bodies that break off, answers that never come.

use carelake_core::store::{Creation, Store};

use crate::objects::bytes;
use crate::proxy::{Fault, Proxy};
use crate::rig::{Kind, Rig, store};

/// Meets the first `times` requests that begin in this way with a fault.
fn first(times: usize, begin: &'static str, fault: Fault) -> impl FnMut(&str) -> Option<Fault> + Send {
    let mut left = times;
    move |line| {
        let hit = left > 0 && line.starts_with(begin);
        left -= usize::from(hit);
        hit.then_some(fault)
    }
}

#[test]
fn throttling_passes() {
    let rig = Rig::start(Kind::MiniStack);
    let proxy = Proxy::before(rig.port, first(2, "PUT", Fault::Refuse(503, "SlowDown")));
    let store = store(proxy.port, "faults");
    assert_eq!(store.create("a", b"x").unwrap(), Creation::Created);
    assert_eq!(proxy.seen("PUT"), 3);
}

#[test]
fn throttling_without_end_is_an_error_of_storage() {
    let rig = Rig::start(Kind::MiniStack);
    let proxy = Proxy::before(rig.port, first(usize::MAX, "PUT", Fault::Refuse(503, "SlowDown")));
    let error = store(proxy.port, "faults").create("a", b"secret").unwrap_err();
    assert_eq!(error.kind(), carelake_core::ErrorKind::STORAGE);
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn two_writers_at_once_are_not_a_lost_race() {
    let rig = Rig::start(Kind::MiniStack);
    let proxy = Proxy::before(rig.port, first(3, "PUT", Fault::Refuse(409, "ConditionalRequestConflict")));
    let store = store(proxy.port, "faults");
    assert_eq!(store.create("a", b"x").unwrap(), Creation::Created);
    let proxy = Proxy::before(rig.port, first(3, "PUT", Fault::Refuse(409, "ConditionalRequestConflict")));
    let store = crate::rig::store(proxy.port, "faults");
    store.replace("pointer", None, b"x").unwrap();
    assert_eq!(store.read("pointer").unwrap(), b"x");
}

#[test]
fn a_body_that_breaks_off_is_read_on_from_there() {
    let rig = Rig::start(Kind::MiniStack);
    let whole = bytes(3 << 20);
    rig.store("faults").create("a", &whole).unwrap();
    let proxy = Proxy::before(rig.port, first(3, "GET", Fault::Cut(1 << 20)));
    let store = store(proxy.port, "faults");
    assert!(store.read("a").unwrap() == whole);
    assert_eq!(proxy.seen("GET"), 4);
    let proxy = Proxy::before(rig.port, first(2, "GET", Fault::Cut(100_000)));
    let store = crate::rig::store(proxy.port, "faults");
    assert!(store.read_range("a", 1000..2_000_000).unwrap() == whole[1000..2_000_000]);
    let proxy = Proxy::before(rig.port, first(2, "GET", Fault::Cut(100_000)));
    let store = crate::rig::store(proxy.port, "faults");
    assert!(store.read_tail("a", 2_000_000).unwrap().0 == whole[whole.len() - 2_000_000..]);
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_read_anew() {
    let rig = Rig::start(Kind::MiniStack);
    let direct = rig.store("faults");
    let version = direct.replace("a", None, &vec![1; 3 << 20]).unwrap();
    let (meddler, mut gets) = (rig.store("faults"), 0);
    let proxy = Proxy::before(rig.port, move |line| {
        gets += usize::from(line.starts_with("GET"));
        if line.starts_with("GET") && gets == 2 {
            meddler.replace("a", Some(&version), &vec![2; 3 << 20]).unwrap();
        }
        (line.starts_with("GET") && gets == 1).then_some(Fault::Cut(1 << 20))
    });
    assert!(store(proxy.port, "faults").read("a").unwrap() == vec![2; 3 << 20]);
}

#[test]
fn a_lost_acknowledgement_of_creating_is_no_conflict() {
    let rig = Rig::start(Kind::MiniStack);
    let proxy = Proxy::before(rig.port, first(1, "PUT", Fault::Cut(0)));
    let created = store(proxy.port, "faults").create("a", b"x").unwrap();
    assert_eq!(created, Creation::AlreadyIdentical);
}

#[test]
fn a_lost_acknowledgement_of_replacing_is_no_conflict() {
    let rig = Rig::start(Kind::MiniStack);
    for before in [None, Some(rig.store("faults").replace("b", None, b"old").unwrap())] {
        let key = if before.is_none() { "a" } else { "b" };
        let proxy = Proxy::before(rig.port, first(1, "PUT", Fault::Cut(0)));
        let version = store(proxy.port, "faults").replace(key, before.as_ref(), b"new").unwrap();
        assert_eq!(rig.store("faults").read_versioned(key).unwrap(), Some((b"new".to_vec(), version)));
    }
}

#[test]
fn the_same_bytes_of_another_writer_are_not_ours() {
    let rig = Rig::start(Kind::MiniStack);
    let store = rig.store("faults");
    let first = store.replace("a", None, b"0").unwrap();
    store.replace("a", Some(&first), b"1").unwrap();
    assert!(store.replace("a", Some(&first), b"1").unwrap_err().is_conflict());
}

#[test]
fn a_lost_acknowledgement_of_completing_an_upload_is_no_conflict() {
    let rig = Rig::start(Kind::SeaweedFs);
    let mut posts = 0;
    let proxy = Proxy::before(rig.port, move |line| {
        posts += usize::from(line.starts_with("POST"));
        // The first begins the upload, the second completes it.
        (line.starts_with("POST") && posts == 2).then_some(Fault::Cut(0))
    });
    let whole = bytes(17 << 20);
    store(proxy.port, "faults").create("a", &whole).unwrap();
    assert!(rig.store("faults").read("a").unwrap() == whole);
    assert_eq!(rig.store("faults").sweep("", true).unwrap(), []);
}

#[test]
fn an_upload_whose_parts_fail_is_aborted() {
    let rig = Rig::start(Kind::MiniStack);
    let proxy = Proxy::before(rig.port, first(usize::MAX, "PUT", Fault::Refuse(403, "AccessDenied")));
    let error = store(proxy.port, "faults").create("a", &bytes(17 << 20)).unwrap_err();
    assert!(matches!(error, carelake_core::store::StoreError::Denied { .. }), "{error:?}");
    assert_eq!(proxy.seen("DELETE"), 1);
    assert_eq!(rig.store("faults").sweep("", true).unwrap(), []);
}
