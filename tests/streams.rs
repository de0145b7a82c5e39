//! Changes of a stream by the command: deliveries are staged, published once, rolled back, replayed.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use crate::pages::Served;
use crate::support::{DAC, Place, dac, npi};
use serde_json::{Value, json};

const STREAM: &str = "
streams:
  visits:
    kind: files
    keys: [{ name: id }]
    attributes: [{ name: site_id, from: siteId }, { name: n, type: int64 }]
    event_time: { from: at, unit: ms }
    partition_by: [site_id, year, month, day, hour]
    filter: { where: \"n is null or n < 100\" }
";

/// A text that is in every record and must be in nothing that is told.
const MARKER: &str = "Zoë-Marker";

fn record(at: u64, key: &str, n: u64, op: &str) -> String {
    let (millis, which) = (1_772_836_200_000 + at * 60_000, if op == "REMOVE" { "OldImage" } else { "NewImage" });
    format!(
        r#"{{"eventID":"e{at}","eventName":"{op}","eventSource":"aws:dynamodb","dynamodb":{{"ApproximateCreationDateTime":1772836200,"Keys":{{"id":{{"S":"{key}"}}}},"{which}":{{"id":{{"S":"{key}"}},"siteId":{{"S":"A 7/x"}},"name":{{"S":"{MARKER}"}},"n":{{"N":"{n}"}},"at":{{"N":"{millis}"}}}},"SequenceNumber":"{}"}}}}"#,
        99_999_999_999_999_999_998_u128 + u128::from(at)
    )
}

fn place() -> Place {
    let place = Place::new();
    let file = place.path().join("pipeline_config.yaml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, config + STREAM).unwrap();
    place
}

fn deliver(place: &Place, name: &str, records: &[String]) -> Value {
    place.write(name, format!("{{\"Records\":[{}]}}", records.join(",")));
    let path = place.path().join(name);
    place.carelake(&["stream", "take", "visits", path.to_str().unwrap(), "--json"]).json()["took"].clone()
}

fn status(place: &Place) -> Value {
    place.carelake(&["stream", "status", "visits", "--json"]).json()["streams"][0].clone()
}

#[test]
fn what_is_delivered_is_published_once_can_be_taken_back_and_nothing_of_it_is_told() {
    let place = place();
    let bad = record(4, "k4", 1, "MODIFY").replace("NewImage", "Image");
    let records = [
        record(0, "k0", 1, "INSERT"),
        record(1, "k1", 2, "INSERT"),
        record(2, "k0", 3, "MODIFY"),
        record(3, "k1", 2, "REMOVE"),
        bad,
        record(5, "k5", 100, "INSERT"),
    ];
    let took = deliver(&place, "0001.json", &records);
    assert_eq!((&took["delivered"], &took["rows"], &took["filtered"]), (&json!(6), &json!(4), &json!(1)));
    assert_eq!(took["parked"], json!({ "image_missing": 1 }));
    deliver(&place, "0002.json", &records[2..]);
    let flushed = place.carelake(&["stream", "flush", "--json"]).json()["streams"][0].clone();
    assert_eq!((&flushed["published"], &flushed["delivered"], &flushed["latest"]), (&json!(4), &json!(10), &json!(1)));
    let sql = "SELECT id, n, hour FROM \"streams/visits/latest\"";
    assert_eq!(place.query(sql), ["k0,3,22"]);
    let standing = status(&place);
    assert_eq!((&standing["changes"], &standing["staged"]), (&json!(4), &json!(0)));
    assert_eq!(standing["parked"], json!({ "image_missing": 1 }));
    assert_eq!(standing["totals"]["duplicate"], json!({ "again": 4 }));

    deliver(&place, "0003.json", &[record(6, "k6", 7, "INSERT")]);
    assert_eq!(place.carelake(&["stream", "flush"]).code, Some(0));
    assert_eq!(place.carelake(&["retract", "streams/visits/changes", "2026-11-01.1"]).code, Some(2));
    assert_eq!(place.carelake(&["rollback", "streams/visits/changes"]).code, Some(0));
    assert_eq!(status(&place)["staged"], json!(1), "its batches are still to be published");
    place.carelake(&["stream", "flush"]);
    assert_eq!(status(&place)["changes"], json!(5));

    let replayed = place.carelake(&["stream", "replay", "visits", "--parked", "--json"]).json();
    assert_eq!(replayed["replayed"]["took"]["rows"], json!(0));
    assert_eq!(status(&place)["parked"], json!({ "image_missing": 1 }));
    let collected = place.carelake(&["gc", "streams/visits/changes", "--dry-run"]);
    assert_eq!(collected.code, Some(0), "{}", collected.stderr);
    for arguments in
        [&["stream", "status"][..], &["stream", "status", "--json"], &["stream", "replay", "visits", "--parked"]]
    {
        let ran = place.carelake(arguments);
        assert!(!format!("{ran:?}").contains(MARKER), "{arguments:?}");
    }
    let refused = place.carelake(&["stream", "flush", "visit"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("visits"), "{}", refused.stderr);
}

#[test]
fn records_are_given_what_a_publication_has_of_them_and_a_misspelt_look_up_is_refused() {
    let place = Place::new();
    place.write(DAC, dac(60));
    let config = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let lookups = "\nlookups:\n  people: { publication: clinicians, key: npi }\n";
    let enrich = |lookup: &str| {
        format!(
            "    enrich:\n      - {{ lookup: {lookup}, key: id, columns: [{{ name: last_name }}, {{ name: region, from: state }}], on_miss: park }}\n"
        )
    };
    place.write("pipeline_config.yaml", format!("{config}{lookups}{STREAM}{}", enrich("people")));
    place.run_clinicians(&[]).published();
    let known = [0, 1].map(|at| record(at, &npi(7), at, "MODIFY"));
    let took = deliver(&place, "0001.json", &[&known[..], &[record(2, &npi(99), 1, "INSERT")]].concat());
    assert_eq!((&took["rows"], &took["parked"]), (&json!(2), &json!({ "lookup_miss": 1 })));
    place.carelake(&["stream", "flush"]);
    let sql = "SELECT last_name, region FROM \"streams/visits/latest\"";
    assert_eq!(place.query(sql), ["LAST7,ME"]);
    for more in [&[][..], &["--re-enrich"]] {
        let replay =
            ["stream", "replay", "visits", "--parked", "--json"].iter().chain(more).copied().collect::<Vec<_>>();
        let replayed = place.carelake(&replay).json();
        assert_eq!(replayed["replayed"]["took"]["parked"], json!({ "lookup_miss": 1 }), "there is still no such row");
    }
    let resolved = place.carelake(&["config", "--resolved"]).json();
    assert_eq!(resolved["streams"][0]["lookups"], json!([{ "publication": "clinicians" }]));

    place.write("pipeline_config.yaml", format!("{config}{lookups}{STREAM}{}", enrich("peple")));
    let refused = place.carelake(&["stream", "status"]);
    assert_eq!(refused.code, Some(10), "{}", refused.stderr);
    assert!(refused.stderr.contains("streams.visits.enrich[0].lookup: `peple` is no look-up"), "{}", refused.stderr);
    assert!(refused.stderr.contains("people"), "{}", refused.stderr);
}

#[test]
fn pages_say_what_status_says_and_nothing_of_a_record() {
    let place = place();
    let bad = record(2, "k2", 1, "MODIFY").replace("NewImage", "Image");
    let modified = record(4, "k0", 3, "MODIFY");
    deliver(&place, "0001.json", &[record(0, "k0", 1, "INSERT"), record(1, "k1", 2, "INSERT"), bad, modified]);
    assert_eq!(place.carelake(&["stream", "flush"]).code, Some(0));
    deliver(&place, "0002.json", &[record(3, "k3", 1, "INSERT")]);
    let standing = status(&place);
    let served = Served::start(&place);
    let all = served.page("streams/streams");
    let row = all["tables"][0]["rows"][0]["cells"].clone();
    let shown = json!([row[2]["count"], row[3]["count"], row[4]["count"], row[5]["bytes"], row[9]["moment"]]);
    let names = ["changes", "latest", "staged", "staged_bytes", "published_at"];
    assert_eq!(shown, json!(names.map(|name| standing[name].clone())), "{all} {standing}");
    assert_eq!(row[7]["count"], json!(1));
    let one = served.page("streams/streams/visits");
    assert_eq!(
        one["tables"][2]["rows"],
        json!([{ "cells": [{ "text": "image_missing" }, { "count": 1 }], "tone": "bad" }])
    );
    let rows = |at: usize| one["tables"][at]["rows"].as_array().unwrap().len();
    assert_eq!((rows(1), rows(3)), (1, 1), "one batch waits, and one flush was: {one}");
    assert_eq!(one["charts"][0]["lines"][1]["points"][0][1], json!(3.0));
    for page in [&all, &one] {
        assert!(!page.to_string().contains(MARKER) && !page.to_string().contains("k0"), "{page}");
    }
    assert_eq!(served.code("streams/streams/none"), 404);
    // What the actions call does what their commands do.
    let actions = one["actions"].as_array().unwrap();
    assert_eq!(actions[0]["does"]["start"]["definition"], json!("stream_flush"));
    let command = actions[0]["command"].as_str().unwrap().strip_prefix("carelake ").unwrap();
    assert_eq!(place.carelake(&command.split(' ').collect::<Vec<_>>()).code, Some(0));
    assert_eq!(status(&place)["changes"], json!(4));
    let call = &actions[1]["does"]["call"];
    assert_eq!(call["function"], json!("stream_take"));
    served.call("stream_take", &call["payload"]);
    assert_eq!(status(&place)["parked"], json!({ "image_missing": 1 }), "it is as bad as it was");
}
