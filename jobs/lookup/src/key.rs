//! Keys: the values of one or several columns.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_conditions::Number;
use jiff::civil::Date;

/// What a column of a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// Text.
    Text,
    /// A number: 1.0 is 1.
    Number,
    /// Bytes.
    Binary,
    /// A day.
    Date,
}

impl KeyType {
    /// Returns the word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Binary => "binary",
            Self::Date => "date",
        }
    }
}

/// A column of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: KeyType,
}

/// A value in a key. Equal values are equal however they are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyValue {
    /// Text; a day, too.
    Text(String),
    /// A number.
    Number(Number),
    /// Bytes.
    Binary(Vec<u8>),
}

impl KeyValue {
    /// Reads the text of a value; none of what is none of that type. Bytes are base64, days 2026-11-01.
    ///
    /// ```
    /// use carelake_lookup::{KeyType, KeyValue};
    /// assert_eq!(KeyValue::parse("1.0", KeyType::Number), KeyValue::parse("1", KeyType::Number));
    /// assert_ne!(KeyValue::parse("1.0", KeyType::Text), KeyValue::parse("1", KeyType::Text));
    /// assert_eq!(KeyValue::parse("one", KeyType::Number), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str, kind: KeyType) -> Option<Self> {
        Some(match kind {
            KeyType::Text => Self::Text(text.to_owned()),
            KeyType::Number => Self::Number(Number::parse(text)?),
            KeyType::Binary => Self::Binary(STANDARD.decode(text).ok()?),
            KeyType::Date => Self::Text(text.parse::<Date>().ok()?.to_string()),
        })
    }
}

/// A key: a value for each of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(pub Vec<KeyValue>);

impl Key {
    /// Reads the texts of the values; none where there are more or fewer than columns, or one is of another type.
    #[must_use]
    pub fn parse(texts: &[&str], columns: &[KeyColumn]) -> Option<Self> {
        let values = texts.iter().zip(columns).map(|(text, column)| KeyValue::parse(text, column.kind));
        if texts.len() == columns.len() { values.collect::<Option<_>>().map(Self) } else { None }
    }
}
