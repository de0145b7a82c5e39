//! What records are given while they are taken, and what becomes of them where that is not to be had.

use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};
use carelake_lookup::Value;
use jiff::SignedDuration;

use super::model::{Is, Record, record, visits};
use super::world::{Lake, Row, event, stream};
use crate::config::Stream;
use crate::functions::replay_parked;
use crate::publish::StreamError;
use crate::range::{Page, Range, Reader, Sent, replay_range};
use crate::read::take_files;
use crate::take::{answer, parked_files, read_parked};

const ZERO: &str = "site 0/x";
const ONE: &str = "site 1/x";

fn enriched(more: &str) -> Stream {
    visits(&format!(
        ", enrich: [{{ lookup: sites, key: site_id, columns: [{{ name: site_name, from: name }}]{more} }}]"
    ))
}

/// Records of two sites, one after the other: those with an even place are of the first.
fn records(places: std::ops::Range<usize>) -> Vec<Record> {
    places.map(|at| record(at, at as u8, Is::Modify)).collect()
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.text.clone()).collect()
}

/// The sequence and the name of the site of each row, in the order of the sequences.
fn named(rows: &[Row]) -> Vec<(String, String)> {
    let name = |row: &Row| row.get("site_name").cloned().unwrap_or_default();
    let mut found: Vec<_> = rows.iter().map(|row| (row["sequence"].clone(), name(row))).collect();
    found.sort_by_key(|(sequence, _)| sequence.parse::<u128>().unwrap());
    found
}

fn sequences(rows: &[Row]) -> Vec<String> {
    named(rows).into_iter().map(|(sequence, _)| sequence).collect()
}

fn names(rows: &[Row]) -> Vec<String> {
    named(rows).into_iter().map(|(_, name)| name).collect()
}

fn of(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.sequence.to_string()).collect()
}

