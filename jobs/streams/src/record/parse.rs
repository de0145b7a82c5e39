//! A record as it was delivered becomes a change, or the reason why it cannot.

use std::borrow::Cow;

use super::change::{Change, Parked};
use super::identity::{Identity, of_event, of_place, of_text};
use super::{dynamodb, kinesis};
use crate::config::Kind;

/// A record that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<'r> {
    /// What tells it from every other.
    pub identity: Identity,
    /// What the service calls it by, where that can be told.
    pub sequence: Option<Cow<'r, str>>,
    /// The name of the event, where that can be told.
    pub event_id: Option<Cow<'r, str>>,
    /// What changed, or why that cannot be told.
    pub change: Result<Change<'r>, Parked>,
}

/// Reads a record. `shard` is where it came from, if that is known; `opened` takes what is wrapped in it.
///
/// Records that cannot be used are read as far as they can be, so that they are known when they come again.
#[must_use]
pub fn parse<'r>(kind: Kind, raw: &'r [u8], shard: Option<&str>, opened: &'r mut Vec<u8>) -> Read<'r> {
    let unread = |rule| Read { identity: of_text(raw), sequence: None, event_id: None, change: Err(rule) };
    let Ok(text) = std::str::from_utf8(raw) else { return unread(Parked::Encoding) };
    let is_wrapped = match kind {
        Kind::Kinesis | Kind::KinesisDynamodb => true,
        Kind::Files => kinesis::is_wrapped(text),
        Kind::Dynamodb | Kind::Dms => false,
    };
    if !is_wrapped {
        return match dynamodb::wire(text) {
            Some(wire) => named(wire.read(), raw, None),
            None => unread(Parked::RecordShape),
        };
    }
    let Some(envelope) = kinesis::envelope(text) else { return unread(Parked::RecordShape) };
    let shard = shard.map(Cow::Borrowed).or_else(|| envelope.shard()).unwrap_or_default().into_owned();
    let place = of_place(&shard, &envelope.sequence);
    let sequence = Some(envelope.sequence.clone());
    let unusable = |rule| Read { identity: place, sequence: sequence.clone(), event_id: None, change: Err(rule) };
    match envelope.open(opened) {
        Err(rule) => unusable(rule),
        Ok(()) => match std::str::from_utf8(opened) {
            Err(_) => unusable(Parked::Encoding),
            Ok(text) if kind == Kind::KinesisDynamodb => match dynamodb::wire(text) {
                Some(wire) => {
                    Read { sequence, ..named(wire.of_stream(&envelope.sequence).read(), text.as_bytes(), Some(place)) }
                }
                None => unusable(Parked::RecordShape),
            },
            Ok(text) => Read { identity: place, sequence, event_id: None, change: envelope.change(text) },
        },
    }
}

/// Names a record by its event; one that has none by its place, or by what it is.
fn named<'r>(read: dynamodb::Told<'r>, raw: &[u8], place: Option<Identity>) -> Read<'r> {
    let identity = match &read.event_id {
        Some(event_id) => of_event(event_id),
        None => place.unwrap_or_else(|| of_text(raw)),
    };
    Read { identity, sequence: read.sequence, event_id: read.event_id, change: read.change }
}
