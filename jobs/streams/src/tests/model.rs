//! A table and its stream, with what must follow.

use std::collections::BTreeMap;

use super::world::stream;
use crate::config::Stream;

/// When the first change arrives: 2026-03-06T22:30:00Z.
pub(super) const BEGIN: i64 = 1_772_836_200;

/// A stream with a bit of everything.
pub(super) fn visits(more: &str) -> Stream {
    stream(&format!(
        "kind: dynamodb, keys: [{{ name: id }}], attributes: [ {{ name: site_id, from: siteId }}, {{ name: n, type: int64 }} ], \
         event_time: {{ from: at, unit: ms }}, partition_by: [site_id, year, month, day, hour], \
         filter: {{ where: \"kind is null or kind != 'probe'\" }}{more}"
    ))
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Insert,
    Modify,
    Remove,
    Expire,
    Probe,
    Poison,
}

/// A record of the stream.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) key: u8,
    pub(super) sequence: u128,
    pub(super) is: Is,
    pub(super) text: String,
}

/// Makes a record; `at` is its place in the stream.
pub(super) fn record(at: usize, key: u8, is: Is) -> Record {
    // They cross a power of ten, are above 2^64, and neighbours are one float.
    let sequence = 99_999_999_999_999_999_990 + at as u128 * 3;
    let name = match is {
        Is::Insert => "INSERT",
        Is::Modify | Is::Probe | Is::Poison => "MODIFY",
        Is::Remove | Is::Expire => "REMOVE",
    };
    let millis = (BEGIN + at as i64 * 60) * 1_000;
    let kind = if is == Is::Probe { r#","kind":{"S":"probe"}"# } else { "" };
    let image = format!(
        r#"{{"id":{{"S":"k{key}"}},"siteId":{{"S":"site {}/x"}},"n":{{"N":"{at}"}},"at":{{"N":"{millis}"}}{kind}}}"#,
        at % 2
    );
    let which = if name == "REMOVE" { "OldImage" } else { "NewImage" };
    let keys =
        if is == Is::Poison { r#"{"id":{"Q":"x"}}"#.to_owned() } else { format!(r#"{{"id":{{"S":"k{key}"}}}}"#) };
    let user = match is {
        Is::Expire => r#","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#,
        _ => "",
    };
    let text = format!(
        r#"{{"eventID":"e{at}","eventName":"{name}","eventSource":"aws:dynamodb","eventSourceARN":"arn:aws:dynamodb:us-east-1:0:table/visits/stream/2026","dynamodb":{{"ApproximateCreationDateTime":{},"Keys":{keys},"{which}":{image},"SequenceNumber":"{sequence}"}}{user}}}"#,
        BEGIN + at as i64 * 60
    );
    Record { key, sequence, is, text }
}

/// What must be there now: the sequence of the last change of each key, unless that removed it.
pub(super) fn latest(records: &[Record], keeps_expired: bool) -> BTreeMap<String, String> {
    let mut there: BTreeMap<u8, (u128, bool)> = BTreeMap::new();
    for record in records.iter().filter(|record| !matches!(record.is, Is::Probe | Is::Poison)) {
        if record.is == Is::Expire && keeps_expired {
            continue;
        }
        let is_there = !matches!(record.is, Is::Remove | Is::Expire);
        let last = there.entry(record.key).or_insert((record.sequence, is_there));
        if record.sequence >= last.0 {
            *last = (record.sequence, is_there);
        }
    }
    let left = there.into_iter().filter(|(_, (_, is_there))| *is_there);
    left.map(|(key, (sequence, _))| (format!("k{key}"), sequence.to_string())).collect()
}

/// The sequences of the changes that must be published, each once.
pub(super) fn changes(records: &[Record]) -> Vec<String> {
    let good = records.iter().filter(|record| !matches!(record.is, Is::Probe | Is::Poison));
    let mut all: Vec<String> = good.map(|record| record.sequence.to_string()).collect();
    all.sort();
    all
}