#[test]
fn what_is_found_becomes_columns_and_each_thing_that_differs_is_asked_for_once() {
    let stream = visits(
        ", enrich: [{ lookup: sites, key: site_id, columns: [{ name: site_name, from: name }, { name: beds, type: int64 }, \
         { name: city, from: address.city }] }, { lookup: pairs, key: [site_id, n], columns: [{ name: note }] }]",
    );
    let lake = Lake::new();
    let json = Value::Json(r#"{"city":"Bath","zip":null}"#.to_owned());
    lake.sites.has(
        ZERO,
        &[
            ("name", Value::Text("Bayview \"B\"".to_owned())),
            ("beds", Value::Number("9007199254740993".to_owned())),
            ("address", json),
        ],
    );
    lake.sites.has("site 1/x|3", &[("note", Value::Null)]);
    lake.sites.has("site 0/x|2", &[("note", Value::Number("1.50".to_owned()))]);
    let mut all = records(0..5);
    all.push(record(5, 9, Is::Probe));
    all.push(record(6, 9, Is::Poison));
    let answered = lake.deliver(&stream, &texts(&all));
    assert_eq!((answered.took.rows, answered.took.filtered, answered.took.parked["attribute_shape"]), (5, 1, 1));
    let pairs: Vec<String> = (0..5).map(|at| format!("site {}/x|{at}", at % 2)).collect();
    assert_eq!(lake.sites.asked(), [vec![ZERO.to_owned(), ONE.to_owned()], pairs]);
    let flushed = lake.flush(&stream);
    // Two of the second site, and all pairs but two; what is found and is null is no miss.
    assert_eq!(flushed.account.counted["lookup_miss"], 5);
    for rows in [lake.changes(&stream), lake.latest(&stream)] {
        let cell = |row: usize, name: &str| {
            let sequence = all[row].sequence.to_string();
            let row = rows.iter().find(|row| row["sequence"] == sequence).unwrap();
            row.get(name).cloned().unwrap_or_default()
        };
        assert_eq!(
            (cell(2, "site_name"), cell(2, "beds")),
            ("Bayview \"B\"".to_owned(), "9007199254740993".to_owned())
        );
        assert_eq!((cell(0, "city"), cell(2, "note"), cell(4, "note")), ("Bath".into(), "1.50".into(), String::new()));
        assert_eq!([cell(1, "site_name"), cell(3, "beds"), cell(3, "note")], ["", "", ""]);
    }
}

#[test]
fn what_cannot_be_a_key_is_not_asked_for_and_what_has_no_value_misses_nothing() {
    let by = |column: &str| {
        stream(&format!(
            "kind: dynamodb, keys: [{{ name: id }}], attributes: [{{ name: site_id, from: siteId }}, {{ name: gone }}], \
             enrich: [{{ lookup: pairs, key: [site_id, {column}], columns: [{{ name: note }}], on_miss: park }}]"
        ))
    };
    let (lake, all) = (Lake::new(), texts(&records(0..3)));
    // The key of the record is a text that is no number.
    assert_eq!(lake.deliver(&by("id"), &all).took.parked["lookup_miss"], 3);
    let lake = Lake::new();
    let took = lake.deliver(&by("gone"), &all).took;
    assert_eq!((took.rows, took.parked.len()), (3, 0));
    assert_eq!(lake.flush(&by("gone")).account.counted.len(), 0);
    assert_eq!(lake.sites.asked(), [[""; 0]; 0]);
}

#[test]
fn a_record_for_which_there_is_nothing_is_parked_where_the_stream_says_so_until_it_is_asked_anew() {
    let (lake, stream) = (Lake::new(), enriched(", on_miss: park, cache_secs: 0"));
    lake.sites.named(ZERO, "Bayview");
    let mut all = records(0..5);
    all.push(record(5, 1, Is::Remove));
    let took = lake.deliver(&stream, &texts(&all)).took;
    assert_eq!((took.rows, took.parked["lookup_miss"]), (4, 2));
    let flushed = lake.flush(&stream);
    assert_eq!((flushed.account.read, flushed.account.published, flushed.account.rejected["lookup_miss"]), (6, 4, 2));
    // A row that is gone is gone, though nothing is found for it.
    assert_eq!(names(&lake.changes(&stream)), ["Bayview", "Bayview", "Bayview", ""]);
    let parked = read_parked(&lake.rejects, &parked_files(&lake.rejects, &stream).unwrap()[0]).unwrap();
    assert_eq!(
        parked.lines.iter().map(|line| line.payload.clone().unwrap()).collect::<Vec<_>>(),
        [all[1].text.clone(), all[3].text.clone()]
    );
    // It is there now. What was said when they were taken was that it is not.
    lake.sites.named(ONE, "Hill");
    lake.sites.asked();
    for _ in 0..2 {
        let replayed = lake.with(|world| replay_parked(world, &stream, false)).unwrap();
        assert_eq!((replayed.took.rows, replayed.took.parked["lookup_miss"]), (0, 2));
        assert_eq!(lake.flush(&stream).account.published, 0);
    }
    assert_eq!(lake.sites.asked(), [[""; 0]; 0]);
    for rows in [2, 0] {
        let replayed = lake.with(|world| replay_parked(world, &stream, true)).unwrap();
        assert_eq!((replayed.took.rows, replayed.took.parked.len()), (rows, 0));
        lake.flush(&stream);
    }
    assert_eq!(sequences(&lake.changes(&stream)), of(&all));
    assert_eq!(names(&lake.changes(&stream)), ["Bayview", "Hill", "Bayview", "Hill", "Bayview", ""]);
    // The removal came after the change of its key.
    assert_eq!(lake.latest(&stream).len(), 4);
}

#[test]
fn what_was_found_for_a_parked_record_holds_when_it_is_tried_again() {
    let text = |on_miss: &str| {
        visits(&format!(
            ", enrich: [{{ lookup: sites, key: site_id, columns: [{{ name: site_name, from: name }}], cache_secs: 0 }}, \
             {{ lookup: pairs, key: [site_id, n], columns: [{{ name: note }}], on_miss: {on_miss}, cache_secs: 0 }}]"
        ))
    };
    for (asks_anew, expected) in [(false, ("Bayview", None)), (true, ("Other", Some("new")))] {
        let lake = Lake::new();
        lake.sites.named(ZERO, "Bayview");
        assert_eq!(lake.deliver(&text("park"), &texts(&records(0..1))).took.parked["lookup_miss"], 1);
        lake.flush(&text("park"));
        lake.sites.named(ZERO, "Other");
        lake.sites.has("site 0/x|0", &[("note", Value::Text("new".to_owned()))]);
        let stream = text("null");
        lake.with(|world| replay_parked(world, &stream, asks_anew)).unwrap();
        lake.flush(&stream);
        let rows = lake.changes(&stream);
        assert_eq!((rows[0]["site_name"].as_str(), rows[0].get("note").map(String::as_str)), expected);
    }
}

#[test]
fn an_answer_holds_as_long_as_it_is_kept_and_no_longer() {
    let all = texts(&records(0..8));
    let (lake, stream) = (Lake::new(), enriched(", cache_secs: 60"));
    lake.sites.named(ZERO, "Bayview");
    lake.deliver(&stream, &all[..1]);
    lake.pass(SignedDuration::from_secs(59));
    lake.deliver(&stream, &all[1..4]);
    lake.sites.named(ZERO, "Other");
    lake.pass(SignedDuration::from_secs(1));
    lake.deliver(&stream, &all[4..]);
    // That there is nothing is kept, too, for as long.
    assert_eq!(lake.sites.asked(), [[ZERO], [ONE], [ZERO]]);
    lake.flush(&stream);
    assert_eq!(names(&lake.changes(&stream)), ["Bayview", "", "Bayview", "", "Other", "", "Other", ""]);
    let (lake, stream) = (Lake::new(), enriched(", cache_secs: 0"));
    (0..2).for_each(|_| drop(lake.deliver(&stream, &all[..1])));
    assert_eq!(lake.sites.asked(), [[ZERO], [ZERO]]);
}

#[test]
fn an_outage_returns_the_first_record_that_needs_an_answer_and_what_is_before_it_is_staged() {
    let (lake, stream) = (Lake::new(), enriched(", on_miss: park"));
    lake.sites.named(ZERO, "Bayview");
    lake.sites.named(ONE, "Hill");
    let mut all = records(0..10);
    all[3] = record(3, 3, Is::Probe);
    all[5] = record(5, 5, Is::Poison);
    lake.deliver(&stream, &texts(&all[..1]));
    lake.sites.fails(true);
    // The first site is known; 3 is left out, 5 is no record, 7 needs the second site.
    let answered = lake.deliver(&stream, &texts(&all[2..]));
    let expected = serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": all[7].sequence.to_string() }] });
    // The record in place 1 is not of this batch, which begins with 2.
    assert_eq!(answered.answer, expected);
    assert_eq!((answered.took.rows, answered.took.filtered, answered.took.parked["attribute_shape"]), (3, 1, 1));
    let told = carelake_core::causes(&answered.failed.unwrap());
    assert!(told.contains("lookups.sites: 1 keys are open") && !told.contains("site 1"), "{told}");
    let answered = lake.deliver(&stream, &texts(&all[7..]));
    assert_eq!((answered.answer, answered.took.rows), (expected, 0), "nothing is before it");
    assert_eq!(lake.flush(&stream).account.rejects(), 1, "an outage parks nothing");
    lake.sites.fails(false);
    lake.deliver(&stream, &texts(&all[7..]));
    lake.flush(&stream);
    all.remove(5);
    all.remove(3);
    all.remove(1);
    assert_eq!(sequences(&lake.changes(&stream)), of(&all));
    assert_eq!(names(&lake.changes(&stream)), ["Bayview", "Bayview", "Bayview", "Bayview", "Hill", "Bayview", "Hill"]);
    assert_eq!(lake.state(&stream).totals.duplicates(), 0);
}

#[test]
fn of_two_sources_that_fail_the_first_record_that_needs_either_is_returned() {
    let lake = Lake::new();
    let stream = visits(
        ", enrich: [{ lookup: sites, key: site_id, columns: [{ name: site_name, from: name }] }, \
         { lookup: pairs, key: [site_id, n], columns: [{ name: note }] }]",
    );
    let all = [0, 2, 1].map(|at| record(at, at as u8, Is::Modify));
    lake.deliver(&stream, &texts(&all[..1]));
    lake.sites.fails(true);
    // The first site is known, and of the pairs that of the first record: the second needs one, and the third both.
    let answered = lake.deliver(&stream, &texts(&all));
    assert_eq!(answered.answer["batchItemFailures"][0]["itemIdentifier"], all[1].sequence.to_string());
    assert_eq!(answered.took.rows, 1);
}

#[test]
fn a_delivery_that_comes_again_has_what_held_when_it_was_staged() {
    let (lake, stream, all) = (Lake::new(), enriched(", on_miss: park, cache_secs: 0"), records(0..4));
    lake.sites.named(ZERO, "Bayview");
    lake.deliver(&stream, &texts(&all));
    let parked = parked_files(&lake.rejects, &stream).unwrap();
    lake.sites.named(ZERO, "Other");
    lake.sites.named(ONE, "Hill");
    lake.pass(SignedDuration::from_secs(1));
    assert!(lake.deliver(&stream, &texts(&all)).took.is_again);
    // Cut in two it is another batch, and later.
    lake.deliver(&stream, &texts(&all[..2]));
    lake.deliver(&stream, &texts(&all[2..]));
    assert_eq!(parked_files(&lake.rejects, &stream).unwrap(), parked);
    let flushed = lake.flush(&stream);
    assert_eq!((flushed.account.published, flushed.account.rejects(), flushed.account.duplicates()), (2, 2, 8));
    assert_eq!(names(&lake.changes(&stream)), ["Bayview", "Bayview"]);
    // What is rolled back and published again is as it was.
    assert!(!lake.roll_back(&stream.changes()) || lake.flush(&stream).account.published == 2);
    assert_eq!(names(&lake.changes(&stream)), ["Bayview", "Bayview"]);
}

#[test]
fn whoever_is_killed_between_looking_up_and_staging_loses_nothing_and_publishes_nothing_twice() {
    let all = records(0..6);
    for moment in [Moment::Before, Moment::After] {
        for is_of_raw in [true, false] {
            let (lake, stream) = (Lake::new(), enriched(", on_miss: park, cache_secs: 0"));
            lake.sites.named(ZERO, "Bayview");
            let (raw, rejects) = (1, 99);
            let (raw, rejects) = if is_of_raw { (raw, rejects) } else { (rejects, raw) };
            let raw = FaultyStore::failing_from(&lake.raw, raw, moment);
            let rejects = FaultyStore::failing_from(&lake.rejects, rejects, moment);
            let answered =
                lake.on((&lake.store, &raw, &rejects), |world| answer(world, &stream, &event(&texts(&all)))).unwrap();
            assert!(answered.failed.is_some());
            assert_eq!(answered.answer["batchItemFailures"][0]["itemIdentifier"], all[0].sequence.to_string());
            // Meanwhile there is a row of the other site, and none of the first.
            lake.sites.named(ONE, "Hill");
            lake.sites.forgets(ZERO);
            lake.deliver(&stream, &texts(&all));
            let account = lake.flush(&stream).account;
            assert_eq!(account.published + account.rejects(), 6, "{moment:?} {is_of_raw}");
            lake.sites.named(ZERO, "Bayview");
            lake.with(|world| replay_parked(world, &stream, true)).unwrap();
            lake.flush(&stream);
            assert_eq!(sequences(&lake.changes(&stream)), of(&all), "{moment:?} {is_of_raw}");
            assert_eq!(parked_files(&lake.rejects, &stream).unwrap(), [""; 0]);
        }
    }
}

#[test]
fn files_are_taken_from_where_they_were_when_a_look_up_answers_again() {
    let (lake, mut stream) = (Lake::new(), enriched(""));
    stream.kind = crate::config::Kind::Files;
    let (shards, all) = (LocalStore::new(lake.folder.path().join("shards")), records(0..4));
    let lines = |records: &[Record]| records.iter().map(|record| format!("{}\n", record.text)).collect::<String>();
    shards.create("s0.ndjson", lines(&all).as_bytes()).unwrap();
    lake.sites.fails(true);
    let failed = lake.with(|world| take_files(world, &stream, &shards, "")).unwrap_err();
    assert_eq!(failed.kind().name, "Unavailable");
    lake.sites.fails(false);
    lake.sites.named(ONE, "Hill");
    assert_eq!(lake.with(|world| take_files(world, &stream, &shards, "")).unwrap().rows, 4);
    lake.flush(&stream);
    assert_eq!(names(&lake.changes(&stream)), ["", "Hill", "", "Hill"]);
}

/// A shard with a few records.
struct Shard<'r>(&'r [Record]);

