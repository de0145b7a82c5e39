//! What becomes of single records: a test a rule.

use std::collections::BTreeMap;

use super::world::{Lake, Row, stream};
use crate::config::Stream;

/// When records arrive: 2026-03-06T22:30:00Z.
const ARRIVED: i64 = 1_772_836_200;

fn visits(more: &str) -> Stream {
    stream(&format!(
        "kind: dynamodb, keys: [{{ name: id }}], attributes: [{{ name: site_id, from: siteId }}, {{ name: n, type: int64 }}, \
         {{ name: city, from: address.city }}, {{ name: tag, from: \"tags[0]\" }}, {{ name: d, type: decimal }}], \
         event_time: {{ from: at, unit: ms }}, partition_by: [site_id, year, month, day, hour]{more}"
    ))
}

fn of(op: &str, image: &str, more: &str) -> String {
    let which = if op == "REMOVE" { "OldImage" } else { "NewImage" };
    format!(
        r#"{{"eventID":"e{0}","eventName":"{op}","dynamodb":{{"ApproximateCreationDateTime":{ARRIVED},"Keys":{{"id":{{"S":"k"}}}},"{which}":{image},"SequenceNumber":"{0}"}}{more}}}"#,
        image.len() + more.len() * 1000
    )
}

/// Publishes records, and answers the rows with what was counted.
fn published(stream: &Stream, records: &[String]) -> (Vec<Row>, BTreeMap<String, u64>) {
    let lake = Lake::new();
    lake.deliver(stream, records);
    let account = lake.flush(stream).account;
    let mut counted = account.counted;
    counted.extend(account.rejected.into_iter().map(|(rule, count)| (format!("parked {rule}"), count)));
    counted.extend(account.filtered);
    (lake.changes(stream), counted)
}

fn one(stream: &Stream, record: String) -> (Row, BTreeMap<String, u64>) {
    let (mut rows, counted) = published(stream, &[record]);
    (rows.pop().unwrap_or_default(), counted)
}

fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn a_row_has_what_the_record_says_and_what_is_not_declared_stays_in_the_image() {
    let image = r#"{"id":{"S":"k"},"siteId":{"S":"A-7"},"n":{"N":"12.0"},"address":{"M":{"city":{"S":"Largo"}}},"tags":{"L":[{"S":"x"}]},"at":{"N":"1772773200123"},"more":{"N":"1.50"}}"#;
    let (row, counted) = one(&visits(""), of("INSERT", image, ""));
    assert_eq!(counted, counts(&[]));
    let expected = [
        ("op", "INSERT"),
        ("ttl", "false"),
        ("id", "k"),
        ("site_id", "A-7"),
        ("n", "12"),
        ("city", "Largo"),
        ("tag", "x"),
        ("image", image),
        ("event_time", "2026-03-06T05:00:00.123Z"),
        ("arrived_at", "2026-03-06T22:30:00Z"),
        ("year", "2026"),
        ("month", "03"),
        ("day", "06"),
        ("hour", "05"),
        ("_source_file", "visits"),
    ];
    for (name, value) in expected {
        assert_eq!(row.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!row.contains_key("old_image") && !row.contains_key("shard"));
}

#[test]
fn records_that_cannot_be_used_are_parked_by_rule_and_the_others_go_on() {
    let good = of("INSERT", r#"{"id":{"S":"k"}}"#, "");
    let cases = [
        ("{}".to_owned(), "record_shape"),
        ("3".to_owned(), "record_shape"),
        (good.replace("INSERT", "UPSERT"), "record_shape"),
        (good.replace(r#""SequenceNumber":""#, r#""SequenceNumber":"x"#), "record_shape"),
        (good.replace("ApproximateCreationDateTime", "Time"), "record_shape"),
        (good.replace("eventID", "event"), "record_shape"),
        (
            good.replace(r#""Keys":{"id""#, r#""Keys":{"other""#).replace(r#""NewImage":{"id""#, r#""NewImage":{"x""#),
            "key_missing",
        ),
        (good.replace(r#"{"id":{"S":"k"}}"#, r#"{"id":{"S":""}}"#), "key_missing"),
        (good.replace("NewImage", "OldImage"), "image_missing"),
        (good.replace(r#""Keys":{"id":{"S""#, r#""Keys":{"id":{"Q""#), "attribute_shape"),
        (
            good.replace(r#""NewImage":{"id":{"S":"k"}"#, r#""NewImage":{"id":{"S":"k"},"x":{"Z":"1"}"#),
            "attribute_shape",
        ),
        (
            good.replace(r#""NewImage":{"id":{"S":"k"}"#, r#""NewImage":{"id":{"S":"k"},"x":{"N":"one"}"#),
            "attribute_shape",
        ),
        (
            good.replace(
                r#""NewImage":{"id":{"S":"k"}"#,
                r#""NewImage":{"id":{"S":"k"},"x":{"L":[{"M":{"y":{"S":1}}}]}"#,
            ),
            "attribute_shape",
        ),
    ];
    for (bad, rule) in cases {
        assert_ne!(bad, good);
        let other = of("INSERT", r#"{"id":{"S":"other"}}"#, "");
        let (rows, counted) = published(&visits(""), &[bad.clone(), other]);
        assert_eq!(
            (rows.len(), counted),
            (1, counts(&[(&format!("parked {rule}"), 1), ("event_time_missing", 1)])),
            "{bad}"
        );
    }
    let lake = Lake::new();
    let stream = visits("");
    let bytes: &[u8] = b"\xff\xfe";
    let delivery = crate::take::Delivery { records: vec![bytes], ..Default::default() };
    let took = lake.with(|world| crate::take::take(world, &stream, &delivery)).unwrap();
    assert_eq!(took.parked, counts(&[("encoding", 1)]));
    let file = crate::take::read_parked(&lake.rejects, &took.parked_file.unwrap()).unwrap();
    assert_eq!(file.lines[0].raw().unwrap(), bytes);
}

#[test]
fn a_removal_has_what_the_row_was_and_one_without_an_image_its_key() {
    let (row, _) = one(&visits(""), of("REMOVE", r#"{"id":{"S":"k"},"n":{"N":"3"}}"#, ""));
    assert_eq!((row["op"].as_str(), row["n"].as_str(), row["ttl"].as_str()), ("REMOVE", "3", "false"));
    let (row, counted) = one(&visits(""), of("REMOVE", "{}", "").replace(r#""OldImage":{},"#, ""));
    assert_eq!((row.get("n"), row["id"].as_str()), (None, "k"));
    assert_eq!(counted, counts(&[("event_time_missing", 1)]));
}

#[test]
fn only_dynamodb_itself_ends_a_time_to_live() {
    let of = |user: &str| one(&visits(""), of("REMOVE", r#"{"id":{"S":"k"}}"#, user)).0["ttl"].clone();
    assert_eq!(of(r#","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#), "true");
    for user in ["", r#","userIdentity":{"type":"Service","principalId":"other"}"#, r#","userIdentity":null"#] {
        assert_eq!(of(user), "false", "{user}");
    }
}

#[test]
fn the_event_time_is_that_of_the_record_where_it_can_be() {
    let hour = |at: &str| {
        let (row, counted) = one(&visits(""), of("INSERT", &format!(r#"{{"id":{{"S":"k"}},"at":{at}}}"#), ""));
        (row["hour"].clone(), row["day"].clone(), counted.into_keys().next().unwrap_or_default())
    };
    let told = |hour: &str, day: &str, counted: &str| (hour.to_owned(), day.to_owned(), counted.to_owned());
    let arrival = |counted: &str| told("22", "06", counted);
    assert_eq!(hour(r#"{"N":"1772600400000"}"#), told("05", "04", ""), "late, in its own folder");
    assert_eq!(hour(r#"{"S":"1772600400000"}"#), told("05", "04", ""));
    assert_eq!(hour(r#"{"N":"1772600400"}"#), arrival("event_time_out_of_range"), "seconds for milliseconds");
    assert_eq!(hour(r#"{"N":"1772600400000000"}"#), arrival("event_time_out_of_range"));
    assert_eq!(
        hour(r#"{"N":"1772922600001"}"#),
        arrival("event_time_out_of_range"),
        "more than a day after it arrived"
    );
    assert_eq!(hour(r#"{"N":"1772922600000"}"#), told("22", "07", ""));
    for missing in [r#"{"S":"yesterday"}"#, r#"{"NULL":true}"#, r#"{"S":""}"#, r#"{"BOOL":true}"#] {
        assert_eq!(hour(missing), arrival("event_time_missing"), "{missing}");
    }
}

#[test]
fn no_value_of_a_folder_leads_out_of_it_and_none_is_lost() {
    let stream = visits("");
    for (site, folder) in [
        ("B 12/x", Some("site_id=B 12%2Fx")),
        ("..", Some("site_id=..")),
        ("C=3", Some("site_id=C%3D3")),
        ("Ünit", Some("site_id=Ünit")),
        ("", None),
    ] {
        let lake = Lake::new();
        lake.deliver(&stream, &[of("INSERT", &format!(r#"{{"id":{{"S":"k"}},"siteId":{{"S":"{site}"}}}}"#), "")]);
        lake.flush(&stream);
        let (_, manifests) = carelake_core::publish::current_runs(&lake.store, &stream.changes()).unwrap().unwrap();
        let path = &manifests[0].files[0].path;
        assert!(path.starts_with(&format!("{}/", folder.unwrap_or("site_id=__HIVE_DEFAULT_PARTITION__"))), "{path}");
        assert_eq!(lake.changes(&stream)[0].get("site_id").map(String::as_str), Some(site).filter(|it| !it.is_empty()));
        assert_eq!(lake.latest(&stream)[0].get("site_id").map(String::as_str), Some(site).filter(|it| !it.is_empty()));
    }
}

#[test]
fn values_that_fit_nothing_are_null_counted_and_in_the_image() {
    let image = r#"{"id":{"S":"k"},"n":{"S":"twelve"},"d":{"N":"1.0000000005"},"at":{"N":"1772836200000"}}"#;
    let (row, counted) = one(&visits(""), of("INSERT", image, ""));
    assert_eq!((row.get("n"), row["d"].as_str(), row["image"].as_str()), (None, "1.000000000", image));
    assert_eq!(counted, counts(&[("decimal_rounded", 1), ("n_invalid", 1)]));
}

#[test]
fn the_filter_leaves_out_what_it_does_not_take_and_counts_it() {
    let stream = visits(", filter: { events: [INSERT, REMOVE], where: \"kind is null or kind != 'probe' and n > 1\" }");
    let image = |kind: &str, n: u32| {
        format!(r#"{{"id":{{"S":"k"}},"kind":{{"S":"{kind}"}},"n":{{"N":"{n}"}},"at":{{"N":"1772836200000"}}}}"#)
    };
    let records = [
        of("INSERT", &image("x", 22), ""),
        of("INSERT", &image("probe", 3), ""),
        of("INSERT", &image("other", 100), "").replace("100", "1"),
        of("MODIFY", r#"{"id":{"S":"k"}}"#, ""),
    ];
    let (rows, counted) = published(&stream, &records);
    assert_eq!((rows.len(), rows[0]["n"].as_str(), counted), (1, "22", counts(&[("filter", 3)])));
}

#[test]
fn both_images_are_kept_where_both_are_asked_for() {
    let record = of("MODIFY", r#"{"id":{"S":"k"},"n":{"N":"2"}}"#, "")
        .replace(r#""Sequence"#, r#""OldImage":{"id":{"S":"k"},"n":{"N":"1"}},"Sequence"#);
    let (row, _) = one(&visits(", images: both"), record.clone());
    assert_eq!(row["old_image"], r#"{"id":{"S":"k"},"n":{"N":"1"}}"#);
    assert_eq!(row["n"], "2");
    assert!(!one(&visits(""), record).0.contains_key("old_image"));
}
