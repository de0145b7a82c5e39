//! Where a message lies: as it was received, as JSON, or as one that could not be used.

use std::collections::BTreeMap;

use carelake_core::store::{Label, Store, StoreError};
use jiff::civil::Date;

use crate::read::Envelope;
use crate::reason::Reason;

/// What the keys of messages as they were received begin with.
pub const RAW: &str = "raw/hl7v2/";
/// What the keys of messages as JSON begin with.
pub const STAGING: &str = "staging/hl7v2/";
/// What the keys of messages that could not be used begin with.
pub const ERROR: &str = "error/hl7v2/";

/// The keys of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The bytes as they were received.
    pub raw: String,
    /// The JSON.
    pub staging: String,
    /// The bytes of one that could not be used.
    pub error: String,
}

impl Keys {
    /// Returns the keys of a message by its id and the day of its receipt in UTC.
    #[must_use]
    pub fn of(message_id: &str, received: Date) -> Self {
        let of = |zone: &str, ending: &str| format!("{zone}received={received}/{message_id}.{ending}");
        Self { raw: of(RAW, "er7"), staging: of(STAGING, "json"), error: of(ERROR, "er7") }
    }

    /// Returns the keys that the original has: of structure, MSH-7 and control id, or version, MSH-9 and control id. What has no header
    /// has those of its id.
    #[must_use]
    pub fn of_original(message_id: &str, received: Date, envelope: Option<&Envelope>) -> Self {
        let Some(envelope) = envelope else { return Self::of(message_id, received) };
        let kind: Vec<&str> = (1..=2).map(|part| envelope.component(9, part)).filter(|part| !part.is_empty()).collect();
        let stated = envelope.component(9, 3);
        let structure = if stated.is_empty() { kind.join("_") } else { stated.to_owned() };
        let (sent, control_id) = (envelope.component(7, 1), envelope.raw(10));
        let name = plain(&format!("{structure}_{sent}_{control_id}"));
        let event = envelope.raw(9).replace(envelope.component_separator(), "^");
        let refused = plain(&format!("{}_{event}_{control_id}", envelope.component(12, 1)));
        Self {
            raw: format!("{RAW}{name}.txt"),
            staging: format!("{STAGING}{name}.json"),
            error: format!("{ERROR}{refused}.txt"),
        }
    }

    /// Returns the keys that hold where the others are taken by another message.
    #[must_use]
    pub fn beside(&self, message_id: &str) -> Self {
        let short = message_id.get(..8).unwrap_or(message_id);
        let beside = |key: &str| match key.rsplit_once('.') {
            Some((name, ending)) => format!("{name}_{short}.{ending}"),
            None => format!("{key}_{short}"),
        };
        Self { raw: beside(&self.raw), staging: beside(&self.staging), error: beside(&self.error) }
    }
}

/// Returns a name in which everything but `A-Z a-z 0-9 . ^ _ -` is percent-encoded, cut so that a key may have it.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'^' | b'_' | b'-' => plain.push(char::from(byte)),
            _ => plain.push_str(&format!("%{byte:02X}")),
        }
        if plain.len() >= 180 {
            break;
        }
    }
    plain
}

/// Returns the key of what is told about a message that could not be used.
#[must_use]
pub fn account_key(error: &str) -> String {
    let name = error.strip_suffix(".er7").or_else(|| error.strip_suffix(".txt")).unwrap_or(error);
    format!("{name}.json")
}

/// Returns what says of an object which message it was made of.
#[must_use]
pub fn made_of(raw: &str) -> Label {
    Label { tags: BTreeMap::from([("data_src".to_owned(), raw.to_owned())]), metadata: BTreeMap::new() }
}

/// Writes an object in place of one that may be there and may be torn.
///
/// # Errors
/// [`StoreError`] when the store cannot be written.
pub fn put(store: &dyn Store, key: &str, bytes: &[u8], label: &Label) -> Result<(), StoreError> {
    match store.stage_labelled(key, bytes, label) {
        Err(error) if error.is_conflict() => {
            store.delete(key)?;
            store.stage_labelled(key, bytes, label).map(drop)
        }
        staged => staged.map(drop),
    }
}

/// Removes a message from the error zone.
///
/// # Errors
/// [`StoreError`] when the store cannot be written.
pub fn remove_error(store: &dyn Store, key: &str) -> Result<(), StoreError> {
    store.delete(key)?;
    store.delete(&account_key(key))
}

/// Returns whether a reason means that the bytes are no message at all.
#[must_use]
pub const fn is_no_message(reason: Reason) -> bool {
    matches!(reason, Reason::Empty | Reason::NotEr7 | Reason::CharsetUnknown | Reason::CharsetInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_page_or_of_the_original() {
        let day = jiff::civil::date(2024, 7, 14);
        let keys = Keys::of("ab12", day);
        assert_eq!(keys.raw, "raw/hl7v2/received=2024-07-14/ab12.er7");
        assert_eq!(account_key(&keys.error), "error/hl7v2/received=2024-07-14/ab12.json");
        let envelope = Envelope::of(b"MSH|^~\\&|A|B|||2016||ADT^A01|7/8|P|2.3\r", None).unwrap();
        let keys = Keys::of_original("abcdef0123", day, Some(&envelope));
        assert_eq!(keys.staging, "staging/hl7v2/ADT_A01_2016_7%2F8.json");
        assert_eq!(keys.error, "error/hl7v2/2.3_ADT^A01_7%2F8.txt");
        assert_eq!(keys.beside("abcdef0123").raw, "raw/hl7v2/ADT_A01_2016_7%2F8_abcdef01.txt");
    }
}
