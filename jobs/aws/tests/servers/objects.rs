//! Objects on both servers.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use carelake_aws::{Aws, S3Options, S3Store};
use carelake_core::store::{Creation, Edition, Store, contract};

use crate::rig::{BUCKET, Kind, Rig, config};

/// Bytes that differ everywhere.
pub fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

#[test]
fn seaweedfs_keeps_the_contract_except_that_an_emptied_folder_stays_for_a_while() {
    let rig = Rig::start(Kind::SeaweedFs);
    if let Err(broken) = contract::check_except(&rig.store("some/prefix"), &[contract::FOLDERLESS]) {
        panic!("{broken:?}");
    }
}

#[test]
fn ministack_keeps_the_contract() {
    let rig = Rig::start(Kind::MiniStack);
    for prefix in ["", "some/prefix"] {
        if let Err(broken) = contract::check(&rig.store(prefix)) {
            panic!("prefix {prefix:?}: {broken:?}");
        }
    }
}

fn writes_in_parts(kind: Kind) {
    let rig = Rig::start(kind);
    let store = rig.store("parts");
    let whole = bytes((20 << 20) + 17);
    assert_eq!(store.create("a/large", &whole).unwrap(), Creation::Created);
    assert_eq!(store.create("a/large", &whole).unwrap(), Creation::AlreadyIdentical);
    let mut other = whole.clone();
    other[12_345_678] ^= 1;
    assert!(store.create("a/large", &other).unwrap_err().is_conflict());
    assert!(store.read("a/large").unwrap() == whole);
    assert_eq!(store.size("a/large").unwrap(), whole.len() as u64);
    let edge = 8 << 20;
    assert!(store.read_range("a/large", edge - 5..edge + 5).unwrap() == whole[edge as usize - 5..edge as usize + 5]);
    let (tail, size) = store.read_tail("a/large", 1000).unwrap();
    assert!(tail == whole[whole.len() - 1000..] && size == whole.len() as u64);
    // The etag of many parts is of the parts, and that shows that there were some.
    let head = rig.wait(rig.s3().head_object().bucket(BUCKET).key("parts/a/large").send()).unwrap();
    assert!(head.e_tag().unwrap().trim_matches('"').ends_with("-3"), "{:?}", head.e_tag());
    assert_eq!(store.sweep("", true).unwrap(), []);
}

#[test]
fn a_large_object_is_written_in_parts_on_seaweedfs() {
    writes_in_parts(Kind::SeaweedFs);
}

#[test]
fn a_large_object_is_written_in_parts_on_ministack() {
    writes_in_parts(Kind::MiniStack);
}

fn has_one_winner(kind: Kind) {
    const WRITERS: usize = 32;
    let rig = Rig::start(kind);
    let store = rig.store("race");
    let mut version = None;
    for round in 0..5 {
        let won = AtomicUsize::new(0);
        let winner = std::sync::Mutex::new(None);
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (store, won, winner, version) = (&store, &won, &winner, &version);
                scope.spawn(move || {
                    let pointer = format!("{{\"round\": {round}, \"run\": {writer}}}");
                    match store.replace("pointer", version.as_ref(), pointer.as_bytes()) {
                        Ok(new) => {
                            won.fetch_add(1, Ordering::SeqCst);
                            *winner.lock().unwrap() = Some((pointer, new));
                        }
                        Err(error) => assert!(error.is_conflict(), "{error:?}"),
                    }
                });
            }
        });
        assert_eq!(won.into_inner(), 1);
        let (pointer, new) = winner.into_inner().unwrap().unwrap();
        assert_eq!(store.read_versioned("pointer").unwrap(), Some((pointer.into_bytes(), new.clone())));
        version = Some(new);
    }
}

#[test]
fn of_many_writers_of_a_pointer_one_wins_on_seaweedfs() {
    has_one_winner(Kind::SeaweedFs);
}

#[test]
fn of_many_writers_of_a_pointer_one_wins_on_ministack() {
    has_one_winner(Kind::MiniStack);
}

#[test]
fn more_objects_than_fit_a_page_are_listed() {
    let rig = Rig::start(Kind::MiniStack);
    let store = rig.store("many");
    let keys: Vec<String> = (0..1100).map(|number| format!("list/{number:04}")).collect();
    std::thread::scope(|scope| {
        for keys in keys.chunks(140) {
            let store = &store;
            scope.spawn(move || keys.iter().for_each(|key| assert!(store.create(key, b"x").is_ok())));
        }
    });
    assert!(store.list("list/").unwrap().into_iter().map(|object| object.key).eq(keys));
}

#[test]
fn an_upload_that_was_given_up_is_swept() {
    let rig = Rig::start(Kind::SeaweedFs);
    let (store, s3) = (rig.store("swept"), rig.s3());
    let begin = |key: &'static str| {
        let upload = rig.wait(s3.create_multipart_upload().bucket(BUCKET).key(key).send()).unwrap();
        let id = upload.upload_id().unwrap();
        let part = s3.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(1).body(bytes(1000).into());
        rig.wait(part.send()).unwrap();
    };
    begin("swept/a/left");
    begin("swept/b/left");
    begin("elsewhere/left");
    let left = |prefix: &str, dry_run: bool| -> Vec<(String, u64)> {
        let found = store.sweep(prefix, dry_run).unwrap();
        found.into_iter().map(|object| (object.key, object.size_bytes)).collect()
    };
    let (a, b) = (("a/left".to_owned(), 1000), ("b/left".to_owned(), 1000));
    assert_eq!(left("", true), [a.clone(), b.clone()]);
    assert_eq!(left("a/", false), [a]);
    assert_eq!(left("", false), [b]);
    assert_eq!(left("", false), []);
    let others = rig.wait(s3.list_multipart_uploads().bucket(BUCKET).send()).unwrap();
    assert_eq!(others.uploads().len(), 1, "{others:?}");
}

