//! What a message came to, as an object: the answer of `carelake hl7 parse`.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::read::Read;
use crate::reason::Refusal;

/// A message in a line of JSON.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// What the answer is known by.
    pub id: serde_json::Value,
    /// Its bytes, in base64.
    er7: String,
    /// The name of its character set, if it is said beside it.
    pub encoding: Option<String>,
}

/// A line that holds no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineError {
    /// It is no JSON object with `id` and `er7`.
    Json,
    /// `er7` is not base64.
    Base64,
}

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json => "is no object with `id` and `er7`",
            Self::Base64 => "has an `er7` that is not base64",
        })
    }
}

impl std::error::Error for LineError {}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// [`LineError::Json`].
    pub fn of(line: &[u8]) -> Result<Self, LineError> {
        serde_json::from_slice(line).map_err(|_| LineError::Json)
    }

    /// Returns the bytes of the message.
    ///
    /// # Errors
    /// [`LineError::Base64`].
    pub fn message(&self) -> Result<Vec<u8>, LineError> {
        STANDARD.decode(&self.er7).map_err(|_| LineError::Base64)
    }
}

/// Appends what a message came to, as one line: `{"id", "outcome", "reason", "line", "control_id", "version", "tables", "structure",
/// "found_by", "segments", "warnings", "places", "json"}`. What does not apply is left out.
pub fn answer(id: Option<&serde_json::Value>, result: &Result<Read<'_>, Refusal>, out: &mut Vec<u8>) {
    let mut object = serde_json::Map::new();
    if let Some(id) = id {
        object.insert("id".to_owned(), id.clone());
    }
    let fields = match result {
        Ok(read) => {
            let places = |(warning, at): (crate::Warning, crate::At)| json!({ "name": warning.name(), "segment": at.segment, "field": (at.field > 0).then_some(at.field) });
            json!({
                "outcome": "stored",
                "control_id": read.header.control_id,
                "version": read.header.version,
                "tables": read.tables.name(),
                "structure": read.structure,
                "found_by": read.found_by.name(),
                "segments": read.segments,
                "warnings": read.warnings.iter().map(|(warning, _)| warning.name()).collect::<Vec<_>>(),
                "places": read.warnings.iter().map(places).collect::<Vec<_>>(),
            })
        }
        Err(refusal) => match refusal.line {
            Some(line) => json!({ "outcome": "error", "reason": refusal.reason.name(), "line": line }),
            None => json!({ "outcome": "error", "reason": refusal.reason.name() }),
        },
    };
    if let serde_json::Value::Object(fields) = fields {
        object.extend(fields);
    }
    // Memory takes everything.
    drop(write!(out, "{}", serde_json::Value::Object(object)));
    if let Ok(read) = result {
        // The JSON of the message is put in as it is, for the object ends with a brace.
        out.pop();
        out.extend_from_slice(b",\"json\":");
        out.extend_from_slice(read.json);
        out.push(b'}');
    }
    out.push(b'\n');
}
