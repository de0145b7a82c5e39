//! Items of the table, as values.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Trouble;

/// The partition key.
pub(super) const PK: &str = "pk";
/// The sort key.
pub(super) const SK: &str = "sk";

/// An item: attributes by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Item(pub(super) HashMap<String, AttributeValue>);

impl Item {
    /// Begins an item, or names one, by its key.
    pub(super) fn at(pk: &str, sk: &str) -> Self {
        Self::default().with(PK, pk).with(SK, sk)
    }

    /// Adds a text.
    pub(super) fn with(mut self, name: &str, text: impl ToString) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::S(text.to_string()));
        self
    }

    /// Adds a text if there is one.
    pub(super) fn with_optional(self, name: &str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.with(name, text),
            None => self,
        }
    }

    /// Adds a number.
    pub(super) fn with_number(mut self, name: &str, number: impl ToString) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::N(number.to_string()));
        self
    }

    /// Adds a value as JSON.
    pub(super) fn with_json(self, name: &'static str, value: &impl Serialize) -> Result<Self, Trouble> {
        Ok(self.with(name, serde_json::to_string(value).map_err(|_| Trouble::Damaged(name))?))
    }

    /// Reads a text as a value.
    pub(super) fn value<T: FromStr>(&self, name: &'static str) -> Result<T, Trouble> {
        self.optional(name)?.ok_or(Trouble::Damaged(name))
    }

    /// Reads a text as a value if there is one.
    pub(super) fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Trouble> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let text = value.as_s().map_err(|_| Trouble::Damaged(name))?;
        text.parse().map(Some).map_err(|_| Trouble::Damaged(name))
    }

    /// Reads a number if there is one.
    pub(super) fn optional_number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Trouble> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let text = value.as_n().map_err(|_| Trouble::Damaged(name))?;
        text.parse().map(Some).map_err(|_| Trouble::Damaged(name))
    }

    /// Reads a number.
    pub(super) fn number<T: FromStr>(&self, name: &'static str) -> Result<T, Trouble> {
        self.optional_number(name)?.ok_or(Trouble::Damaged(name))
    }

    /// Reads a value that is kept as JSON if there is one.
    pub(super) fn optional_json<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, Trouble> {
        if self.0.contains_key(name) { self.json(name).map(Some) } else { Ok(None) }
    }

    /// Reads a value that is kept as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Trouble> {
        let text: String = self.value(name)?;
        serde_json::from_str(&text).map_err(|_| Trouble::Damaged(name))
    }
}
