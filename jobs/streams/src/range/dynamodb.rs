//! The stream of a table.

use std::collections::HashMap;

use aws_config::Region;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record, ShardIteratorType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::aws::Asking;
use super::{Page, Reader, Sent};
use crate::publish::StreamError;

/// The stream of a table.
pub(super) struct Table {
    asking: Asking,
    client: Client,
    arn: String,
}

impl Table {
    pub(super) fn new(asking: Asking, region: Option<Region>, arn: String) -> Self {
        let mut config = aws_sdk_dynamodbstreams::config::Builder::from(asking.config());
        config.set_region(region);
        Self { client: Client::from_conf(config.build()), asking, arn }
    }
}

impl Reader for Table {
    fn begin(&self, shard: &str, from: Option<&str>) -> Result<Option<String>, StreamError> {
        let kind = if from.is_some() { ShardIteratorType::AtSequenceNumber } else { ShardIteratorType::TrimHorizon };
        let call = self.client.get_shard_iterator().stream_arn(&self.arn).shard_id(shard);
        let call = call.shard_iterator_type(kind).set_sequence_number(from.map(str::to_owned));
        Ok(self.asking.ask(call.send())?.and_then(|answer| answer.shard_iterator))
    }

    fn page(&self, at: &str) -> Result<Option<Page>, StreamError> {
        let Some(answer) = self.asking.ask(self.client.get_records().shard_iterator(at).send())? else {
            return Ok(None);
        };
        let records = answer.records.unwrap_or_default().into_iter().map(sent).collect();
        Ok(Some(Page { records, next: answer.next_shard_iterator, is_newest: false }))
    }
}

/// Returns a record as Lambda hands it over. Members of items are in the order of their names: the service has none.
fn sent(record: Record) -> Sent {
    let mut change = Map::new();
    let mut sequence = String::new();
    if let Some(told) = record.dynamodb {
        if let Some(at) = told.approximate_creation_date_time {
            let at = serde_json::from_str(&seconds(&at)).unwrap_or(Value::Null);
            change.insert("ApproximateCreationDateTime".to_owned(), at);
        }
        for (name, image) in [("Keys", told.keys), ("NewImage", told.new_image), ("OldImage", told.old_image)] {
            if let Some(image) = image {
                change.insert(name.to_owned(), item(image));
            }
        }
        sequence = told.sequence_number.unwrap_or_default();
        change.insert("SequenceNumber".to_owned(), sequence.clone().into());
    }
    let mut whole = json!({
        "eventID": record.event_id, "eventSource": "aws:dynamodb",
        "eventName": record.event_name.map(|name| name.as_str().to_owned()), "dynamodb": change,
    });
    if let (Some(whole), Some(who)) = (whole.as_object_mut(), record.user_identity) {
        whole.insert("userIdentity".to_owned(), json!({ "principalId": who.principal_id, "type": who.r#type }));
    }
    Sent { sequence, record: whole.to_string() }
}

fn item(item: HashMap<String, AttributeValue>) -> Value {
    Value::Object(item.into_iter().map(|(name, found)| (name, value(found))).collect())
}

fn value(value: AttributeValue) -> Value {
    let base64 = |bytes: aws_sdk_dynamodbstreams::primitives::Blob| STANDARD.encode(bytes.into_inner());
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(text) => json!({ "N": text }),
        AttributeValue::B(bytes) => json!({ "B": base64(bytes) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(texts) => json!({ "NS": texts }),
        AttributeValue::Bs(all) => json!({ "BS": all.into_iter().map(base64).collect::<Vec<_>>() }),
        AttributeValue::M(members) => json!({ "M": item(members) }),
        AttributeValue::L(items) => json!({ "L": items.into_iter().map(self::value).collect::<Vec<_>>() }),
        AttributeValue::Null(is_null) => json!({ "NULL": is_null }),
        AttributeValue::Bool(is_so) => json!({ "BOOL": is_so }),
        // A type that is newer than this client: such a record is parked, as one that Lambda brings.
        _ => json!({ "UNKNOWN": "" }),
    }
}

/// Returns the seconds since 1970, with what is less than one behind a point, and nothing by a float.
fn seconds(at: &aws_sdk_dynamodbstreams::primitives::DateTime) -> String {
    match at.subsec_nanos() {
        0 => at.secs().to_string(),
        nanos => format!("{}.{nanos:09}", at.secs()),
    }
}
