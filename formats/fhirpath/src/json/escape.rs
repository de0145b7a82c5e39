//! Escapes in strings of JSON.

use super::scan::{Scanned, Stop};

/// Reads the escape that begins at a backslash, appends what it stands for if there is somewhere to, and answers where it ends.
///
/// # Errors
/// An escape that is none; half of a surrogate pair that stands alone, since it is no character.
pub(super) fn escape(text: &[u8], at: usize, into: Option<&mut String>) -> Scanned<usize> {
    let (character, end) = match text.get(at + 1).ok_or(Stop::Syntax)? {
        byte @ (b'"' | b'\\' | b'/') => (char::from(*byte), at + 2),
        b'b' => ('\u{8}', at + 2),
        b'f' => ('\u{c}', at + 2),
        b'n' => ('\n', at + 2),
        b'r' => ('\r', at + 2),
        b't' => ('\t', at + 2),
        b'u' => character(text, at + 2)?,
        _ => return Err(Stop::Syntax),
    };
    if let Some(into) = into {
        into.push(character);
    }
    Ok(end)
}

/// Reads what follows `\u`.
fn character(text: &[u8], at: usize) -> Scanned<(char, usize)> {
    let first = unit(text, at)?;
    let (code, end) = match first {
        0xd800..0xdc00 if text.get(at + 4..at + 6) == Some(b"\\u") => match unit(text, at + 6)? {
            second @ 0xdc00..0xe000 => (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), at + 10),
            _ => return Err(Stop::Syntax),
        },
        _ => (first, at + 4),
    };
    Ok((char::from_u32(code).ok_or(Stop::Syntax)?, end))
}

fn unit(text: &[u8], at: usize) -> Scanned<u32> {
    let digits = text.get(at..).and_then(<[u8]>::first_chunk::<4>).ok_or(Stop::Syntax)?;
    digits.iter().try_fold(0, |unit, byte| Ok(unit << 4 | char::from(*byte).to_digit(16).ok_or(Stop::Syntax)?))
}
