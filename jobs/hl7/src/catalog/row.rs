//! What the rows of the catalogue hold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In staging.
    Stored,
    /// In staging, as another message that says the same.
    Duplicate,
    /// In the error zone.
    Error,
}

/// What is known of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indexed {
    /// Where it is.
    pub state: State,
    /// When it was received.
    pub received_at: Timestamp,
    /// How it came: `http`, `mllp`, `file`.
    pub way_in: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The key of its bytes.
    pub raw_key: String,
    /// The key of its JSON, or of its bytes in the error zone.
    pub key: String,
    /// The size of what lies there, in bytes.
    pub key_bytes: u64,
    /// The character set that its request said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// MSH-10.
    #[serde(default)]
    pub control_id: String,
    /// MSH-3.1 and MSH-4.1.
    #[serde(default)]
    pub sender: (String, String),
    /// MSH-9.
    #[serde(default)]
    pub event: String,
    /// MSH-12.
    #[serde(default)]
    pub version: String,
    /// The structure.
    #[serde(default)]
    pub structure: String,
    /// MSH-7, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
    /// Under whom it is filed: one for each PID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patients: Vec<String>,
    /// What was odd.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Why it could not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The message that says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// SHA-256 of what must be the same where a message is sent again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
}

/// Which message has the control id of a sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Control {
    pub(super) message_id: String,
    pub(super) content: String,
}

/// How an identifier is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Held {
    Active,
    Moved,
    Merged,
}

/// Whose an identifier is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identifier {
    pub(super) uuid: String,
    pub(super) status: Held,
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) message_id: String,
    /// Whose it was before, until when; the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) before: Vec<Before>,
}

/// Whose an identifier was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) uuid: String,
    /// Microseconds since 1970.
    pub(super) until: i64,
}

impl Identifier {
    /// Returns whose it was at a moment.
    pub(super) fn at(&self, micros: i64) -> &str {
        self.before.iter().find(|before| micros < before.until).map_or(&self.uuid, |before| &before.uuid)
    }
}

/// What is known of a patient besides identifiers and messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) merged_into: Option<Merged>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) merged_from: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) linked: BTreeMap<String, Linked>,
    /// With whom it was taken for one, and whether that is still to be decided.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) conflicts: BTreeMap<String, bool>,
}

/// Into whom a patient was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Merged {
    pub(super) uuid: String,
    /// Microseconds since 1970.
    pub(super) at: i64,
}

/// Whether two patients are linked, as of what was said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Linked {
    pub(super) at: i64,
    pub(super) is_on: bool,
}

/// What links patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// One became the other.
    Merge,
    /// An identifier became another's, or an account or a visit.
    Move,
    /// They are shown together.
    Link,
    /// They are no longer.
    Unlink,
    /// A message took them for one.
    Conflict,
    /// Somebody decided about them.
    Manual,
}

/// A link between patients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// The other patient; none where only an identifier is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The identifiers that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_ids: Vec<String>,
    /// The event, such as `ADT^A40`.
    pub event: String,
    /// When it happened, in microseconds since 1970.
    pub at: i64,
    /// The message that tells of it.
    pub message_id: String,
}

/// Two patients that a message took for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Both.
    pub patients: (String, String),
    /// The message.
    pub message_id: String,
    /// When it was received.
    pub at: Timestamp,
    /// What was decided: `merged`, `apart`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<String>,
}

/// What a patient is to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It is about it.
    Subject,
    /// It is about one that it became.
    Prior,
}

/// A message of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `HL7_<structure>_<MSH-7>_<message id>`.
    pub code: String,
    /// The key of its JSON.
    pub s3_key: String,
    /// The key of its bytes.
    pub raw_key: String,
    /// MSH-10.
    pub provided_id: String,
    /// Its id.
    pub message_id: String,
    /// MSH-9.
    pub event: String,
    /// MSH-12.
    pub version: String,
    /// MSH-7, as it was sent.
    pub sent_at: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// What the patient is to it.
    pub role: Role,
}
