//! The tokens of JSON.

/// What is not JSON; where is not told, since it would have to be asked of every byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is not JSON, or goes on behind its end.
    Syntax,
    /// It has too many levels.
    Deep,
}

pub(super) type Scanned<T> = Result<T, Stop>;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks, in the lowest of eight bytes that is a quote, a backslash or a control character, its highest bit. Bytes above it may be marked
/// that are none: a borrow goes upwards.
#[inline]
fn special(word: u64) -> u64 {
    let equal = |byte: u8| {
        let other = word ^ (ONES * u64::from(byte));
        other.wrapping_sub(ONES) & !other
    };
    (equal(b'"') | equal(b'\\') | (word.wrapping_sub(ONES * 0x20) & !word)) & HIGH
}

/// Returns where the next quote, backslash or control character is.
#[inline]
pub(super) fn string_stop(text: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let marks = special(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while text.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

/// Steps over white space.
#[inline]
pub(super) fn blank(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

/// Steps over a word.
#[inline]
pub(super) fn word(text: &[u8], at: usize, word: &[u8]) -> Scanned<usize> {
    let end = at + word.len();
    if text.get(at..end) == Some(word) { Ok(end) } else { Err(Stop::Syntax) }
}

/// Steps over a number.
#[inline]
pub(super) fn number(text: &[u8], mut at: usize) -> Scanned<usize> {
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match text.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => digits(text, at + 1),
        _ => return Err(Stop::Syntax),
    };
    if text.get(at) == Some(&b'.') {
        at = some_digits(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = text.get(at) {
            at += 1;
        }
        at = some_digits(text, at)?;
    }
    Ok(at)
}

#[inline]
fn digits(text: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = text.get(at) {
        at += 1;
    }
    at
}

fn some_digits(text: &[u8], at: usize) -> Scanned<usize> {
    let end = digits(text, at);
    if end == at { Err(Stop::Syntax) } else { Ok(end) }
}
