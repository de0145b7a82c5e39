//! Files that come whole, whatever happens on the way.

use carelake_core::ErrorKind;
use carelake_core::store::StoreError;
use carelake_http::{Downloaded, File, HttpError, Known, Request, Sink};

use super::server::{Asked, Kept, Server, answer, client};

const WHOLE: &[u8] = b"0123456789abcdef";
/// Of the bytes above.
const SHA256: &str = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";

fn file(downloaded: Downloaded) -> File {
    let Downloaded::New(file) = downloaded else { unreachable!("nothing was known") };
    file
}

/// Answers the whole with this validator, cut after six bytes.
fn cut(etag: &str) -> Vec<u8> {
    answer("200 OK", &["Content-Length: 16", etag], &WHOLE[..6])
}

fn part(etag: &str, range: &str, bytes: &[u8]) -> Vec<u8> {
    answer("206 Part", &[etag, &format!("Content-Range: bytes {range}")], bytes)
}

/// Downloads from a server; what came, how often it began anew, and what was asked.
fn download(
    answers: impl Fn(usize, &Asked) -> Vec<u8> + Send + Sync + 'static,
) -> (Result<Downloaded, HttpError>, Kept, Vec<Asked>) {
    let server = Server::start(answers);
    let (client, _) = client();
    let mut kept = Kept::default();
    let downloaded = client.download(&Request::get(server.url("/a.csv?k=1")), &Known::default(), &mut kept);
    (downloaded, kept, server.asked())
}

#[test]
fn a_file_comes_with_all_that_is_said_of_it() {
    let headers = ["ETag: \"v1\"", "Last-Modified: Sun, 01 Mar 2026 00:00:00 GMT", "Content-Type: text/csv"];
    let (downloaded, kept, asked) = download(move |_, _| answer("200 OK", &headers, WHOLE));
    let file = file(downloaded.unwrap());
    assert_eq!(kept.bytes, WHOLE);
    assert_eq!((file.size_bytes, file.sha256.as_str(), file.is_size_announced), (16, SHA256, true));
    assert_eq!(file.etag.as_deref(), Some("\"v1\""));
    assert_eq!(file.last_modified.as_deref(), Some("Sun, 01 Mar 2026 00:00:00 GMT"));
    assert_eq!(file.content_type.as_deref(), Some("text/csv"));
    assert_eq!(asked[0].header("accept-encoding"), "identity");
    assert_eq!(asked[0].header("range"), "");
}

#[test]
fn a_file_that_is_known_does_not_come_again() {
    let server = Server::start(|_, asked| match asked.header("if-none-match") {
        "\"v1\"" => answer("304 Same", &[], b""),
        _ => answer("200 OK", &[], WHOLE),
    });
    let (client, _) = client();
    let request = Request::get(server.url("/a"));
    let mut kept = Kept::default();
    let known = |etag: &str| Known { etag: Some(etag.to_owned()), last_modified: Some("then".to_owned()) };
    assert_eq!(client.download(&request, &known("\"v1\""), &mut kept).unwrap(), Downloaded::Unchanged);
    assert_eq!(server.asked()[0].header("if-modified-since"), "then");
    assert!(kept.bytes.is_empty());
    file(client.download(&request, &known("\"v0\""), &mut kept).unwrap());
    assert_eq!(kept.bytes, WHOLE);
}

#[test]
fn a_transfer_that_is_cut_goes_on_where_it_stopped() {
    let (downloaded, kept, asked) = download(|before, _| match before {
        0 => cut("ETag: \"v1\""),
        1 => answer("206 Part", &["Content-Range: bytes 6-15/16", "Content-Length: 10"], &WHOLE[6..9]),
        2 => answer("503 Oh", &[], b""),
        _ => part("ETag: \"v1\"", "9-15/16", &WHOLE[9..]),
    });
    assert_eq!(file(downloaded.unwrap()).sha256, SHA256);
    assert_eq!((kept.bytes.as_slice(), kept.restarts), (WHOLE, 0));
    let ranges: Vec<_> =
        asked.iter().map(|asked| asked.header("range").to_owned() + asked.header("if-range")).collect();
    assert_eq!(ranges, ["", "bytes=6-\"v1\"", "bytes=9-\"v1\"", "bytes=9-\"v1\""]);
}

#[test]
fn without_a_strong_validator_it_begins_anew() {
    for etag in ["ETag: W/\"v1\"", "X: none"] {
        let (downloaded, kept, asked) = download(move |before, _| match before {
            0 => cut(etag),
            _ => answer("200 OK", &[etag], WHOLE),
        });
        assert_eq!(file(downloaded.unwrap()).sha256, SHA256);
        assert_eq!((kept.bytes.as_slice(), kept.restarts, asked[1].header("range")), (WHOLE, 1, ""), "{etag}");
    }
}

