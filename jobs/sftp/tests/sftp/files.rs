//! Files that are listed, come whole or not at all, and go when they came.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::Ordering;

use carelake_core::ErrorKind;
use carelake_core::store::StoreError;
use carelake_sftp::{Client, Remote, SftpError};

use super::start;

/// More than one answer holds.
fn whole() -> Vec<u8> {
    (0..10_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn only(client: &mut Client) -> Remote {
    let mut files = client.list("/out").unwrap().files;
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// Reads a file, and what came of it.
fn read(client: &mut Client, file: &Remote) -> (Result<(), SftpError>, Vec<u8>) {
    let mut bytes = Vec::new();
    let done = client.read(file, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    (done, bytes)
}

#[test]
fn files_are_listed_and_neither_folders_nor_links_nor_names_that_break_a_line() {
    let server = start();
    for name in ["out/b.csv", "out/a b+é.csv", "out/deeper/c.csv", "out/break\nline.csv", "elsewhere.csv"] {
        server.put(name, b"12");
    }
    symlink("/etc/passwd", server.folder.path().join("out/link.csv")).unwrap();
    let listing = server.client().list("/out").unwrap();
    let names: Vec<_> =
        listing.files.iter().map(|file| (file.name.as_str(), file.path.as_str(), file.size_bytes)).collect();
    assert_eq!(names, [("a b+é.csv", "/out/a b+é.csv", 2), ("b.csv", "/out/b.csv", 2)]);
    assert_eq!(listing.passed_over, 2);
    let modified = fs::metadata(server.folder.path().join("out/b.csv")).unwrap().modified().unwrap();
    let seconds = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(listing.files.last().unwrap().modified.unwrap().as_second(), i64::try_from(seconds).unwrap());

    let error = server.client().list("/nothing").unwrap_err();
    assert!(matches!(error, SftpError::Missing { .. }) && error.kind() == ErrorKind::REFUSED, "{error}");
    let few = carelake_sftp::Settings { most_names: 2, ..server.settings() };
    let error = Client::new(few).unwrap().list("/out").unwrap_err();
    assert!(matches!(error, SftpError::TooMany { most: 2, .. }), "{error}");
}

#[test]
fn a_file_comes_whole_over_one_connection() {
    let server = start();
    server.put("out/a.csv", &whole());
    let mut client = server.client();
    let file = only(&mut client);
    let (done, bytes) = read(&mut client, &file);
    assert!(done.is_ok() && bytes == whole());
    server.put("out/a.csv", b"");
    let empty = only(&mut client);
    let (done, bytes) = read(&mut client, &empty);
    assert!(done.is_ok() && bytes.is_empty());
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[test]
fn a_connection_that_breaks_is_made_again_and_the_file_goes_on() {
    let server = start();
    server.put("out/a.csv", &whole());
    let mut client = server.client();
    let file = only(&mut client);
    let mut cuts = vec![30_000, 9_000];
    let mut beginnings = 0;
    let (tell, told) = std::sync::mpsc::channel();
    server.before_reads(move |offset| {
        beginnings += usize::from(offset == 0);
        tell.send(beginnings).unwrap();
        cuts.pop_if(|cut| offset >= *cut).is_some()
    });
    let (done, bytes) = read(&mut client, &file);
    assert!(done.is_ok() && bytes == whole(), "{done:?}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
    assert_eq!(told.try_iter().last(), Some(1), "nothing is read twice");
}

#[test]
fn a_server_that_always_breaks_is_unavailable_at_last() {
    let server = start();
    server.put("out/a.csv", &whole());
    let mut client = server.client();
    let file = only(&mut client);
    server.before_reads(|offset| offset > 2_000);
    let (done, _) = read(&mut client, &file);
    let error = done.unwrap_err();
    assert!(matches!(error, SftpError::Broken { .. }), "{error}");
    assert_eq!((error.kind(), server.connections.load(Ordering::SeqCst)), (ErrorKind::UNAVAILABLE, 4));
}

#[test]
fn a_file_that_grows_shrinks_or_is_written_anew_while_it_is_read_is_not_whole() {
    let other: Vec<u8> = whole().into_iter().rev().collect();
    for bytes in [[whole(), b"more".to_vec()].concat(), b"less".to_vec(), other] {
        let server = start();
        server.put("out/a.csv", &whole());
        let path = server.folder.path().join("out/a.csv");
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        let mut client = server.client();
        let file = only(&mut client);
        server.before_reads(move |offset| {
            if offset > 5_000 {
                fs::write(&path, &bytes).unwrap();
            }
            false
        });
        let (done, _) = read(&mut client, &file);
        let error = done.unwrap_err();
        assert!(matches!(error, SftpError::Changed { .. }), "{error}");
        let error = client.delete(&file).unwrap_err();
        assert!(matches!(error, SftpError::Changed { .. }), "what came is not what is there: {error}");
    }
}

#[test]
fn a_file_that_vanishes_is_missing_and_one_that_cannot_be_kept_ends_there() {
    let server = start();
    server.put("out/a.csv", &whole());
    let mut client = server.client();
    let file = only(&mut client);
    let mut full = |_: &[u8]| Err(StoreError::from_io("write", "/raw", "a", std::io::ErrorKind::StorageFull.into()));
    let error = client.read(&file, &mut full).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::STORAGE);
    fs::remove_file(server.folder.path().join("out/a.csv")).unwrap();
    let (done, bytes) = read(&mut client, &file);
    assert!(matches!(done, Err(SftpError::Missing { .. })) && bytes.is_empty(), "{done:?}");
}

#[test]
fn what_came_is_moved_or_deleted_and_nothing_is_overwritten() {
    let server = start();
    server.put("out/a.csv", b"1");
    server.put("done/a.csv", b"2");
    let mut client = server.client();
    let file = only(&mut client);
    let error = client.rename(&file, "/done/a.csv").unwrap_err();
    assert!(matches!(error, SftpError::Failed { .. }), "{error}");
    client.rename(&file, "/done/b.csv").unwrap();
    assert!(client.list("/out").unwrap().files.is_empty());
    let mut there = client.list("/done").unwrap().files;
    assert_eq!(there.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.csv", "b.csv"]);
    client.delete(&there.remove(1)).unwrap();
    assert_eq!(fs::read(server.folder.path().join("done/a.csv")).unwrap(), b"2");
    assert_eq!(client.list("/done").unwrap().files.len(), 1);
}

#[test]
fn it_works_where_futures_are_driven() {
    let server = start();
    server.put("out/a.csv", b"1");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut client = server.client();
        assert_eq!(only(&mut client).size_bytes, 1);
    });
}
