//! Answers that are lost, and a table that never stands still.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use carelake_catalog::{Catalog, Outcome, SchemaChange};
use carelake_core::ErrorKind;

use crate::lake::{Published, Served, catalog, dev};
use crate::rig::{Rig, client};

/// What becomes of a call.
enum Fate {
    /// It is made, and its answer comes.
    Made,
    /// It is made, and its answer is lost.
    Lost,
    /// It is not made: somebody else was faster.
    Overtaken,
}

/// Stands between a client and the emulator, and lets calls end as `fate` says, which is told the name of a call and
/// how often it was made. Answers the port.
fn spoil(rig: &Rig, fate: fn(&str, usize) -> Fate) -> u16 {
    let (listener, to) = (TcpListener::bind("127.0.0.1:0").unwrap(), rig.port);
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut made = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(request) = read(&mut stream) else { continue };
            let text = String::from_utf8_lossy(&request).to_lowercase();
            let mut calls = ["GetTable", "CreateTable", "UpdateTable"].into_iter();
            let call = calls.find(|call| text.contains(&format!("awsglue.{}\r\n", call.to_lowercase()))).unwrap();
            made.push(call);
            let answer = match fate(call, made.iter().filter(|earlier| **earlier == call).count()) {
                Fate::Made => pass_on(to, &request),
                Fate::Lost => {
                    pass_on(to, &request);
                    Vec::new()
                }
                Fate::Overtaken => refusal(),
            };
            // Whoever asked may have gone away.
            let _ = stream.write_all(&answer);
        }
    });
    port
}

fn pass_on(port: u16, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    server.write_all(request).unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).unwrap();
    answer
}

/// Returns what Glue answers when a table is not of the version that an update names.
fn refusal() -> Vec<u8> {
    let body = r#"{"__type":"ConcurrentModificationException"}"#;
    let length = body.len();
    format!("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// Reads one request, and asks for the connection to be closed after it.
fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let bytes = stream.read(&mut piece).ok().filter(|bytes| *bytes > 0)?;
        request.extend_from_slice(&piece[..bytes]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse().unwrap() {
            let first = request.iter().position(|byte| *byte == b'\n').unwrap() + 1;
            request.splice(first..first, *b"connection: close\r\n");
            return Some(request);
        }
    }
}

fn clinicians() -> Served {
    Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET)
}

#[test]
fn a_write_whose_answer_is_lost_is_made_once_and_told() {
    let (rig, first) = (Rig::start(), clinicians());
    let port = spoil(&rig, |call, made| if call != "GetTable" && made == 1 { Fate::Lost } else { Fate::Made });
    let catalog = Catalog::new(client(port), dev()).unwrap();
    let mut second = first.again("2026-12-01.1", 2);
    second.manifest.schema.truncate(3);
    let flip = |served: &Served| {
        catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap().table
    };
    assert_eq!(flip(&first), Outcome::Created);
    let removed = first.manifest.schema[3..].iter().map(|column| column.name.clone()).collect();
    assert_eq!(flip(&second), Outcome::Updated { schema: SchemaChange { removed, ..SchemaChange::default() } });
    assert_eq!(flip(&second), Outcome::Unchanged);
    assert_eq!(rig.table("clinicians").unwrap().version_id.as_deref(), Some("2"), "updated once");
}

#[test]
fn a_table_that_never_stands_still_is_given_up_and_left_to_doctor() {
    let (rig, first) = (Rig::start(), clinicians());
    catalog(&rig).flip(&first.publication, &first.pointer, std::slice::from_ref(&first.manifest)).unwrap();
    let port = spoil(&rig, |call, _| if call == "UpdateTable" { Fate::Overtaken } else { Fate::Made });
    let (later, spoilt) = (first.again("2026-12-01.1", 2), Catalog::new(client(port), dev()).unwrap());
    let error = spoilt.flip(&later.publication, &later.pointer, std::slice::from_ref(&later.manifest)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PUBLISH_CONFLICT);
    assert_eq!(
        error.to_string(),
        "table clinicians was changed by others 8 times in a row; `carelake doctor` mends it"
    );
    assert_eq!(rig.table("clinicians").unwrap().parameters.unwrap()["carelake.sequence"], "1");
}

#[test]
fn a_table_that_stands_still_in_the_end_is_flipped() {
    let (rig, first) = (Rig::start(), clinicians());
    catalog(&rig).flip(&first.publication, &first.pointer, std::slice::from_ref(&first.manifest)).unwrap();
    let port = spoil(&rig, |call, made| if call == "UpdateTable" && made < 4 { Fate::Overtaken } else { Fate::Made });
    let (later, spoilt) = (first.again("2026-12-01.1", 2), Catalog::new(client(port), dev()).unwrap());
    let flipped = spoilt.flip(&later.publication, &later.pointer, std::slice::from_ref(&later.manifest)).unwrap();
    assert_eq!(flipped.table, Outcome::Updated { schema: SchemaChange::default() });
    assert_eq!(rig.table("clinicians").unwrap().parameters.unwrap()["carelake.sequence"], "2");
}
