//! Reading what a function is called with.

use aws_lambda_events::dynamodb::{self, EventRecord};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::kinesis::{KinesisEvent, KinesisEventRecord};
use aws_lambda_events::s3::{S3Event, S3EventRecord};
use aws_lambda_events::sns::SnsEvent;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Batch, Change, CutOff, Delivery, Event, EventError, Fact, Item, Message, Object, Record};

/// How often an event may be wrapped: a topic in a queue is two.
const MOST_WRAPPED: usize = 4;
/// What the names of events begin with by which an object goes.
const REMOVED: [&str; 2] = ["ObjectRemoved:", "LifecycleExpiration:"];

const S3: &str = "S3";
const SNS: &str = "SNS";
const SQS: &str = "SQS";
const BUS: &str = "EventBridge";
const TRANSFER: &str = "Transfer Family";
const DYNAMODB: &str = "a stream of DynamoDB";
const KINESIS: &str = "Kinesis";

/// Reads what a function is called with. Messages of a queue or stream that cannot be read are told one by one.
///
/// # Errors
/// [`EventError`] when the call as a whole cannot be read.
pub fn decode(call: &Value) -> Result<Batch, EventError> {
    match source(call) {
        Some("aws:sqs") => {
            let event: SqsEvent = read(call, SQS)?;
            Ok(Batch { delivery: Delivery::Queue, messages: event.records.into_iter().map(queued).collect() })
        }
        Some("aws:dynamodb") => {
            let event: dynamodb::Event = read(call, DYNAMODB)?;
            Ok(Batch { delivery: Delivery::Stream, messages: event.records.into_iter().map(changed).collect() })
        }
        Some("aws:kinesis") => {
            let event: KinesisEvent = read(call, KINESIS)?;
            Ok(Batch { delivery: Delivery::Stream, messages: event.records.into_iter().map(streamed).collect() })
        }
        _ => {
            let events = unwrap(call, 1)?;
            Ok(Batch {
                delivery: Delivery::Whole,
                messages: vec![Message { id: None, group: None, events: Ok(events) }],
            })
        }
    }
}

/// Returns the source that the records of a call name.
fn source(call: &Value) -> Option<&str> {
    let record = call.get("Records")?.as_array()?.first()?;
    record.get("eventSource").or_else(|| record.get("EventSource"))?.as_str()
}

/// Reads what was said first out of what it is wrapped in.
fn unwrap(value: &Value, depth: usize) -> Result<Vec<Event>, EventError> {
    if depth > MOST_WRAPPED {
        return Err(EventError::Nested { most: MOST_WRAPPED });
    }
    if value.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    if value.get("detail-type").is_some() && value.get("source").is_some() {
        return fact(read(value, BUS)?).map(|event| vec![event]);
    }
    // A topic as a queue gets it; called directly, it sends records.
    if value.get("Type").and_then(Value::as_str) == Some("Notification") && value.get("TopicArn").is_some() {
        let message = value.get("Message").and_then(Value::as_str).ok_or(EventError::Malformed { source_name: SNS })?;
        return said(message, depth);
    }
    match source(value) {
        Some("aws:s3") => read::<S3Event>(value, S3)?.records.into_iter().map(object).collect(),
        Some("aws:sns") => {
            let mut events = Vec::new();
            for record in read::<SnsEvent>(value, SNS)?.records {
                events.extend(said(&record.sns.message, depth)?);
            }
            Ok(events)
        }
        _ => Err(EventError::Unknown),
    }
}

/// Reads a text that a queue or topic carries: an event that is wrapped in it, or what somebody put there.
fn said(text: &str, depth: usize) -> Result<Vec<Event>, EventError> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Ok(vec![Event::Text(text.to_owned())]) };
    match unwrap(&value, depth.saturating_add(1)) {
        Err(EventError::Unknown) => Ok(vec![Event::Text(text.to_owned())]),
        unwrapped => unwrapped,
    }
}

fn queued(message: SqsMessage) -> Message {
    let body = message.body.ok_or(EventError::Malformed { source_name: SQS });
    Message {
        id: message.message_id,
        group: message.attributes.get("MessageGroupId").cloned(),
        events: body.and_then(|body| said(&body, 1)),
    }
}

/// Reads a notification of S3, which writes keys as a form writes its fields.
fn object(record: S3EventRecord) -> Result<Event, EventError> {
    let malformed = EventError::Malformed { source_name: S3 };
    let name = record.event_name.ok_or(malformed)?;
    let key = record.s3.object.key.ok_or(malformed)?.replace('+', " ");
    Ok(Event::Object(Object {
        bucket: record.s3.bucket.name.ok_or(malformed)?,
        key: percent_decode_str(&key).decode_utf8().map_err(|_| malformed)?.into_owned(),
        is_there: !REMOVED.iter().any(|removed| name.starts_with(removed)),
        bytes: record.s3.object.size.and_then(|size| u64::try_from(size).ok()),
        version: record.s3.object.version_id,
        at: Timestamp::from_millisecond(record.event_time.timestamp_millis()).ok(),
        sequencer: record.s3.object.sequencer,
    }))
}

