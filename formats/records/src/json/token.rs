//! Tokens of JSON: where strings, numbers and words end. The grammar is RFC 8259's, to the letter.

/// Why a token or value has no end here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text ends before it does.
    End,
    /// It is not JSON, from this byte on.
    Syntax(usize),
    /// It is nested deeper than is read.
    Deep,
    /// It is longer than is read.
    Wide,
}

/// What was read, or why not.
pub(super) type Scanned<T> = Result<T, Stop>;

/// Returns the position of the first byte from `at` on that is no white space.
#[inline]
pub(super) fn blank(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// Returns the position of the quote that ends a string whose text begins at `at`, and whether it has escapes.
#[inline]
pub(super) fn string(text: &[u8], start: usize, most: usize) -> Scanned<(usize, bool)> {
    let (mut at, mut is_escaped) = (start, false);
    loop {
        let chunk = text.get(at..).and_then(|rest| rest.first_chunk::<8>());
        at += match chunk {
            Some(chunk) => match special(u64::from_le_bytes(*chunk)) {
                0 => {
                    at += 8;
                    continue;
                }
                mask => (mask.trailing_zeros() / 8) as usize,
            },
            None => {
                let rest = text.get(at..).unwrap_or_default();
                rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).unwrap_or(rest.len())
            }
        };
        if at - start > most {
            return Err(Stop::Wide);
        }
        match text.get(at) {
            Some(b'"') => return Ok((at, is_escaped)),
            Some(b'\\') => (at, is_escaped) = (at + 2, true),
            Some(_) => return Err(Stop::Syntax(at)),
            None => return Err(Stop::End),
        }
    }
}

/// Marks the lowest of eight bytes that is a quote, a backslash or a control character; above it marks may be wrong.
#[inline]
const fn special(bytes: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let quote = bytes ^ (ONES * b'"' as u64);
    let backslash = bytes ^ (ONES * b'\\' as u64);
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let backslashes = backslash.wrapping_sub(ONES) & !backslash;
    let controls = bytes.wrapping_sub(ONES * 0x20) & !bytes;
    (quotes | backslashes | controls) & HIGH
}

/// Returns the position after a number that begins at `at`, and whether it has a fraction or an exponent.
#[inline]
pub(super) fn number(text: &[u8], start: usize, most: usize) -> Scanned<(usize, bool)> {
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    let first = text.get(at).copied();
    at = digits(text, at)?;
    if first == Some(b'0') && at > start + 1 + usize::from(text.get(start) == Some(&b'-')) {
        return Err(Stop::Syntax(at));
    }
    let whole = at;
    if text.get(at) == Some(&b'.') {
        at = digits(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at = digits(text, at)?;
    }
    if at - start > most { Err(Stop::Wide) } else { Ok((at, at > whole)) }
}

/// Returns the position after one or more digits.
#[inline]
fn digits(text: &[u8], start: usize) -> Scanned<usize> {
    let mut at = start;
    while let Some(b'0'..=b'9') = text.get(at) {
        at += 1;
    }
    match text.get(at) {
        _ if at > start => Ok(at),
        Some(_) => Err(Stop::Syntax(at)),
        None => Err(Stop::End),
    }
}

/// Returns the position after a word that begins at `at`.
#[inline]
pub(super) fn word(text: &[u8], at: usize, word: &[u8]) -> Scanned<usize> {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with(word) {
        Ok(at + word.len())
    } else if word.starts_with(rest) {
        Err(Stop::End)
    } else {
        Err(Stop::Syntax(at))
    }
}
