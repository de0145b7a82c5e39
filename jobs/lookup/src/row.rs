//! What is found under a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, with all its digits.
    Number(String),
    /// Text; days and times, too.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list, a set, a map or a struct, as JSON.
    Json(String),
}

impl Value {
    /// Returns it as text: bytes in base64, lists and the like as JSON, and of nothing nothing.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(is_so) => is_so.to_string(),
            Self::Number(text) | Self::Text(text) | Self::Json(text) => text.clone(),
            Self::Bytes(bytes) => STANDARD.encode(bytes),
        })
    }

    /// Writes it as JSON, numbers with all their digits.
    pub fn write_json(&self, to: &mut Vec<u8>) {
        match self {
            Self::Null => to.extend_from_slice(b"null"),
            Self::Bool(is_so) => to.extend_from_slice(is_so.to_string().as_bytes()),
            Self::Number(text) | Self::Json(text) => to.extend_from_slice(text.as_bytes()),
            Self::Text(text) => quote(text, to),
            Self::Bytes(bytes) => quote(&STANDARD.encode(bytes), to),
        }
    }
}

/// A row: names and values, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row(pub Vec<(String, Value)>);

impl Row {
    /// Returns the value of a column; none where there is no such column.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Writes it as an object of JSON.
    pub fn write_json(&self, to: &mut Vec<u8>) {
        to.push(b'{');
        for (at, (name, value)) in self.0.iter().enumerate() {
            if at > 0 {
                to.push(b',');
            }
            quote(name, to);
            to.push(b':');
            value.write_json(to);
        }
        to.push(b'}');
    }
}

pub(crate) fn quote(text: &str, to: &mut Vec<u8>) {
    // Writing to memory cannot fail, and every text is one of JSON.
    let _ = serde_json::to_writer(to, text);
}
