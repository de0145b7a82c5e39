//! Records of Kinesis: plain objects, and changes of a table of DynamoDB.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::world::{Lake, stream};

fn wrapped(sequence: u128, data: &[u8]) -> String {
    format!(
        r#"{{"eventID":"shardId-000000000006:{sequence}","eventSource":"aws:kinesis","kinesis":{{"data":"{}","sequenceNumber":"{sequence}","partitionKey":"p","approximateArrivalTimestamp":1772836200.987}}}}"#,
        STANDARD.encode(data)
    )
}

#[test]
fn an_object_is_a_row_and_its_numbers_are_as_they_were_sent() {
    let stream = stream(
        "kind: kinesis, keys: [{ name: id, type: int64 }], attributes: [{ name: d, type: decimal }, { name: city, from: a.city }, { name: j, type: json }]",
    );
    let lake = Lake::new();
    let first = wrapped(10, br#"{"id":9007199254740993,"d":0.10,"a":{"city":"x\u00e9"},"j":{"n":1.50}}"#);
    let records = [
        first.clone(),
        wrapped(11, b"\xf3\x89\x9a\xc2rest"),
        wrapped(12, b"[1]"),
        wrapped(13, b"\xff"),
        wrapped(14, br#"{"d":1}"#),
        wrapped(15, b"{").replace(&STANDARD.encode(b"{"), "***"),
        first.clone(),
    ];
    lake.deliver(&stream, &records);
    let account = lake.flush(&stream).account;
    let rules: Vec<(&str, u64)> = account.rejected.iter().map(|(rule, count)| (rule.as_str(), *count)).collect();
    assert_eq!(rules, [("aggregated", 1), ("encoding", 2), ("key_missing", 1), ("record_shape", 1)]);
    assert_eq!((account.published, account.duplicates()), (1, 1));
    let row = &lake.changes(&stream)[0];
    let told = ["op", "id", "d", "city", "j", "shard", "sequence", "arrived_at"].map(|name| row[name].as_str());
    assert_eq!(
        told,
        [
            "INSERT",
            "9007199254740993",
            "0.100000000",
            "xé",
            r#"{"n":1.50}"#,
            "shardId-000000000006",
            "10",
            "2026-03-06T22:30:00.987Z"
        ]
    );
}

#[test]
fn changes_of_a_table_come_twice_and_out_of_order_and_the_latest_moment_counts() {
    let stream =
        stream("kind: kinesis, format: dynamodb, keys: [{ name: id }], attributes: [{ name: n, type: int64 }]");
    let change = |event: &str, n: u32, micros: u64| {
        format!(
            r#"{{"eventID":"{event}","eventName":"MODIFY","tableName":"visits","dynamodb":{{"ApproximateCreationDateTime":{micros},"ApproximateCreationDateTimePrecision":"MICROSECOND","Keys":{{"id":{{"S":"k"}}}},"NewImage":{{"id":{{"S":"k"}},"n":{{"N":"{n}"}}}}}}}}"#
        )
    };
    let late = change("late", 2, 1_772_836_200_000_002);
    let early = change("early", 1, 1_772_836_200_000_001);
    let lake = Lake::new();
    // The later change has the lower place, and both come again at other places.
    lake.deliver(&stream, &[wrapped(10, late.as_bytes()), wrapped(11, early.as_bytes())]);
    lake.flush(&stream);
    lake.deliver(&stream, &[wrapped(12, late.as_bytes()), wrapped(13, early.as_bytes())]);
    let account = lake.flush(&stream).account;
    assert_eq!((account.published, account.duplicates()), (0, 2));
    assert_eq!(lake.changes(&stream).len(), 2);
    let latest = lake.latest(&stream);
    assert_eq!((latest[0]["n"].as_str(), latest[0]["arrived_at"].as_str()), ("2", "2026-03-06T22:30:00.000002Z"));
}
