//! A message in base64 within JSON, as the original has it: `{"msg": …, "encoding": …, "segTerm": […]}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

#[derive(Deserialize)]
struct Wire {
    msg: String,
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default, rename = "segTerm")]
    ends: Vec<String>,
}

/// A message that stood in JSON.
pub(crate) struct Posted {
    pub(crate) bytes: Vec<u8>,
    /// The character set that is said beside it.
    pub(crate) encoding: Option<String>,
}

impl Posted {
    /// Reads it; nothing where there is no message in it.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        let wire: Wire = serde_json::from_slice(json).ok()?;
        let bytes = STANDARD.decode(wire.msg.trim()).ok()?;
        Some(Self { bytes: ended(bytes, &wire.ends), encoding: wire.encoding })
    }
}

/// Returns a message whose segments end as the standard has it. Line ends do already.
fn ended(mut bytes: Vec<u8>, ends: &[String]) -> Vec<u8> {
    for end in ends.iter().filter(|end| !end.is_empty() && !end.chars().all(|c| matches!(c, '\r' | '\n'))) {
        let (mut rest, mut text) = (bytes.as_slice(), Vec::with_capacity(bytes.len()));
        while let Some(at) = memchr::memmem::find(rest, end.as_bytes()) {
            text.extend_from_slice(rest.get(..at).unwrap_or_default());
            text.push(b'\r');
            rest = rest.get(at + end.len()..).unwrap_or_default();
        }
        text.extend_from_slice(rest);
        bytes = text;
    }
    bytes
}
