//! Records of a stream of DynamoDB.

use std::borrow::Cow;

use carelake_conditions::Number;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::change::{Change, Op, Parked};
use super::item::{Item, Text};
use super::time::micros;
use crate::config::Unit;

/// A record, as it is written.
#[derive(Deserialize)]
pub(super) struct Wire<'r> {
    #[serde(borrow, default, rename = "eventID")]
    event_id: Option<Text<'r>>,
    #[serde(borrow, default, rename = "eventName")]
    event_name: Option<Text<'r>>,
    #[serde(borrow, default)]
    dynamodb: Option<Inner<'r>>,
    #[serde(borrow, default, rename = "userIdentity")]
    user_identity: Option<User<'r>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inner<'r> {
    #[serde(borrow, default)]
    approximate_creation_date_time: Option<&'r RawValue>,
    #[serde(borrow, default)]
    approximate_creation_date_time_precision: Option<Text<'r>>,
    #[serde(borrow, default)]
    keys: Option<&'r RawValue>,
    #[serde(borrow, default)]
    new_image: Option<&'r RawValue>,
    #[serde(borrow, default)]
    old_image: Option<&'r RawValue>,
    #[serde(borrow, default)]
    sequence_number: Option<Text<'r>>,
}

#[derive(Deserialize)]
struct User<'r> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'r>>,
    #[serde(borrow, default, rename = "principalId")]
    principal: Option<Text<'r>>,
}

/// What a record tells.
pub(super) struct Told<'r> {
    pub(super) event_id: Option<Cow<'r, str>>,
    pub(super) sequence: Option<Cow<'r, str>>,
    pub(super) change: Result<Change<'r>, Parked>,
}

/// Reads a record; none of a text that is no record of DynamoDB.
pub(super) fn wire(text: &str) -> Option<Wire<'_>> {
    serde_json::from_str(text).ok()
}

impl<'r> Wire<'r> {
    /// The same, with the place that a stream of Kinesis gave it.
    pub(super) fn of_stream(mut self, sequence: &str) -> Self {
        if let Some(inner) = &mut self.dynamodb {
            inner.sequence_number = Some(Text(Cow::Owned(sequence.to_owned())));
        }
        self
    }

    /// Reads what changed.
    pub(super) fn read(self) -> Told<'r> {
        let event_id = self.event_id.as_ref().map(|Text(text)| text.clone());
        let sequence = self.dynamodb.as_ref().and_then(|inner| inner.sequence_number.as_ref());
        let sequence = sequence.map(|Text(text)| text.clone());
        Told { event_id: event_id.clone(), sequence: sequence.clone(), change: self.change(event_id, sequence) }
    }

    fn change(self, event_id: Option<Cow<'r, str>>, sequence: Option<Cow<'r, str>>) -> Result<Change<'r>, Parked> {
        let is_expired = self.is_expired();
        let Inner { keys, new_image, old_image, .. } = self.dynamodb.as_ref().ok_or(Parked::RecordShape)?;
        let op = self.event_name.as_ref().and_then(|Text(name)| Op::named(name)).ok_or(Parked::RecordShape)?;
        let arrived_at = self.arrived_at().ok_or(Parked::RecordShape)?;
        let is_number = |text: &Cow<'_, str>| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = sequence.filter(is_number).ok_or(Parked::RecordShape)?;
        let event_id = Some(event_id.filter(|text| !text.is_empty()).ok_or(Parked::RecordShape)?);
        let keys = item(keys.ok_or(Parked::KeyMissing)?)?;
        let image = match (op, *new_image) {
            (Op::Remove, _) => *old_image,
            (_, Some(new)) => Some(new),
            (_, None) => return Err(Parked::ImageMissing),
        };
        let (image_text, old_text) = (image.map(RawValue::get), old_image.map(RawValue::get));
        let image = image.map(item).transpose()?;
        Ok(Change { op, is_expired, keys, image, image_text, old_text, arrived_at, sequence, event_id })
    }

    /// Whether DynamoDB itself removed the row because its time to live ended.
    fn is_expired(&self) -> bool {
        let is = |text: &Option<Text<'_>>, word: &str| text.as_ref().is_some_and(|Text(text)| text == word);
        self.user_identity
            .as_ref()
            .is_some_and(|user| is(&user.kind, "Service") && is(&user.principal, "dynamodb.amazonaws.com"))
    }

    /// Seconds, unless the record says that it counts something smaller.
    fn arrived_at(&self) -> Option<i64> {
        let inner = self.dynamodb.as_ref()?;
        let unit = match inner.approximate_creation_date_time_precision.as_ref().map(|Text(text)| &**text) {
            Some("MICROSECOND") => Unit::Micros,
            Some("MILLISECOND") => Unit::Millis,
            _ => Unit::Seconds,
        };
        micros(&Number::parse(inner.approximate_creation_date_time?.get())?, unit)
    }
}

fn item(raw: &RawValue) -> Result<Item<'_>, Parked> {
    serde_json::from_str(raw.get()).map_err(|_| Parked::AttributeShape)
}