#[test]
fn an_answer_that_is_not_the_rest_begins_anew() {
    let others: [fn() -> Vec<u8>; 7] = [
        // The file changed: the whole comes at once.
        || answer("200 OK", &["ETag: \"v2\""], WHOLE),
        || part("ETag: \"v2\"", "6-15/16", &WHOLE[6..]),
        || part("ETag: \"v1\"", "5-15/16", b"0123456789"),
        || part("ETag: \"v1\"", "6-16/17", b"0123456789X"),
        || part("ETag: \"v1\"", "6-9/16", &WHOLE[6..10]),
        || answer("206 Part", &["ETag: \"v1\""], &WHOLE[6..]),
        || answer("416 No", &[], b""),
    ];
    for (number, other) in others.into_iter().enumerate() {
        let (downloaded, kept, _) = download(move |before, _| match before {
            0 => cut("ETag: \"v1\""),
            1 => other(),
            _ => answer("200 OK", &["ETag: \"v2\""], WHOLE),
        });
        let file = file(downloaded.unwrap());
        assert_eq!((file.sha256.as_str(), file.etag.as_deref()), (SHA256, Some("\"v2\"")), "{number}");
        assert_eq!((kept.bytes.as_slice(), kept.restarts), (WHOLE, 1), "{number}");
    }
}

#[test]
fn what_never_comes_whole_is_unavailable() {
    let (downloaded, _, asked) = download(|_, _| cut("X: none"));
    let error = downloaded.unwrap_err();
    assert!(matches!(error, HttpError::Cut { received_bytes: 6, .. }), "{error}");
    assert_eq!((error.kind(), asked.len()), (ErrorKind::UNAVAILABLE, 4));
    assert!(!error.to_string().contains("k=1"), "{error}");
}

#[test]
fn a_server_that_gives_much_between_two_cuts_is_asked_on_and_on() {
    let whole: Vec<u8> = (0..7_u32 << 20).map(|number| (number % 251) as u8).collect();
    let expected = whole.clone();
    let (downloaded, kept, asked) = download(move |_, asked| {
        let start = asked.header("range").trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap_or(0);
        let end = whole.len().min(start + (5 << 18));
        let length = format!("Content-Length: {}", whole.len() - start);
        let range = format!("Content-Range: bytes {start}-{}/{}", whole.len() - 1, whole.len());
        let status = if start == 0 { "200 OK" } else { "206 Part" };
        answer(status, &["ETag: \"v1\"", &length, &range], &whole[start..end])
    });
    assert_eq!(file(downloaded.unwrap()).size_bytes, 7 << 20);
    assert!(kept.bytes == expected && kept.restarts == 0 && asked.len() > 4, "{}", asked.len());
}

#[test]
fn a_file_without_announced_size_says_so_and_one_in_pieces_must_end() {
    let chunked =
        |end: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n{end}").into_bytes();
    let (downloaded, kept, _) = download(move |before, _| chunked(if before == 0 { "" } else { "0\r\n\r\n" }));
    assert!(!file(downloaded.unwrap()).is_size_announced);
    assert_eq!((kept.bytes.as_slice(), kept.restarts), (b"abcd".as_slice(), 1));
}

#[test]
fn bytes_that_are_packed_unasked_are_refused() {
    let (downloaded, kept, _) = download(|_, _| answer("200 OK", &["Content-Encoding: gzip"], b"\x1f\x8b"));
    let error = downloaded.unwrap_err();
    assert!(matches!(error, HttpError::Packed { .. }) && kept.bytes.is_empty(), "{error}");
}

#[test]
fn a_sink_that_is_full_ends_the_download() {
    struct Full;
    impl Sink for Full {
        fn write(&mut self, _bytes: &[u8]) -> Result<(), StoreError> {
            Err(StoreError::from_io("write", "/out", "a", std::io::ErrorKind::StorageFull.into()))
        }

        fn restart(&mut self) -> Result<(), StoreError> {
            Ok(())
        }
    }
    let server = Server::start(|_, _| answer("200 OK", &[], WHOLE));
    let (client, clock) = client();
    let error = client.download(&Request::get(server.url("/a")), &Known::default(), &mut Full).unwrap_err();
    assert_eq!((error.kind(), clock.waited()), (ErrorKind::STORAGE, vec![]), "{error}");
}
