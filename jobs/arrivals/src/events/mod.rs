//! Events: what AWS calls a function with, as few plain types.
//!
//! One call brings a batch of messages; each message is read by itself, so that one that cannot be read fails alone. What comes
//! through a topic, a queue or both is unwrapped to what was said first. Events are told at least once and in any order:
//! whoever acts on one must find out whether it was acted on before.

mod answer;
mod decode;

use carelake_core::ErrorKind;
use jiff::Timestamp;
use serde_json::{Map, Value};

pub use decode::decode;

/// What one call brings.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// How it came, which decides how parts of it can fail.
    pub delivery: Delivery,
    /// The messages, in the order in which they came.
    pub messages: Vec<Message>,
}

/// How a batch came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// By a call that succeeds or fails as a whole: of S3, SNS or EventBridge.
    Whole,
    /// From a queue, where each message can fail.
    Queue,
    /// From a stream, which goes on before the first message that failed.
    Stream,
}

/// One message of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What the answer calls it by; nothing where nothing can be answered.
    pub id: Option<String>,
    /// The group whose messages stay in order, in a queue that has groups.
    pub group: Option<String>,
    /// What it tells: nothing where the source only tried whether it may send, or why it cannot be read.
    pub events: Result<Vec<Event>, EventError>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Something happened to an object of a bucket.
    Object(Object),
    /// A file was cut off while somebody sent it.
    CutOff(CutOff),
    /// An item of a DynamoDB table was changed.
    Item(Item),
    /// A record came by a Kinesis stream.
    Record(Record),
    /// Somebody told something by EventBridge.
    Fact(Fact),
    /// Somebody put a text into a queue or topic.
    Text(String),
}

/// What happened to an object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The bucket.
    pub bucket: String,
    /// The key, as the object has it.
    pub key: String,
    /// Whether it is there now; otherwise it was removed.
    pub is_there: bool,
    /// Its length in bytes, if told.
    pub bytes: Option<u64>,
    /// Its version, in a bucket that keeps versions.
    pub version: Option<String>,
    /// When it happened, if told: the same however often and however late it is told.
    pub at: Option<Timestamp>,
    /// Of two events about one key, the one with the greater text is the later, if both are made as long with zeros before.
    pub sequencer: Option<String>,
}

/// An upload by SFTP that failed: what there is of the object is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// The bucket.
    pub bucket: String,
    /// The key, as the object has it.
    pub key: String,
    /// Bytes that came, if told.
    pub bytes: Option<u64>,
    /// When it began.
    pub began: Timestamp,
    /// When it failed.
    pub ended: Timestamp,
}

/// How an item was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Inserted,
    /// It is another.
    Modified,
    /// It is gone.
    Removed,
}

/// A changed item of a DynamoDB table, in DynamoDB's own JSON: numbers are texts, and exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The ARN of the stream, which names the table.
    pub stream: String,
    /// How it was changed.
    pub change: Change,
    /// Its key.
    pub keys: Map<String, Value>,
    /// What it was, if the stream tells.
    pub before: Option<Map<String, Value>>,
    /// What it is, if the stream tells.
    pub after: Option<Map<String, Value>>,
    /// When it was changed, to about a second.
    pub at: Timestamp,
    /// Its place in the shard of the stream.
    pub sequence: String,
}

/// A record of a Kinesis stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The ARN of the stream.
    pub stream: String,
    /// What keeps records in order.
    pub partition: String,
    /// Its place in the shard.
    pub sequence: String,
    /// What it holds.
    pub data: Vec<u8>,
    /// When it arrived.
    pub at: Timestamp,
}

/// What somebody told by EventBridge.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Who.
    pub source: String,
    /// What kind of thing.
    pub kind: String,
    /// The thing.
    pub detail: Value,
}

/// Why an event cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It comes from none of the sources that are known.
    #[error("the event comes from no known source; look at what calls the function")]
    Unknown,
    /// It is not as its source writes it.
    #[error("the event is not as {source_name} writes it; look at what calls the function")]
    Malformed {
        /// The source.
        source_name: &'static str,
    },
    /// Topics and queues are wrapped into one another more often than makes sense.
    #[error("the event is wrapped more than {most} times; look at how topics and queues are joined")]
    Nested {
        /// How often it may be.
        most: usize,
    },
}

impl EventError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        ErrorKind::INVALID_CONFIG
    }
}

#[cfg(test)]
mod tests;
