//! A server that is asked while records are taken: what it is sent, and what becomes of its answers.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::model::{Is, Record, record, visits};
use super::server::{Asked, Server, say};
use super::world::{Lake, Row};
use crate::config::Stream;
use crate::functions::replay_parked;

fn asking(server: &Server, more: &str) -> Stream {
    visits(&format!(
        ", enrich: [{{ http: \"{}\", send: [site_id, n], take: [{{ name: score, type: decimal }}, {{ name: by, from: made.by }}]{more} }}]",
        server.url()
    ))
}

fn records(places: std::ops::Range<usize>) -> Vec<Record> {
    places.map(|at| record(at, at as u8, Is::Modify)).collect()
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.text.clone()).collect()
}

/// The score of each row, in the order of their sequences.
fn scores(rows: &[Row]) -> Vec<(String, String)> {
    let cell = |row: &Row, name: &str| row.get(name).cloned().unwrap_or_default();
    let mut found: Vec<_> = rows.iter().map(|row| (cell(row, "sequence"), cell(row, "score"))).collect();
    found.sort_by_key(|(sequence, _)| sequence.parse::<u128>().unwrap());
    found
}

/// Scores what it is sent by its `n`, which it finds in the place that it has; there is no score of 3.
fn score(asked: &Asked) -> String {
    let sent: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
    let one = |sent: &serde_json::Value| match sent["n"].as_u64().unwrap() {
        3 => "null".to_owned(),
        n => format!(r#"{{"score":{n}.5,"made":{{"by":"m{n}"}},"n":0}}"#),
    };
    format!("[{}]", sent.iter().map(one).collect::<Vec<_>>().join(","))
}

#[test]
fn a_batch_is_one_request_and_its_answers_are_taken_by_their_places() {
    let server = Server::start(|asked, stream| say(stream, "200 OK", &score(asked)));
    let (lake, stream) = (Lake::new(), asking(&server, ", credential: { bearer: { env: TOKEN } }"));
    let mut all = records(0..5);
    // The same is sent once; a removal asks as well.
    all.push(Record { text: record(1, 9, Is::Remove).text.replace("\"e1\"", "\"e5\""), ..record(5, 9, Is::Remove) });
    let took = lake.deliver(&stream, &texts(&all)).took;
    assert_eq!((took.rows, took.parked.len()), (6, 0));
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    let sent = (0..5).map(|at| format!(r#"{{"site_id":"site {}/x","n":{at}}}"#, at % 2)).collect::<Vec<_>>();
    assert_eq!(asked[0].body, format!("[{}]", sent.join(",")));
    let head = &asked[0].head;
    assert!(head.starts_with("POST /scores?of=visits HTTP/1.1\n"), "{head}");
    for line in ["content-type: application/json", "authorization: Bearer TOKEN sesame"] {
        assert!(head.to_lowercase().contains(&line.to_lowercase()), "{head}");
    }
    assert_eq!(lake.flush(&stream).account.counted["lookup_miss"], 1);
    let rows = lake.changes(&stream);
    let by: Vec<String> = rows.iter().filter_map(|row| row.get("by").cloned()).collect();
    assert_eq!(by.len(), 5);
    let scored = |row: &Row| row.get("n").map(|n| (n.clone(), row.get("score").cloned().unwrap_or_default()));
    for (n, score) in rows.iter().filter_map(scored) {
        assert_eq!(score, if n == "3" { String::new() } else { format!("{n}.500000000") });
    }
    lake.deliver(&stream, &texts(&all));
    assert_eq!(server.asked(), [], "what was answered is kept");
}

#[test]
fn what_a_server_does_not_know_is_parked_where_the_stream_says_so_until_it_is_asked_anew() {
    let known = Arc::new(Mutex::new(false));
    let knows = Arc::clone(&known);
    let server = Server::start(move |asked, stream| {
        let answer = score(asked);
        let answer = if *knows.lock().unwrap() { answer.replace("null", r#"{"score":3}"#) } else { answer };
        say(stream, "200 OK", &answer);
    });
    let (lake, stream, all) = (Lake::new(), asking(&server, ", on_miss: park"), records(2..5));
    assert_eq!(lake.deliver(&stream, &texts(&all)).took.parked["lookup_miss"], 1);
    *known.lock().unwrap() = true;
    for (asks_anew, rows) in [(false, 0), (true, 1)] {
        let replayed = lake.with(|world| replay_parked(world, &stream, asks_anew)).unwrap();
        assert_eq!(replayed.took.rows, rows);
    }
    lake.flush(&stream);
    let found: Vec<String> = scores(&lake.changes(&stream)).into_iter().map(|(_, score)| score).collect();
    assert_eq!(found, ["2.500000000", "3.000000000", "4.500000000"]);
}

type Answering = fn(&Asked, &mut TcpStream);

/// Answers that are none, each with a word of what is told.
const OUTAGES: [(&str, Answering); 9] = [
    ("answers 429", |_, stream| say(stream, "429 Too Many Requests", "")),
    ("answers 500", |_, stream| say(stream, "500 Internal Server Error", "[null,null,null]")),
    ("answers 404", |_, stream| say(stream, "404 Not Found", "")),
    ("no answer in time", |_, stream| {
        // It waits for whoever asks to go.
        let _ = std::io::Read::read(stream, &mut [0]);
    }),
    ("", |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            std::thread::yield_now();
        }
    }),
    ("another number of answers", |asked, stream| say(stream, "200 OK", &score(asked).replacen("[", "[null,", 1))),
    ("is no list", |_, stream| say(stream, "200 OK", r#"{"scores":[]}"#)),
    ("neither an object nor null", |_, stream| say(stream, "200 OK", "[1,2,3,4]")),
    ("is not asked", |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n");
    }),
];

#[test]
fn whatever_is_no_answer_returns_the_first_record_that_needs_one_and_each_is_published_once() {
    for (word, outage) in OUTAGES {
        let number = AtomicUsize::new(0);
        let server = Server::start(move |asked, stream| match number.fetch_add(1, Ordering::Relaxed) {
            1 => outage(asked, stream),
            _ => say(stream, "200 OK", &score(asked)),
        });
        let (lake, stream, all) = (Lake::new(), asking(&server, ", on_miss: park, timeout: 1"), records(4..10));
        lake.deliver(&stream, &texts(&all[..2]));
        let answered = lake.deliver(&stream, &texts(&all));
        let expected = all[2].sequence.to_string();
        assert_eq!(answered.answer["batchItemFailures"][0]["itemIdentifier"], expected, "{word}");
        assert_eq!((answered.took.rows, answered.took.parked.len()), (2, 0), "{word}");
        let told = carelake_core::causes(&answered.failed.unwrap());
        assert!(told.contains(word) && !told.contains("site ") && !told.contains("of=visits"), "{word}: {told}");
        lake.deliver(&stream, &texts(&all[2..]));
        assert_eq!(lake.flush(&stream).account.rejects(), 0, "{word}");
        let expected: Vec<(String, String)> =
            (4..10).zip(&all).map(|(n, record)| (record.sequence.to_string(), format!("{n}.500000000"))).collect();
        assert_eq!(scores(&lake.changes(&stream)), expected, "{word}");
    }
}
