//! What an arriving file is to its feed: a new delivery, a correction, something known already. A pure function of the history.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::control::Control;
use super::counting::{is_superseded, latest};
use super::delivery::{Delivery, Position, Status};
use crate::feed::{Feed, Mode};

/// A file that arrived, whole, and of which the bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Who sent it: the folder that it came to.
    pub partner: String,
    /// Its name as sent, from that folder.
    pub name: String,
    /// What tells this state of the file from every other of its name: the version of an object, or time, size and number of a file.
    pub version: String,
    /// The key of the raw copy.
    pub raw: String,
    /// Which state of the raw object, where the store keeps several.
    pub edition: Option<String>,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The time of the file or object, not that of the event.
    pub modified: Timestamp,
    /// What its sender says of it, where a file beside it does.
    #[serde(default)]
    pub control: Option<Control>,
}

/// What of a feed decides what an arrival is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms<'f> {
    /// The feed.
    pub feed: &'f str,
    /// What a delivery is.
    pub mode: Mode,
    /// Whether an empty delivery is a state.
    pub allow_empty: bool,
}

/// What is known of the bytes of an arrival in its feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// The first delivery that had them.
    pub first: Position,
    /// Whether others had them too.
    pub is_shared: bool,
    /// The deliveries that were withdrawn with them.
    pub withdrawn: BTreeSet<Position>,
}

/// What is known when a file arrives.
#[derive(Debug, Clone, Copy)]
pub struct History<'h> {
    /// The feed.
    pub terms: Terms<'h>,
    /// Which delivery of it this is.
    pub position: Position,
    /// Whether the very same state of the file was heard of before.
    pub is_seen: bool,
    /// The contents of the same delivery id.
    pub contents: &'h [Delivery],
    /// The same bytes, in any delivery of the feed.
    pub bytes: Option<&'h Bytes>,
    /// The latest delivery of the feed that is accepted.
    pub served: Option<Position>,
}

/// What an arrival is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The same event or object version as before: nothing, however late.
    AlreadySeen,
    /// The bytes that count, under the id that they have: recorded, and nothing runs.
    Duplicate,
    /// A delivery that nothing is known of.
    New,
    /// Other bytes than those that count, and later: they take their place when they are accepted.
    Correction,
    /// The bytes of an attempt that failed or found nothing: another attempt.
    Again,
    /// Older than what counts for the id: kept.
    Replaced,
    /// Of a full feed, and older than what is served: kept, not judged.
    Superseded,
    /// No bytes.
    Empty,
    /// Bytes that a person took out of the feed.
    Withdrawn,
}

impl Decision {
    /// Returns whether there is something to run.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::New | Self::Correction | Self::Again)
    }

    /// Returns the status of the arrival.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::AlreadySeen | Self::Duplicate => Status::Duplicate,
            Self::New | Self::Correction | Self::Again => Status::Waiting,
            Self::Replaced => Status::Replaced,
            Self::Superseded => Status::Superseded,
            Self::Empty => Status::Empty,
            Self::Withdrawn => Status::Withdrawn,
        }
    }
}

impl<'f> From<&'f Feed> for Terms<'f> {
    fn from(feed: &'f Feed) -> Self {
        Self { feed: &feed.name, mode: feed.mode, allow_empty: feed.allow_empty }
    }
}

impl History<'_> {
    /// Returns whether another delivery of the feed has the same bytes.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.bytes.is_some_and(|bytes| bytes.is_shared || bytes.first != self.position)
    }
}

/// Decides what an arrival is.
#[must_use]
pub fn decide(history: &History<'_>, arrival: &Arrival) -> Decision {
    if history.is_seen {
        return Decision::AlreadySeen;
    }
    let same = history.contents.iter().find(|content| content.sha256 == arrival.sha256);
    let order = (same.map_or(arrival.modified, |same| same.arrived.max(arrival.modified)), arrival.sha256.as_str());
    let latest = latest(history.contents).filter(|latest| latest.sha256 != arrival.sha256);
    match same.map(|same| same.status) {
        Some(Status::Waiting | Status::Running | Status::Published | Status::Superseded) => Decision::Duplicate,
        Some(Status::Withdrawn) => Decision::Withdrawn,
        _ if history.bytes.is_some_and(|bytes| !bytes.withdrawn.is_empty()) => Decision::Withdrawn,
        _ if latest.is_some_and(|latest| order < latest.order()) => Decision::Replaced,
        _ if arrival.size_bytes == 0 && !history.terms.allow_empty => Decision::Empty,
        _ if is_superseded(history.terms.mode, history.position, history.served) => Decision::Superseded,
        Some(Status::Failed | Status::Empty) => Decision::Again,
        _ if latest.is_some() => Decision::Correction,
        _ => Decision::New,
    }
}

#[cfg(test)]
mod tests;
