//! What a delivery is: one content of one delivery id, and how it stands.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use carelake_core::account::Account;
use carelake_core::names::RunId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::identity::Arrival;

use super::control::Control;

/// What tells a delivery of a feed from the others: the day that it declares, and its number where its name has one. Deliveries of
/// a feed are in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The delivery date.
    pub date: Date,
    /// The sequence; 0 where the name has none.
    pub sequence: u32,
}

/// The id of a delivery, written `bayview_roster/2026-08-03`, or `bayview_roster/2026-08-03.12` with a sequence.
///
/// ```
/// use carelake_intake::deliveries::DeliveryId;
/// let id: DeliveryId = "bayview_roster/2026-08-03.12".parse()?;
/// assert_eq!((id.feed.as_str(), id.position.sequence), ("bayview_roster", 12));
/// assert_eq!(id.to_string(), "bayview_roster/2026-08-03.12");
/// # Ok::<(), carelake_intake::deliveries::NoDelivery>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeliveryId {
    /// The feed.
    pub feed: String,
    /// Which of its deliveries.
    pub position: Position,
}

/// Why a text is not the id of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a delivery; a delivery is a feed, a slash and a date, as in bayview_roster/2026-08-03")]
pub struct NoDelivery;

/// One content of a delivery: of several with one id, [`counting`](super::counting) says which counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The id, which other contents may have too.
    pub id: DeliveryId,
    /// Who sent it.
    pub partner: String,
    /// The name as sent, from the partner's folder.
    pub name: String,
    /// The key of the raw copy.
    pub raw: String,
    /// Which state of the raw object, where the store keeps several.
    pub edition: Option<String>,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// The size in bytes.
    pub size_bytes: u64,
    /// What its sender says of it, where a file beside it does.
    #[serde(default)]
    pub control: Option<Control>,
    /// The time of the file or object; of a content that came several times the latest.
    pub arrived: Timestamp,
    /// When intake first heard of it.
    pub received: Timestamp,
    /// When the last attempt began.
    pub started: Option<Timestamp>,
    /// When it was first published.
    pub published: Option<Timestamp>,
    /// How it stands.
    pub status: Status,
    /// What the thresholds said, which is said once.
    pub verdict: Verdict,
    /// The number of the attempt, from 1; 0 where there is none to be made.
    pub attempts: u32,
    /// The execution of the last attempt.
    pub execution: Option<String>,
    /// The kind of error of the last attempt that failed.
    pub error: Option<String>,
    /// Its reason, or the column or rule that it is about; never a value.
    pub reason: Option<String>,
    /// What became of its rows, by table.
    pub tables: BTreeMap<String, TableEnd>,
    /// The hash of the mapping that it was judged by.
    pub mapping: Option<String>,
    /// Who let it pass in spite of its rejects.
    pub accept_rejects: Option<Act>,
    /// Who let it pass in spite of lost content.
    pub accept_loss: Option<Act>,
    /// The content of the same id that counted before.
    pub replaces: Option<String>,
    /// Who took it out of the feed.
    pub withdrawn: Option<Act>,
    /// Whether another delivery of the feed has the same bytes.
    pub is_unchanged: bool,
}

/// What became of the rows of a delivery in one table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableEnd {
    /// The figures.
    pub account: Account,
    /// The run that published them; none before that, and none where they did not become the state.
    pub run_id: Option<RunId>,
}

/// What a person did, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is to be judged and published.
    Waiting,
    /// It is being judged or published.
    Running,
    /// It counts, and is or was published.
    Published,
    /// It is known already, and nothing came of it.
    Duplicate,
    /// It is of a full feed and older than what is served: kept, and not judged unless the newer ones go.
    Superseded,
    /// There is nothing in it.
    Empty,
    /// It was refused, or its last attempt failed.
    Failed,
    /// It was taken out of the feed.
    Withdrawn,
    /// A later content of the same id counts.
    Replaced,
    /// It is of no feed.
    Unclaimed,
    /// Its name is one that is never taken.
    Ignored,
}

/// What the thresholds said of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing yet.
    Open,
    /// It is one of the accepted deliveries of its feed, for good.
    Accepted,
    /// It is none of them, unless another attempt is accepted.
    Refused,
}

impl Delivery {
    /// Returns the file as it arrived.
    #[must_use]
    pub fn arrival(&self) -> Arrival {
        Arrival {
            partner: self.partner.clone(),
            name: self.name.clone(),
            version: format!("{}-{}", self.sha256, self.attempts),
            raw: self.raw.clone(),
            edition: self.edition.clone(),
            sha256: self.sha256.clone(),
            size_bytes: self.size_bytes,
            modified: self.arrived,
            control: self.control.clone(),
        }
    }
}

impl Status {
    /// Returns its name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Published => "published",
            Self::Duplicate => "duplicate",
            Self::Superseded => "superseded",
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
            Self::Unclaimed => "unclaimed",
            Self::Ignored => "ignored",
        }
    }

    /// Returns whether an attempt is to be made or being made.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

impl Delivery {
    /// Returns what contents of one id are ordered by: the later one counts, whatever was heard of first.
    #[must_use]
    pub fn order(&self) -> (Timestamp, &str) {
        (self.arrived, &self.sha256)
    }

    /// Returns the name of the attempt: at most 48 characters of the feed, 16 digits of the hash, the delivery, the attempt.
    #[must_use]
    pub fn execution_name(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let feed: String = self.id.feed.chars().map(|c| if is_plain(c) { c } else { '_' }).take(48).collect();
        let hash: String = self.sha256.chars().take(16).collect();
        let Position { date, sequence } = self.id.position;
        // Two deliveries may have the same bytes.
        let day = date.strftime("%y%m%d");
        match sequence {
            0 => format!("{feed}-{hash}-{day}-{}", self.attempts),
            sequence => format!("{feed}-{hash}-{day}_{sequence}-{}", self.attempts),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence {
            0 => write!(to, "{}", self.date),
            sequence => write!(to, "{}.{sequence}", self.date),
        }
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}/{}", self.feed, self.position)
    }
}

impl FromStr for DeliveryId {
    type Err = NoDelivery;

    fn from_str(text: &str) -> Result<Self, NoDelivery> {
        let (feed, position) = text.rsplit_once('/').ok_or(NoDelivery)?;
        let (date, sequence) = match position.split_once('.') {
            Some((date, sequence)) => (date, sequence.parse().map_err(|_| NoDelivery)?),
            None => (position, 0),
        };
        let date = date.parse().map_err(|_| NoDelivery)?;
        let id = Self { feed: feed.to_owned(), position: Position { date, sequence } };
        // Only the one way to write it, which is a key.
        if !feed.is_empty() && id.to_string() == text { Ok(id) } else { Err(NoDelivery) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_in_one_way_only() {
        for text in ["feed/2026-08-03", "feed/2026-08-03.1", "feed/2026-08-03.4294967295"] {
            assert_eq!(text.parse::<DeliveryId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "feed",
            "/2026-08-03",
            "feed/",
            "feed/20260803",
            "feed/2026-08-03.0",
            "feed/2026-08-03.01",
            "feed/2026-08-03.x",
        ] {
            assert_eq!(text.parse::<DeliveryId>(), Err(NoDelivery), "{text}");
        }
    }

    #[test]
    fn deliveries_are_in_order_of_date_then_sequence() {
        let ids = ["f/2026-08-03", "f/2026-08-03.2", "f/2026-08-03.10", "f/2026-08-04.1"];
        let ids: Vec<DeliveryId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        assert!(ids.is_sorted());
    }
}
