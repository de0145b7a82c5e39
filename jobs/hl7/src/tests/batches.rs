//! What comes in batches, and in files that arrive by themselves.

use std::fmt::Display;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_core::store::{FaultyStore, Moment, Store};
use carelake_pipeline::{Figure, Log};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::lake::{Lake, admission};
use crate::functions::take_messages;
use crate::inbox::{INBOX, is_whole, take_all};
use crate::load::Outcome;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Log for Heard {
    fn warning(&self, message: &dyn Display) {
        self.0.lock().unwrap().push(message.to_string());
    }

    fn measured(&self, _: &str, _: Option<&str>, _: &[Figure]) {}
}

fn record(sequence: &str, data: &[u8]) -> Value {
    json!({
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": format!("shardId-0:{sequence}"), "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/r", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/hl7",
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "p", "sequenceNumber": sequence, "data": STANDARD.encode(data),
            "approximateArrivalTimestamp": 1_720_949_400.0,
        },
    })
}

fn queued(id: &str, body: &str) -> Value {
    json!({
        "messageId": id, "receiptHandle": "h", "body": body, "attributes": {}, "messageAttributes": {},
        "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q", "awsRegion": "us-east-1",
    })
}

fn failures(answer: &Value) -> Vec<&str> {
    answer["batchItemFailures"].as_array().unwrap().iter().map(|it| it["itemIdentifier"].as_str().unwrap()).collect()
}

#[test]
fn a_bad_message_of_a_stream_is_in_the_error_zone_and_keeps_nobody_waiting() {
    let lake = Lake::new();
    let batch = json!({ "Records": [record("1", &admission("1", "7")), record("2", b"<xml/>"), record("3", &admission("3", "8"))] });
    let heard = Heard::default();
    let answer = lake.act(|world| take_messages(world, &heard, &batch)).unwrap();
    assert_eq!(failures(&answer), [] as [&str; 0]);
    let [raw, staging, errors] = lake.zones();
    assert_eq!((raw.len(), staging.len(), errors.len()), (3, 2, 1));
    let again = lake.act(|world| take_messages(world, &heard, &batch)).unwrap();
    assert_eq!(
        (failures(&again), lake.zones()),
        (Vec::new(), [raw, staging, errors]),
        "a batch that comes again changes nothing"
    );
}

#[test]
fn messages_of_a_queue_are_text_or_stand_in_json() {
    let lake = Lake::new();
    let accented = String::from_utf8(admission("1", "7"))
        .unwrap()
        .replace("||7^", "|\u{e9}|7^")
        .replace("|P|2.5", "|P|2.5||||||8859/1");
    let posted = json!({ "msg": STANDARD.encode(admission("2", "8")), "encoding": "utf-8", "segTerm": ["\r\n", "\n"] });
    let batch = json!({ "Records": [queued("a", &accented), queued("b", &posted.to_string())] });
    let answer = lake.act(|world| take_messages(world, &Heard::default(), &batch)).unwrap();
    assert_eq!(failures(&answer), [] as [&str; 0]);
    let [_, staging, errors] = lake.zones();
    assert_eq!((staging.len(), errors.len()), (2, 0));
    let texts: String = staging.iter().map(|key| String::from_utf8(lake.output.read(key).unwrap()).unwrap()).collect();
    assert!(
        texts.contains("\u{e9}") && !texts.contains("\u{c3}"),
        "a text of a queue is in UTF-8, whatever MSH-18 says: {texts}"
    );
}

#[test]
fn only_what_is_not_kept_comes_again() {
    let lake = Lake::new();
    let batch = json!({ "Records": [queued("a", &text("1")), queued("b", &text("2")), queued("c", &text("3"))] });
    let heard = Heard::default();
    // The first call of each message is the one that keeps it; the second message finds the store away.
    let faulty = FaultyStore::failing_once(&lake.raw, 2, Moment::Before);
    let stores: (&dyn Store, &dyn Store, &dyn Store) = (&faulty, &lake.output, &lake.rejects);
    let answer = lake.on(stores, &lake.ledger, |world| take_messages(world, &heard, &batch)).unwrap();
    assert_eq!(failures(&answer), ["b"]);
    assert_eq!(lake.zones()[1].len(), 2);
    let lake = Lake::new();
    let faulty = FaultyStore::failing_once(&lake.output, 1, Moment::Before);
    let stores: (&dyn Store, &dyn Store, &dyn Store) = (&lake.raw, &faulty, &lake.rejects);
    let answer = lake.on(stores, &lake.ledger, |world| take_messages(world, &heard, &batch)).unwrap();
    assert_eq!(failures(&answer), [] as [&str; 0], "what is kept is made up for by a sweep");
    assert_eq!((lake.zones()[0].len(), lake.zones()[1].len()), (3, 2));
    assert!(heard.0.lock().unwrap().iter().all(|told| !told.contains("MSH") && !told.contains("HOSP")));
}

fn text(control_id: &str) -> String {
    String::from_utf8(admission(control_id, "7")).unwrap()
}

#[test]
fn a_file_that_arrived_is_taken_once_and_again_when_it_is_written_anew() {
    let lake = Lake::new();
    // The clock of the lake is not that of its stores.
    lake.pass(SignedDuration::from_hours(24 * 365 * 50));
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(lake.folder.path().join("raw").join(INBOX).join(name), bytes).unwrap()
    };
    std::fs::create_dir_all(lake.folder.path().join("raw").join(INBOX).join("lab")).unwrap();
    write("lab/a.hl7", &[admission("1", "7"), admission("2", "8")].concat());
    write("b.hl7.part", &admission("9", "9"));
    write(".c.hl7", &admission("9", "9"));
    let taken = || lake.act(take_all).unwrap();
    let first = taken();
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].file.as_str(), first[0].stored, first[0].outcome), ("hl7/drop/lab/a.hl7", 2, Outcome::Ok));
    assert_eq!(taken(), []);
    write("lab/a.hl7", &[admission("1", "7"), admission("2", "8"), admission("3", "9")].concat());
    let second = taken();
    assert_eq!((second[0].messages, second[0].stored, second[0].duplicates), (3, 1, 2));
}

#[test]
fn a_file_that_is_still_being_written_waits() {
    let lake = Lake::new();
    std::fs::create_dir_all(lake.folder.path().join("raw").join(INBOX)).unwrap();
    std::fs::write(lake.folder.path().join("raw").join(INBOX).join("a.hl7"), admission("1", "7")).unwrap();
    // The clock of the lake stands long before the file was written.
    assert_eq!(lake.act(take_all).unwrap(), []);
    for (name, whole) in
        [("a.hl7", true), ("x/.a", false), ("x/_a", false), ("a.tmp", false), ("a.filepart", false), ("x/", false)]
    {
        assert_eq!(is_whole(name), whole, "{name}");
    }
}
