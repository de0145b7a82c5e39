//! One change.

use std::borrow::Cow;

use super::item::Item;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// It is new.
    Insert,
    /// It is another.
    Modify,
    /// It is gone.
    Remove,
}

impl Op {
    /// Returns its name, as DynamoDB has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Modify => "MODIFY",
            Self::Remove => "REMOVE",
        }
    }

    /// Reads a name of DynamoDB.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Insert, Self::Modify, Self::Remove].into_iter().find(|op| op.name() == name)
    }
}

/// Why a record cannot be used, whoever delivers it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// It is not text.
    Encoding,
    /// It is no record.
    RecordShape,
    /// A column of the key has no value.
    KeyMissing,
    /// It says that a row is there, and not what it is.
    ImageMissing,
    /// A value has a type that DynamoDB has not.
    AttributeShape,
    /// Several records were put into one by the library that sends them.
    Aggregated,
    /// Something is looked up for it, and there is no such thing.
    LookupMiss,
}

impl Parked {
    /// Returns what staged batches say of such a record.
    #[must_use]
    pub fn outcome(self) -> String {
        format!("parked.{}", self.rule())
    }

    /// Returns the name of the rule.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::RecordShape => "record_shape",
            Self::KeyMissing => "key_missing",
            Self::ImageMissing => "image_missing",
            Self::AttributeShape => "attribute_shape",
            Self::Aggregated => "aggregated",
            Self::LookupMiss => "lookup_miss",
        }
    }
}

/// One change, as it was delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'r> {
    /// What happened.
    pub op: Op,
    /// Whether the time to live of the row ended.
    pub is_expired: bool,
    /// The key.
    pub keys: Item<'r>,
    /// What the row is; of one that is gone, what it was.
    pub image: Option<Item<'r>>,
    /// The text of that.
    pub image_text: Option<&'r str>,
    /// The text of what the row was before.
    pub old_text: Option<&'r str>,
    /// When it arrived at the stream: microseconds since 1970, UTC.
    pub arrived_at: i64,
    /// Its place in the shard.
    pub sequence: Cow<'r, str>,
    /// Its name.
    pub event_id: Option<Cow<'r, str>>,
}
