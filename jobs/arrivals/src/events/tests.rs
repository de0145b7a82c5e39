//! Calls as AWS makes them.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn s3_records(key: &str, name: &str) -> Value {
    json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-01T06:00:00.000Z",
        "eventName": name, "userIdentity": {"principalId": "AWS:AIDA"}, "requestParameters": {"sourceIPAddress": "10.0.0.1"},
        "responseElements": {"x-amz-request-id": "1"},
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "arrivals",
            "bucket": {"name": "raw", "ownerIdentity": {"principalId": "A"}, "arn": "arn:aws:s3:::raw"},
            "object": {"key": key, "size": 1024, "eTag": "d41d", "versionId": "v1", "sequencer": "0055AED6DCD90281E5"},
        },
    }]})
}

fn object(key: &str, is_there: bool) -> Event {
    let (version, sequencer) = (Some("v1".into()), Some("0055AED6DCD90281E5".into()));
    let at = Some("2026-11-01T06:00:00Z".parse().unwrap());
    Event::Object(Object { bucket: "raw".into(), key: key.into(), is_there, bytes: Some(1024), version, at, sequencer })
}

fn notification(message: &str) -> Value {
    json!({
        "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:1:topic", "Subject": "Amazon S3 Notification",
        "Message": message, "Timestamp": "2026-11-01T06:00:00.000Z", "SignatureVersion": "1", "Signature": "x",
        "SigningCertURL": "https://x", "UnsubscribeURL": "https://x", "MessageAttributes": {},
    })
}

fn queue(bodies: &[(&str, Option<&str>)]) -> Value {
    let record = |(place, (body, group)): (usize, &(&str, Option<&str>))| {
        let mut attributes = json!({"ApproximateReceiveCount": "1"});
        if let Some(group) = group {
            attributes["MessageGroupId"] = json!(group);
        }
        json!({
            "messageId": format!("m{place}"), "receiptHandle": "r", "body": body, "attributes": attributes,
            "messageAttributes": {}, "md5OfBody": "x", "eventSource": "aws:sqs", "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:sqs:us-east-1:1:arrivals",
        })
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn events(call: &Value) -> Vec<Event> {
    decode(call).unwrap().messages.into_iter().flat_map(|message| message.events.unwrap()).collect()
}

#[test]
fn a_key_is_what_the_object_is_called_however_it_is_told() {
    for (told, key) in
        [("a/b+c.csv", "a/b c.csv"), ("a%2Bb%C3%A9.csv", "a+bé.csv"), ("a%25+%26", "a% &"), ("plain", "plain")]
    {
        assert_eq!(events(&s3_records(told, "ObjectCreated:Put")), [object(key, true)], "{told}");
    }
    let bus = json!({
        "version": "0", "id": "1", "detail-type": "Object Created", "source": "aws.s3", "account": "1",
        "time": "2026-11-01T06:00:00Z", "region": "us-east-1", "resources": ["arn:aws:s3:::raw"],
        "detail": {
            "version": "0", "bucket": {"name": "raw"}, "reason": "PutObject",
            "object": {"key": "a/b+c%20.csv", "size": 1024, "etag": "d41d", "version-id": "v1", "sequencer": "0055AED6DCD90281E5"},
        },
    });
    assert_eq!(events(&bus), [object("a/b+c%20.csv", true)]);
    assert_eq!(decode(&s3_records("a%FF", "ObjectCreated:Put")), Err(EventError::Malformed { source_name: "S3" }));
}

#[test]
fn an_object_that_went_is_not_there() {
    for name in ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete"] {
        assert_eq!(events(&s3_records("a", name)), [object("a", false)], "{name}");
    }
    for name in ["ObjectCreated:CompleteMultipartUpload", "ObjectRestore:Completed"] {
        assert_eq!(events(&s3_records("a", name)), [object("a", true)], "{name}");
    }
}

#[test]
fn what_comes_through_topics_and_queues_is_unwrapped() {
    let inner = s3_records("a", "ObjectCreated:Put").to_string();
    let by_topic = notification(&inner).to_string();
    assert_eq!(events(&queue(&[(&inner, None), (&by_topic, None)])), [object("a", true), object("a", true)]);
    let mut sns = notification(&inner);
    (sns["SigningCertUrl"], sns["UnsubscribeUrl"]) = (json!("https://x"), json!("https://x"));
    sns.as_object_mut().unwrap().retain(|name, _| !name.ends_with("URL"));
    let call = json!({"Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:aws:sns:us-east-1:1:topic:2", "Sns": sns,
    }]});
    assert_eq!(decode(&call).unwrap().delivery, Delivery::Whole);
    assert_eq!(events(&call), [object("a", true)]);
    let mut deep = inner;
    for _ in 0..4 {
        deep = notification(&deep).to_string();
    }
    let batch = decode(&queue(&[(&deep, None)])).unwrap();
    assert_eq!(batch.messages[0].events, Err(EventError::Nested { most: 4 }));
}

