//! What a delivery's execution hands from step to step: names, counts and keys, never rows.

use serde::{Deserialize, Serialize};

use crate::deliveries::{Arrival, DeliveryId};

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
    /// Why it is unclaimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is to be told.
    pub tell: Vec<Tell>,
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