impl Reader for Shard<'_> {
    fn begin(&self, _shard: &str, _from: Option<&str>) -> Result<Option<String>, StreamError> {
        Ok(Some(String::new()))
    }

    fn page(&self, _at: &str) -> Result<Option<Page>, StreamError> {
        let sent = |record: &Record| Sent { sequence: record.sequence.to_string(), record: record.text.clone() };
        Ok(Some(Page { records: self.0.iter().map(sent).collect(), next: None, is_newest: true }))
    }
}

#[test]
fn a_range_has_what_was_found_when_its_records_were_taken_unless_it_is_asked_anew() {
    let (lake, stream, all) = (Lake::new(), enriched(", on_miss: park"), records(0..4));
    lake.sites.named(ZERO, "Bayview");
    lake.deliver(&stream, &texts(&all[..2]));
    lake.flush(&stream);
    lake.sites.named(ZERO, "Other");
    lake.sites.named(ONE, "Hill");
    lake.pass(SignedDuration::from_hours(1));
    let (first, last) = (all[0].sequence.to_string(), all[3].sequence.to_string());
    let range = Range { shard: "shardId-1".to_owned(), first, last, records: Some(4) };
    let replay = |asks_anew: bool| {
        lake.with(|world| replay_range(world, &stream, &range, &Shard(&all), asks_anew)).unwrap();
        lake.flush(&stream);
        names(&lake.changes(&stream))
    };
    // The second is parked, and was when it was taken. The last two are taken only now.
    assert_eq!(replay(false), ["Bayview", "Other", "Hill"]);
    // What is published stays.
    assert_eq!(replay(true), ["Bayview", "Hill", "Other", "Hill"]);
    assert_eq!(replay(true), ["Bayview", "Hill", "Other", "Hill"]);
    assert_eq!(lake.state(&stream).totals.published, 4);
}

#[test]
fn columns_that_fit_nothing_are_null_and_counted() {
    let lake = Lake::new();
    let stream = stream(
        "kind: dynamodb, keys: [{ name: id }], attributes: [{ name: site_id, from: siteId }], \
         enrich: [{ lookup: sites, key: [site_id], columns: [{ name: beds, type: int64 }] }]",
    );
    lake.sites.has(ZERO, &[("beds", Value::Text("many".to_owned()))]);
    lake.deliver(&stream, &texts(&records(0..4)));
    let counted = lake.flush(&stream).account.counted;
    assert_eq!((counted["beds_invalid"], counted["lookup_miss"]), (2, 2));
}
