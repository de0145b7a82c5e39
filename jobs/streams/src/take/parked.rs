//! Records that cannot be used: kept as they came, with where they were and why.
//!
//! `streams/<name>/parked/<day>/<batch>.ndjson` in the place of rejects, one file a delivery that has any.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_core::hex;
use carelake_core::store::{Creation, Store};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{Identity, Parked};

/// What was said of a record, by column.
pub type SaidBefore = BTreeMap<String, Vec<String>>;

/// A record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The rule.
    pub rule: String,
    /// What tells it from every other, in hexadecimal.
    pub identity: String,
    /// The shard, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Its place in the shard, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// The name of the event, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What was said when something was looked up for it, by column: its value as JSON, and nothing where there was no such thing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: SaidBefore,
    /// The record, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// The record in base64, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_base64: Option<String>,
}

/// A file of records that cannot be used.
#[derive(Debug, Clone)]
pub struct ParkedFile {
    /// Its key in the place of rejects.
    pub key: String,
    /// Its records.
    pub lines: Vec<Line>,
}

impl Line {
    pub(super) fn of(rule: Parked, identity: &Identity) -> Self {
        Self {
            rule: rule.rule().to_owned(),
            identity: hex(identity),
            shard: None,
            sequence: None,
            event_id: None,
            said: SaidBefore::new(),
            payload: None,
            payload_base64: None,
        }
    }

    pub(super) fn holding(self, raw: &[u8]) -> Self {
        match std::str::from_utf8(raw) {
            Ok(text) => Self { payload: Some(text.to_owned()), ..self },
            Err(_) => Self { payload_base64: Some(STANDARD.encode(raw)), ..self },
        }
    }

    /// Returns the record as it came; none where the file was changed by hand.
    #[must_use]
    pub fn raw(&self) -> Option<Vec<u8>> {
        match (&self.payload, &self.payload_base64) {
            (Some(text), _) => Some(text.clone().into_bytes()),
            (None, Some(text)) => STANDARD.decode(text).ok(),
            (None, None) => None,
        }
    }
}

fn folder(stream: &Stream) -> String {
    format!("streams/{}/parked/", stream.name)
}

/// A file of records that cannot be used, once it is there.
pub(super) struct KeptFile {
    pub(super) key: String,
    /// Whether it was not there before.
    pub(super) is_new: bool,
}

/// Keeps the records of a delivery that cannot be used, and answers where. Whether those of a stream that looks things up can be used may
/// change from one delivery to the next.
pub(super) fn park(
    world: &World<'_>,
    stream: &Stream,
    day: Date,
    stem: &str,
    lines: &[Line],
) -> Result<Option<KeptFile>, StreamError> {
    if lines.is_empty() {
        return Ok(None);
    }
    let mut key = format!("{}{day}/{stem}.ndjson", folder(stream));
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(|_| StreamError::Damaged { key: key.clone() })?);
        text.push('\n');
    }
    if !stream.enrich.is_empty() {
        key = format!("{}{day}/{stem}.{:032x}.ndjson", folder(stream), xxh3_128(text.as_bytes()));
    }
    let is_new = world.rejects.create(&key, text.as_bytes())? == Creation::Created;
    Ok(Some(KeptFile { key, is_new }))
}

/// Lists the files of records of a stream that cannot be used.
///
/// # Errors
/// [`StreamError::Store`].
pub fn parked_files(rejects: &dyn Store, stream: &Stream) -> Result<Vec<String>, StreamError> {
    let found = rejects.list(&folder(stream))?;
    Ok(found.into_iter().map(|object| object.key).filter(|key| key.ends_with(".ndjson")).collect())
}

/// Reads one.
///
/// # Errors
/// [`StreamError::Store`]; [`StreamError::Damaged`] where it is not what was written.
pub fn read_parked(rejects: &dyn Store, key: &str) -> Result<ParkedFile, StreamError> {
    let damaged = || StreamError::Damaged { key: key.to_owned() };
    let text = String::from_utf8(rejects.read(key)?).map_err(|_| damaged())?;
    let lines = text.lines().map(|line| serde_json::from_str(line).map_err(|_| damaged()));
    Ok(ParkedFile { key: key.to_owned(), lines: lines.collect::<Result<_, _>>()? })
}
