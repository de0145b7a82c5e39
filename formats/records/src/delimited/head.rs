//! What may stand above the header: a `sep=` line and titles.

use memchr::memchr2;

use crate::batch::Place;
use crate::format::Delimited;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::text::Text;

/// How the line begins by which spreadsheets are told the delimiter.
const SEPARATOR: &[u8] = b"sep=";

/// Passes the `sep=` line and the titles, and returns the number of the line below.
pub(super) fn skip(text: &mut Text<'_>, format: &Delimited, limits: &Limits) -> Result<u64, ReadError> {
    text.fill(SEPARATOR.len())?;
    let mut line = 1;
    let has_separator = text.rest().get(..SEPARATOR.len()).is_some_and(|first| first.eq_ignore_ascii_case(SEPARATOR));
    let above = format.title_lines + usize::from(has_separator);
    for _ in 0..above {
        if skip_line(text, line, limits)? {
            line += 1;
        }
    }
    Ok(line)
}

/// Passes one line; answers false where none ends.
fn skip_line(text: &mut Text<'_>, line: u64, limits: &Limits) -> Result<bool, ReadError> {
    loop {
        let rest = text.rest();
        let end = memchr2(b'\n', b'\r', rest);
        let length = match end.map(|end| (end, rest.get(end), rest.get(end + 1))) {
            Some((end, Some(b'\r'), Some(b'\n'))) => Some(end + 2),
            // Whether a line feed follows is not known yet.
            Some((_, Some(b'\r'), None)) if !text.is_end() => None,
            Some((end, _, _)) => Some(end + 1),
            None => None,
        };
        match length {
            Some(length) => {
                text.consume(length);
                return Ok(true);
            }
            None if text.is_end() => {
                text.consume(rest.len());
                return Ok(false);
            }
            None if rest.len() > limits.value_bytes => {
                let message = "a line above the header is longer than a value may be";
                let place = Place { number: line, item: 0 };
                return Err(Malformed::new(Reason::TooWide, message).at(place).into());
            }
            None => text.more()?,
        }
    }
}
