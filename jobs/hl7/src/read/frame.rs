//! What stands around a message: blanks, a byte order mark, the characters of MLLP, the lines of a batch.

use crate::reason::Reason;

/// Returns whether a character around a message is none of it.
fn is_around(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '\u{b}' | '\u{1c}' | '\u{feff}')
}

/// Takes blanks and the characters of MLLP off the start.
pub(super) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_around(char::from(*first))
    {
        bytes = rest;
    }
    bytes
}

/// Takes them off both ends, and a byte order mark of UTF-8 off the start.
pub(super) fn trim_bytes(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let [rest @ .., last] = bytes
        && is_around(char::from(*last))
    {
        bytes = rest;
    }
    bytes.strip_prefix(b"\xef\xbb\xbf").map_or(bytes, trim_bytes)
}

/// A text from its segment MSH on.
#[derive(Debug)]
pub(super) struct Framed<'a> {
    pub(super) text: &'a str,
    /// How many lines stand before it.
    pub(super) lines_before: usize,
}

/// Finds the message in a text.
pub(super) fn message(text: &str) -> Result<Framed<'_>, Reason> {
    let mut rest = text.trim_matches(is_around);
    if rest.is_empty() {
        return Err(Reason::Empty);
    }
    while !rest.starts_with("MSH") {
        // What is left of a batch without a message is none.
        let is_envelope = rest.starts_with("FHS") || rest.starts_with("BHS");
        let end = rest.find(['\r', '\n']).filter(|_| is_envelope).ok_or(Reason::NotEr7)?;
        rest = rest.get(end..).unwrap_or_default().trim_start_matches(is_around);
    }
    let before =
        text.len() - text.trim_start_matches(is_around).len() + text.trim_matches(is_around).len() - rest.len();
    Ok(Framed { text: rest, lines_before: line_ends(text.get(..before).unwrap_or_default()) })
}

/// Counts line ends as the reader of messages does.
fn line_ends(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'\r' | b'\n')).count()
}