#[test]
fn what_s3_sends_to_try_whether_it_may_is_no_event() {
    let test =
        json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-01T06:00:00Z", "Bucket": "raw"});
    let by_topic = notification(&test.to_string()).to_string();
    let batch = decode(&queue(&[(&test.to_string(), None), (&by_topic, None)])).unwrap();
    assert_eq!(batch.messages.len(), 2);
    assert_eq!(events(&queue(&[(&test.to_string(), None), (&by_topic, None)])), []);
    assert_eq!(events(&test), []);
}

#[test]
fn a_message_that_cannot_be_read_fails_alone() {
    let damaged = json!({"Records": [{"eventSource": "aws:s3", "s3": 1}]}).to_string();
    let batch = decode(&queue(&[("plain text", None), (&damaged, None), (r#"{"ours": 1}"#, None)])).unwrap();
    let read: Vec<&Result<Vec<Event>, EventError>> = batch.messages.iter().map(|message| &message.events).collect();
    let text = |text: &str| Ok(vec![Event::Text(text.into())]);
    assert_eq!(read, [&text("plain text"), &Err(EventError::Malformed { source_name: "S3" }), &text(r#"{"ours": 1}"#)]);
    let answer = batch.answer(&BTreeSet::from([1])).unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m1"}]}));
    assert_eq!(batch.answer(&BTreeSet::new()).unwrap(), json!({"batchItemFailures": []}));
    let secret = format!("{:?}", decode(&json!({"Records": [{"eventSource": "aws:sqs", "body": {"name": "secret"}}]})));
    assert!(!secret.contains("secret"), "{secret}");
}

#[test]
fn what_comes_after_a_failed_message_of_its_group_is_tried_again_behind_it() {
    let batch =
        decode(&queue(&[("0", Some("a")), ("1", Some("b")), ("2", Some("a")), ("3", None), ("4", Some("b"))])).unwrap();
    let again = |failed: usize| {
        let answer = batch.answer(&BTreeSet::from([failed])).unwrap();
        let ids = answer["batchItemFailures"].as_array().unwrap().iter().map(|id| id["itemIdentifier"].clone());
        ids.map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(again(0), ["m0", "m2"]);
    assert_eq!(again(2), ["m2"]);
    assert_eq!(again(3), ["m3"]);
}

#[test]
fn a_call_that_fails_as_a_whole_has_no_answer_for_a_part() {
    let batch = decode(&s3_records("a", "ObjectCreated:Put")).unwrap();
    assert_eq!(batch.answer(&BTreeSet::from([0])), None);
    assert!(batch.answer(&BTreeSet::new()).is_some());
}

#[test]
fn changes_of_items_keep_their_numbers_exact_and_the_stream_goes_on_before_the_first_that_failed() {
    let record = |name: &str, sequence: &str, images: Value| {
        let mut change = json!({
            "ApproximateCreationDateTime": 1790000000.0, "Keys": {"id": {"S": "1"}}, "SequenceNumber": sequence,
            "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES",
        });
        change.as_object_mut().unwrap().extend(images.as_object().unwrap().clone());
        json!({
            "eventID": sequence, "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1", "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:us-east-1:1:table/t/stream/s",
        })
    };
    let exact = json!({"n": {"N": "12345678901234567890.123456789"}, "l": {"L": [{"NULL": true}, {"BOOL": false}]}});
    let call = json!({"Records": [
        record("INSERT", "10", json!({"NewImage": exact})),
        record("MODIFY", "11", json!({"OldImage": {"a": {"S": "x"}}, "NewImage": {"a": {"S": "y"}}})),
        record("REMOVE", "12", json!({"OldImage": {"a": {"S": "y"}}})),
        record("OTHER", "13", json!({})),
    ]});
    let batch = decode(&call).unwrap();
    let items: Vec<Item> = batch.messages[..3]
        .iter()
        .map(|message| match message.events.as_deref() {
            Ok([Event::Item(item)]) => item.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        items.iter().map(|item| item.change).collect::<Vec<_>>(),
        [Change::Inserted, Change::Modified, Change::Removed]
    );
    assert_eq!(Value::Object(items[0].after.clone().unwrap()), exact);
    assert_eq!((&items[0].before, &items[2].after), (&None, &None));
    assert_eq!((items[0].at.as_second(), items[0].sequence.as_str()), (1_790_000_000, "10"));
    assert_eq!(Value::Object(items[0].keys.clone()), json!({"id": {"S": "1"}}));
    assert!(batch.messages[3].events.is_err());
    let answer = batch.answer(&BTreeSet::from([3, 1])).unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "11"}]}));
}

#[test]
fn records_of_kinesis_and_facts_of_eventbridge_are_read() {
    let call = json!({"Records": [{
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "p", "sequenceNumber": "49", "data": "aGVsbG8=",
            "approximateArrivalTimestamp": 1790000000.5,
        },
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": "shard:49", "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::1:role/r", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:1:stream/s",
    }]});
    let events_of_call = events(&call);
    let [Event::Record(record)] = events_of_call.as_slice() else { panic!("no record") };
    assert_eq!(
        (record.data.as_slice(), record.sequence.as_str(), record.partition.as_str()),
        (&b"hello"[..], "49", "p")
    );
    let fact = json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {"a": 1}});
    let expected = Fact { source: "aws.events".into(), kind: "Scheduled Event".into(), detail: json!({"a": 1}) };
    assert_eq!(events(&fact), [Event::Fact(expected)]);
    assert_eq!(decode(&json!({"key": "value"})), Err(EventError::Unknown));
}

#[test]
fn an_upload_that_failed_is_told_with_its_bucket_and_key() {
    let told = |path: &str, began: &str| {
        json!({
            "version": "0", "id": "e", "detail-type": "SFTP Server File Upload Failed", "source": "aws.transfer", "account": "1",
            "time": "2026-11-01T06:01:00Z", "region": "us-east-1", "resources": [],
            "detail": {
                "protocol": "SFTP", "status-code": "FAILED", "bytes": 4096, "file-path": path, "username": "bayview", "session-id": "s",
                "server-id": "s-1", "start-timestamp": began, "end-timestamp": "2026-11-01T06:01:00.5Z",
            },
        })
    };
    let cut = CutOff {
        bucket: "raw".into(),
        key: "intake/bayview/a b+c.csv".into(),
        bytes: Some(4096),
        began: "2026-11-01T06:00:00Z".parse().unwrap(),
        ended: "2026-11-01T06:01:00.5Z".parse().unwrap(),
    };
    let sound = told("/raw/intake/bayview/a b+c.csv", "2026-11-01T06:00:00Z");
    assert_eq!(events(&sound), [Event::CutOff(cut.clone())]);
    assert_eq!(events(&queue(&[(&sound.to_string(), None)])), [Event::CutOff(cut)]);
    for broken in [told("/raw", "2026-11-01T06:00:00Z"), told("/raw/a.csv", "yesterday")] {
        assert_eq!(decode(&broken), Err(EventError::Malformed { source_name: "Transfer Family" }));
    }
}
