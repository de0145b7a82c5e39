//! Texts of tables become files that another room takes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::load::{carelake, place};
use crate::support::Place;

const FOLDER: &str = "input/hl7/drop/lis";

fn files(place: &Place) -> BTreeMap<String, String> {
    let Ok(folder) = std::fs::read_dir(place.path().join(FOLDER)) else { return BTreeMap::new() };
    let file = |entry: std::fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
    };
    folder.map(|entry| file(entry.unwrap())).collect()
}

#[test]
fn messages_of_a_table_are_files_that_the_room_of_messages_reads() {
    let more = "      overrides: { crm.messages: { mode: append, cursor: id, hand_on: { column: body, to: hl7/drop/lis, name: lis-*.hl7 } } }\n";
    let Some((place, server)) = place(more) else { return };
    let message = |control: u32| {
        format!("MSH|^~\\&|LIS|LAB|EHR|HOSP|20261101120000||ADT^A01|{control}|P|2.5\rPID|1||MARKER{control}\r")
    };
    server.run("CREATE TABLE crm.messages (id int PRIMARY KEY, body text)");
    let put = |id: u32, text: &str| drop(server.run(&format!("INSERT INTO crm.messages VALUES ({id}, '{text}')")));
    (1..=3).for_each(|id| put(id, &message(id)));
    server.run("INSERT INTO crm.messages VALUES (4, NULL), (5, '')");
    assert_eq!(carelake(&place, &["load"]).code, Some(0));
    let first = files(&place);
    assert_eq!(first.values().cloned().collect::<std::collections::BTreeSet<_>>(), (1..=3).map(message).collect());
    assert!(first.keys().all(|name| name.starts_with("lis-") && !name.contains("MARKER")), "{first:?}");
    // The same text again is the same file; what the room took away does not come back.
    let (taken, _) = first.first_key_value().unwrap();
    std::fs::remove_file(place.path().join(FOLDER).join(taken)).unwrap();
    put(6, &message(2));
    put(7, &message(7));
    assert_eq!(carelake(&place, &["load"]).code, Some(0));
    assert_eq!(carelake(&place, &["loads", "settle"]).code, Some(0));
    let second = files(&place);
    assert_eq!((second.len(), second.contains_key(taken)), (3, false));
    for name in second.keys() {
        let parsed = place.command(&["hl7", "parse", &format!("{FOLDER}/{name}")]).output().unwrap();
        assert!(parsed.status.success(), "{name}");
    }
    let status = carelake(&place, &["loads", "status", "--json"]).json();
    let tables = status["sources"][0]["tables"].as_array().unwrap();
    assert!(tables.iter().all(|table| table["warnings"].as_array().is_none_or(Vec::is_empty)), "{tables:?}");
}
