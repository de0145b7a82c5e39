//! What a delivery's execution hands from step to step: names, counts and keys, never rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::deliveries::{Arrival, DeliveryId, Status};

/// A file that arrived, as an execution gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// The file.
    #[serde(flatten)]
    pub arrival: Arrival,
    /// The feed that a person assigned it to; without one its name decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// What a person accepts of it.
    #[serde(default, skip_serializing_if = "Accepts::is_none")]
    pub accepts: Accepts,
    /// Whether a person has it done again though it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Who has it delivered, where that is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Until when it may still be filled, where it is empty: so long its execution waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether it was cut off while it was sent: it is told, and never read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_partial: bool,
}

impl Arrived {
    /// Takes a file that arrived, of which nobody said anything.
    #[must_use]
    pub fn of(arrival: Arrival) -> Self {
        let accepts = Accepts::default();
        Self { arrival, feed: None, accepts, again: false, by: None, until: None, is_partial: false }
    }
}

/// What a person accepts of a delivery, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accepts {
    /// More refused rows than the threshold.
    #[serde(default)]
    pub rejects: bool,
    /// Rows or cells that were there and are gone.
    #[serde(default)]
    pub loss: bool,
}

impl Accepts {
    const fn is_none(&self) -> bool {
        !self.rejects && !self.loss
    }
}

/// What a function is called with: everything that the steps before it answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The execution.
    pub execution: String,
    /// How often this step failed before.
    #[serde(default)]
    pub retries: u32,
    /// What happened so far.
    pub course: Course,
}

/// What happened so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// The file.
    pub arrived: Arrived,
    /// What the ledger says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Answered<Claimed>>,
    /// What was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Answered<Judged>>,
    /// Whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Answered<Turn>>,
    /// What is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Answered<Published>>,
    /// Why a step failed for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failed>,
}

/// The answer of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered<T> {
    /// It.
    pub answer: T,
}

/// Why a step failed, in the words of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The kind of error.
    #[serde(rename = "Error")]
    pub error: String,
    /// Why.
    #[serde(rename = "Cause", default)]
    pub cause: String,
}

/// What the ledger says of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// `new`, or what it is instead: `duplicate`, `superseded`, `unclaimed` and the like.
    pub status: String,
    /// Its feed, if it has one.
    pub feed: Option<String>,
    /// Its delivery.
    pub delivery: Option<DeliveryId>,
    /// What reads and publishes it.
    #[serde(default)]
    pub size: SizeClass,
    /// Why it is unclaimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is to be told.
    pub tell: Vec<Tell>,
}

/// What reads and publishes a file, by its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeClass {
    /// A function of ordinary size.
    #[default]
    Small,
    /// A container, or the largest function where there is no network for containers.
    Large,
}

impl SizeClass {
    /// The largest file of the ordinary size: within the 15 minutes of a function with room to spare.
    const MOST_SMALL_BYTES: u64 = 256 << 20;

    /// Returns what a file of so many bytes takes.
    #[must_use]
    pub const fn of(size_bytes: u64) -> Self {
        if size_bytes > Self::MOST_SMALL_BYTES { Self::Large } else { Self::Small }
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Rows that were read, of all tables.
    pub rows: u64,
}

/// Whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// `taken`, or `busy` while another delivery of the feed has it.
    pub state: String,
}

/// What is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// `published`, or `empty`.
    pub status: String,
    /// Rows of the delivery that are served, of all tables.
    pub rows: u64,
}

/// What was noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// What is to be told.
    pub tell: Vec<Tell>,
}

/// What looking for late deliveries is called with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueTask {
    /// The execution.
    pub execution: String,
}

/// Which feeds are fetched. A schedule says nothing: those whose time has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullAsked {
    /// Whether their time has come or not.
    #[serde(default)]
    pub now: bool,
    /// These; all that have something fetched when there are none.
    #[serde(default)]
    pub feeds: Vec<String>,
}

/// What fetching is called with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullTask {
    /// The execution.
    pub execution: String,
    /// What it was given.
    pub asked: PullAsked,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pulled {
    /// The feeds that were looked for.
    pub feeds: Vec<PulledFeed>,
    /// What is to be told.
    pub tell: Vec<Tell>,
}

/// What was fetched for a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PulledFeed {
    /// The feed.
    pub feed: String,
    /// Files that are here now.
    pub brought: usize,
    /// Files that were still being written.
    pub unsettled: usize,
    /// Files with names that are not taken.
    pub passed_over: usize,
    /// Whether somebody else was fetching it.
    pub busy: bool,
    /// The error, if not everything could be fetched.
    pub error: Option<String>,
    /// Why not.
    pub reason: Option<String>,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    /// At most 100 ASCII characters.
    pub subject: String,
    /// Names and counts, no value from the data.
    pub message: String,
    /// Whom, as a JSON list; `[]` for those who are always told.
    pub recipients: String,
}

/// What a person has changed, as the definition for it gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub by: String,
    /// What.
    pub change: Change,
}

/// What can be changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Change {
    /// A delivery is taken out of its feed.
    Withdraw {
        /// The delivery.
        delivery: DeliveryId,
    },
    /// A delivery that was taken out counts again.
    Undo {
        /// The delivery.
        delivery: DeliveryId,
    },
    /// All deliveries of a feed are judged anew.
    Rebuild {
        /// The feed.
        feed: String,
    },
    /// The refused rows of a feed are judged once more.
    Replay {
        /// The feed.
        feed: String,
    },
    /// An unclaimed file becomes a delivery.
    Assign {
        /// The id of the file.
        file: String,
        /// The feed.
        feed: String,
    },
    /// A delivery that failed is done again.
    Redrive {
        /// The id of its letter.
        letter: String,
        /// What is accepted of it.
        #[serde(default)]
        accepts: Accepts,
    },
}

/// What a feed serves after its state was computed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anew {
    /// The feed.
    pub feed: String,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What the feed serves now, where its state was computed anew.
    pub anew: Option<Anew>,
    /// The deliveries that are done because of it.
    pub sent: Vec<Sent>,
}

/// A file whose delivery is done because somebody asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Partner and name of the file.
    pub path: String,
    /// What it was found to be: `waiting`, `replaced`, `unclaimed` and the like.
    pub status: Status,
    /// Its delivery, where a feed claims it.
    pub delivery: Option<DeliveryId>,
    /// Its content.
    pub sha256: String,
    /// Why no feed does.
    pub reason: Option<String>,
    /// The execution that does it, where one was started.
    pub execution: Option<String>,
}