/// Reads what EventBridge brings. What S3 tells that way is about an object too; there keys are as they are.
fn fact(event: EventBridgeEvent) -> Result<Event, EventError> {
    let EventBridgeEvent { source, detail_type: kind, detail, time, .. } = event;
    let is_there = match (source.as_str(), kind.as_str()) {
        ("aws.s3", "Object Created") => true,
        ("aws.s3", "Object Deleted") => false,
        ("aws.transfer", "SFTP Server File Upload Failed") => return cut_off(&detail).map(Event::CutOff),
        _ => return Ok(Event::Fact(Fact { source, kind, detail })),
    };
    let text = |path: &str| detail.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let malformed = EventError::Malformed { source_name: BUS };
    Ok(Event::Object(Object {
        bucket: text("/bucket/name").ok_or(malformed)?,
        key: text("/object/key").ok_or(malformed)?,
        is_there,
        bytes: detail.pointer("/object/size").and_then(Value::as_u64),
        version: text("/object/version-id"),
        at: time.and_then(|time| Timestamp::from_millisecond(time.timestamp_millis()).ok()),
        sequencer: text("/object/sequencer"),
    }))
}

/// Reads what Transfer Family tells of an upload that failed: its path is `/BUCKET/KEY`, as the object has it.
fn cut_off(detail: &Value) -> Result<CutOff, EventError> {
    let malformed = EventError::Malformed { source_name: TRANSFER };
    let text = |name: &str| detail.get(name).and_then(Value::as_str).ok_or(malformed);
    let moment = |name: &str| text(name)?.parse::<Timestamp>().map_err(|_| malformed);
    let (bucket, key) = text("file-path")?.trim_start_matches('/').split_once('/').ok_or(malformed)?;
    Ok(CutOff {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        bytes: detail.get("bytes").and_then(Value::as_u64),
        began: moment("start-timestamp")?,
        ended: moment("end-timestamp")?,
    })
}

fn changed(record: EventRecord) -> Message {
    let id = record.change.sequence_number.clone();
    Message { id, group: None, events: item(record).map(|item| vec![Event::Item(item)]) }
}

fn item(record: EventRecord) -> Result<Item, EventError> {
    let malformed = EventError::Malformed { source_name: DYNAMODB };
    let at = record.change.approximate_creation_date_time.timestamp();
    let image = |item: &aws_lambda_events::dynamodb::StreamRecord, is_new: bool| {
        let image = members(if is_new { &item.new_image } else { &item.old_image });
        image.map(|image| (!image.is_empty()).then_some(image))
    };
    Ok(Item {
        stream: record.event_source_arn.ok_or(malformed)?,
        change: match record.event_name.as_str() {
            "INSERT" => Change::Inserted,
            "MODIFY" => Change::Modified,
            "REMOVE" => Change::Removed,
            _ => return Err(malformed),
        },
        keys: members(&record.change.keys).ok_or(malformed)?,
        before: image(&record.change, false).ok_or(malformed)?,
        after: image(&record.change, true).ok_or(malformed)?,
        at: Timestamp::from_second(at).map_err(|_| malformed)?,
        sequence: record.change.sequence_number.ok_or(malformed)?,
    })
}

/// Returns the attributes of an item in DynamoDB's own JSON.
fn members(item: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(item) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn streamed(record: KinesisEventRecord) -> Message {
    let malformed = EventError::Malformed { source_name: KINESIS };
    let sequence = record.kinesis.sequence_number;
    let at = Timestamp::from_second(record.kinesis.approximate_arrival_timestamp.timestamp());
    let events = match (record.event_source_arn, at) {
        (Some(stream), Ok(at)) => Ok(vec![Event::Record(Record {
            stream,
            partition: record.kinesis.partition_key,
            sequence: sequence.clone(),
            data: record.kinesis.data.0,
            at,
        })]),
        _ => Err(malformed),
    };
    Message { id: Some(sequence), group: None, events }
}

/// Reads what a source writes. Why it cannot be read is not told further: the text would quote what was sent.
fn read<T: DeserializeOwned>(value: &Value, source_name: &'static str) -> Result<T, EventError> {
    serde_json::from_value(value.clone()).map_err(|_| EventError::Malformed { source_name })
}
