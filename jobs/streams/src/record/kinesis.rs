//! Records of a stream of Kinesis: something wrapped in base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_conditions::Number;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::change::{Change, Op, Parked};
use super::item::{Item, Text};
use super::time::micros;
use super::value::members;
use crate::config::Unit;

/// What records begin with that the producer library made of several (amazon-kinesis-producer, aggregation-format.md).
const AGGREGATED: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];

#[derive(Deserialize)]
struct Wire<'r> {
    #[serde(borrow, default, rename = "eventID")]
    event_id: Option<Text<'r>>,
    #[serde(borrow)]
    kinesis: Inner<'r>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner<'r> {
    #[serde(borrow)]
    data: Text<'r>,
    #[serde(borrow)]
    sequence_number: Text<'r>,
    #[serde(borrow)]
    approximate_arrival_timestamp: &'r RawValue,
}

/// What is around a record.
pub(super) struct Envelope<'r> {
    event_id: Option<Cow<'r, str>>,
    data: Cow<'r, str>,
    pub(super) sequence: Cow<'r, str>,
    arrived_at: i64,
}

/// Returns whether a record is one of Kinesis.
pub(super) fn is_wrapped(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Source<'r> {
        #[serde(borrow, default, rename = "eventSource")]
        source: Option<Text<'r>>,
    }
    // Only what may be one is looked at closely.
    text.contains("aws:kinesis")
        && serde_json::from_str::<Source<'_>>(text)
            .is_ok_and(|it| it.source.is_some_and(|Text(source)| source == "aws:kinesis"))
}

/// Returns the shard of a record, if it tells.
pub(crate) fn shard_of(text: &str) -> Option<String> {
    envelope(text)?.shard().map(Cow::into_owned)
}

/// Reads what is around a record; none of a text that is none.
pub(super) fn envelope(text: &str) -> Option<Envelope<'_>> {
    let Wire { event_id, kinesis } = serde_json::from_str(text).ok()?;
    let Text(sequence) = kinesis.sequence_number;
    let arrived_at = micros(&Number::parse(kinesis.approximate_arrival_timestamp.get())?, Unit::Seconds)?;
    let is_number = !sequence.is_empty() && sequence.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Envelope {
        event_id: event_id.map(|Text(text)| text),
        data: kinesis.data.0,
        sequence,
        arrived_at,
    })
}

impl<'r> Envelope<'r> {
    /// Returns the shard: `shardId-000000000006:4954…` begins with it.
    pub(super) fn shard(&self) -> Option<Cow<'r, str>> {
        let (shard, _) = self.event_id.as_deref()?.split_once(':')?;
        Some(Cow::Owned(shard.to_owned()))
    }

    /// Takes the wrapping off.
    pub(super) fn open(&self, to: &mut Vec<u8>) -> Result<(), Parked> {
        to.clear();
        STANDARD.decode_vec(self.data.as_bytes(), to).map_err(|_| Parked::Encoding)?;
        if to.starts_with(&AGGREGATED) { Err(Parked::Aggregated) } else { Ok(()) }
    }

    /// Reads what it holds as an object: the row as it is now.
    pub(super) fn change<'t>(&self, text: &'t str) -> Result<Change<'t>, Parked> {
        let raw: &'t RawValue = serde_json::from_str(text).map_err(|_| Parked::RecordShape)?;
        let image = members(raw).map(Item).map_err(|_| Parked::RecordShape)?;
        Ok(Change {
            op: Op::Insert,
            is_expired: false,
            keys: Item::default(),
            image: Some(image),
            image_text: Some(raw.get()),
            old_text: None,
            arrived_at: self.arrived_at,
            sequence: Cow::Owned(self.sequence.clone().into_owned()),
            event_id: None,
        })
    }
}