fn tagged(rig: &Rig, kms_key: Option<&str>) -> (S3Store, Vec<(String, String)>) {
    let tags = vec![("run".to_owned(), "2026-11-01.3".to_owned()), ("a b".to_owned(), "c=d/é".to_owned())];
    let options = S3Options { kms_key: kms_key.map(Into::into), tags: tags.clone() };
    (S3Store::new(&Aws::from_config(&config(rig.port)).unwrap(), BUCKET, "/tagged/", options), tags)
}

fn tags_of(rig: &Rig, key: &str) -> Vec<(String, String)> {
    let tagging = rig.wait(rig.s3().get_object_tagging().bucket(BUCKET).key(key).send()).unwrap();
    let mut found: Vec<_> = tagging.tag_set().iter().map(|tag| (tag.key().into(), tag.value().into())).collect();
    found.sort_by_key(|(name, _): &(String, String)| std::cmp::Reverse(name.clone()));
    found
}

#[test]
fn an_object_carries_its_hash_and_the_key_it_is_encrypted_with() {
    let rig = Rig::start(Kind::MiniStack);
    let (store, tags) = tagged(&rig, Some("alias/carelake-test"));
    store.create("small", b"x").unwrap();
    store.create("large", &bytes(9 << 20)).unwrap();
    for key in ["tagged/small", "tagged/large"] {
        let head = rig.wait(rig.s3().head_object().bucket(BUCKET).key(key).send()).unwrap();
        assert_eq!(head.ssekms_key_id(), Some("alias/carelake-test"), "{key}");
        assert_eq!(head.server_side_encryption().unwrap().as_str(), "aws:kms", "{key}");
        assert_eq!(head.metadata().unwrap()["carelake-sha256"].len(), 64);
    }
    assert_eq!(tags_of(&rig, "tagged/small"), tags);
}

/// MiniStack loses the tags of an upload in parts; SeaweedFS keeps them.
#[test]
fn an_object_carries_its_tags() {
    let rig = Rig::start(Kind::SeaweedFs);
    let (store, tags) = tagged(&rig, None);
    store.create("small", b"x").unwrap();
    store.create("large", &bytes(9 << 20)).unwrap();
    for key in ["tagged/small", "tagged/large"] {
        assert_eq!(tags_of(&rig, key), tags, "{key}");
    }
}

#[test]
fn an_object_of_another_tool_with_the_same_bytes_is_identical() {
    let rig = Rig::start(Kind::MiniStack);
    let put = rig.s3().put_object().bucket(BUCKET).key("foreign/a").body(b"same".to_vec().into());
    rig.wait(put.send()).unwrap();
    let store = rig.store("foreign");
    assert_eq!(store.create("a", b"same").unwrap(), Creation::AlreadyIdentical);
    assert!(store.create("a", b"diff").unwrap_err().is_conflict());
}

#[test]
fn a_bucket_that_is_not_there_is_an_error_and_not_an_empty_store() {
    let rig = Rig::start(Kind::MiniStack);
    let aws = Aws::from_config(&config(rig.port)).unwrap();
    let store = S3Store::new(&aws, "carelake-no-such-bucket", "", S3Options::default());
    let error = store.list("").unwrap_err();
    assert!(!error.is_not_found(), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("NoSuchBucket"), "{cause}");
}

#[test]
fn a_store_can_be_called_inside_a_runtime() {
    let rig = Rig::start(Kind::MiniStack);
    let store = rig.store("inside");
    let outer = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    outer.block_on(async {
        store.create("a", b"x").unwrap();
        assert_eq!(store.read("a").unwrap(), b"x");
        drop(store);
    });
}

#[test]
fn a_state_that_was_announced_is_read_though_the_object_was_replaced_since() {
    let rig = Rig::start(Kind::MiniStack);
    let (s3, store) = (rig.s3(), rig.store("versioned"));
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    rig.wait(s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send()).unwrap();
    let put = |bytes: Vec<u8>| {
        let call = s3.put_object().bucket(BUCKET).key("versioned/landed").body(bytes.into());
        rig.wait(call.send()).unwrap().version_id.unwrap()
    };
    let (first, second) = (put(bytes(9 << 20)), put(b"second".to_vec()));
    assert_eq!(store.edition("landed").unwrap().name(), second);
    let to = tempfile::NamedTempFile::new().unwrap();
    let arrival = store.fetch_edition("landed", &Edition::new(first), to.path()).unwrap();
    arrival.wait(u64::MAX).unwrap();
    assert_eq!(std::fs::read(to.path()).unwrap(), bytes(9 << 20));
    let none = Edition::new("0000000000000000000000000000000000000000000000000000000000000000");
    assert!(store.fetch_edition("landed", &none, to.path()).is_err());
}
