//! JSON without the white space between its tokens, so that the same content is the same bytes.

use super::scan::string_stop;

/// Appends a text of JSON, which was read before, without the white space between its tokens.
pub(super) fn compact(text: &[u8], into: &mut Vec<u8>) {
    into.reserve(text.len());
    let (mut from, mut at) = (0, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at + 1),
            b' ' | b'\t' | b'\n' | b'\r' => {
                into.extend_from_slice(text.get(from..at).unwrap_or_default());
                at += 1;
                from = at;
            }
            _ => at += 1,
        }
    }
    into.extend_from_slice(text.get(from..).unwrap_or_default());
}

/// Returns where a string ends, its quote included.
fn string_end(text: &[u8], mut at: usize) -> usize {
    loop {
        at = string_stop(text, at);
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            _ => return at + 1,
        }
    }
}
