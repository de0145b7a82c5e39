//! The fields that only a Distributed Map has: where its items come from, how they are batched, where its results go.

use serde_json::Value;

use super::container::Amount;
use crate::failure::{Failure, MAX_PAYLOAD_BYTES};
use crate::machine::Kind;
use crate::scope::Scope;
use crate::template::Template;

/// How many children run at once when the definition does not say.
/// Source: AWS Step Functions developer guide, "Using Map state in Distributed mode", limit of `MaxConcurrency`.
pub const MAX_CHILDREN_AT_ONCE: usize = 10_000;

/// What makes a Map a distributed one.
#[derive(Debug, Clone, PartialEq)]
pub struct Distributed {
    /// How AWS would run the children.
    pub execution_type: Kind,
    /// The name of the Map in ARNs; made from the state's name when not given.
    pub label: Option<String>,
    /// Where the items come from; `None` for the state's own data.
    pub reader: Option<ItemReader>,
    /// How items are put together, so that a child gets several.
    pub batcher: Option<ItemBatcher>,
    /// Where and how the results are written.
    pub writer: Option<ResultWriter>,
}

/// Where items come from.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReader {
    /// What is read, and how.
    pub source: ItemSource,
    /// The bucket and the key or prefix.
    pub parameters: Option<Template>,
    /// How many items are read at most; `None` and 0 for all.
    pub max_items: Option<Amount>,
}

/// What items are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemSource {
    /// The elements of an array in a JSON object, which a JSON pointer may name.
    Json {
        /// `ItemsPointer`.
        pointer: Option<String>,
    },
    /// The lines of a file of JSON lines.
    JsonLines,
    /// The rows of a CSV file.
    Csv(Csv),
    /// The rows of the files of an S3 inventory.
    Manifest,
    /// The objects below a prefix.
    List,
}

/// How a CSV file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// The names of the columns; `None` when they stand in the first row.
    pub headers: Option<Vec<String>>,
    /// What separates two fields.
    pub delimiter: u8,
}

/// How items are put together.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemBatcher {
    /// How many items a batch has at most.
    pub max_items: Option<Amount>,
    /// How many bytes the input of a child has at most.
    pub max_bytes: Option<Amount>,
    /// What every batch gets beside its items.
    pub input: Option<Template>,
}

/// Where and how results are written.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultWriter {
    /// The bucket and the prefix; `None` when results are only put into another shape.
    pub target: Option<Template>,
    /// The shape of the results.
    pub transformation: Transformation,
    /// Whether results are written as JSON lines instead of one array.
    pub is_lines: bool,
}

/// The shape of the results of a Distributed Map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transformation {
    /// What is known of each child execution.
    None,
    /// The output of each child.
    Compact,
    /// The output of each child; arrays are taken apart.
    Flatten,
}

/// The limits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchLimits {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

impl ItemBatcher {
    /// Returns the limits of a batch.
    pub(crate) fn limits(&self, data: &Value, scope: &Scope<'_>) -> Result<BatchLimits, Failure> {
        let limit = |amount: &Option<Amount>, field, most: usize| match amount {
            None => Ok(most),
            Some(amount) => {
                let number = usize::try_from(amount.whole(field, data, scope)?).unwrap_or(0);
                if number == 0 {
                    return Err(Failure::runtime(format!("{field} must be positive.")));
                }
                Ok(number.min(most))
            }
        };
        Ok(BatchLimits {
            items: limit(&self.max_items, "MaxItemsPerBatch", usize::MAX)?,
            bytes: limit(&self.max_bytes, "MaxInputBytesPerBatch", MAX_PAYLOAD_BYTES)?,
        })
    }
}

impl Distributed {
    /// Returns the name of the Map in ARNs.
    pub(crate) fn label(&self, state: &str) -> String {
        let made = || state.chars().filter(|letter| is_label_letter(*letter)).take(MAX_LABEL_CHARACTERS).collect();
        let label: String = self.label.clone().unwrap_or_else(made);
        if label.is_empty() { "Map".to_owned() } else { label }
    }
}

/// The longest `Label`, in characters. Source: AWS Step Functions developer guide, fields of a Distributed Map.
pub const MAX_LABEL_CHARACTERS: usize = 40;

/// Returns whether a letter may stand in a `Label`.
#[must_use]
pub fn is_label_letter(letter: char) -> bool {
    !letter.is_whitespace() && !letter.is_control() && !"?*<>{}[]:;,\\|^~$#%&`\"/".contains(letter)
}
