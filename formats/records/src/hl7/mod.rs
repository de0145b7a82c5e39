//! HL7 v2 messages, in batches or bare, as records: one a message, its place the number of the message.
//!
//! A message that cannot be taken apart, or has no PID where a table wants something of it, is one malformed row of each table that
//! it would have been a row of; one whose bytes are not text is one of encoding. `""` is null. Columns go by the names of fields, so
//! there is no header to tell of.

mod cells;
mod messages;
mod others;
mod table;
mod utf16;

use std::io::Read;
use std::ops::ControlFlow;

use carelake_er7::{Message, Part, Path, SplitError, Splitter, decode};
use encoding_rs::{Encoding, WINDOWS_1252};

use self::messages::Messages;
use self::utf16::Utf8;
use super::batch::{Batch, Place};
use super::limits::Limits;
use super::malformed::{Malformed, ReadError, Reason};
use super::wanted::{Reading, Wanted};

/// Bytes of one message, at most: it is held as a whole.
const MESSAGE_BYTES: usize = 8 << 20;

/// Reads messages; the encoding is that of those that do not say theirs in MSH-18.
///
/// # Errors
/// [`ReadError`]: not the format if it begins with no MSH, FHS or BHS; a count mismatch if a trailer counts otherwise; truncated if
/// a file or a batch has a header and no trailer; too wide or too large by the limits; what reading itself fails with.
pub fn read(
    input: &mut dyn Read,
    encoding: &'static Encoding,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let (input, encoding) = Utf8::new(input, encoding)?;
    let mut splitter = Splitter::new(input, MESSAGE_BYTES);
    let mut messages = Messages::new(encoding, wanted, limits, take);
    while let Some(part) = splitter.next_part().map_err(why)? {
        if let Part::Message { number, bytes } = part
            && messages.push(number, bytes)?.is_break()
        {
            break;
        }
        check_size(splitter.bytes_read(), limits)?;
    }
    Ok(messages.finish(splitter.bytes_read()))
}

/// Returns the text at a path such as `FHS-7` or `BHS-7` in the headers that stand before the first message, if it is there.
///
/// # Errors
/// [`ReadError`]: not the format if the file begins with no MSH, FHS or BHS; too wide if the value is; what reading itself fails
/// with.
pub fn declared(input: &mut dyn Read, source: &str, limits: &Limits) -> Result<Option<String>, ReadError> {
    // Of what has no character set of its own every byte is a character here: it is a date that is looked for.
    let (input, encoding) = Utf8::new(input, WINDOWS_1252)?;
    let mut splitter = Splitter::new(input, MESSAGE_BYTES);
    let Ok(path) = source.parse::<Path>() else { return Ok(None) };
    while let Some(Part::FileHeader(bytes) | Part::BatchHeader(bytes)) = splitter.next_part().map_err(why)? {
        let Ok((text, encoding)) = decode(bytes, encoding) else { continue };
        let Ok(header) = Message::parse(&text, encoding) else { continue };
        let value = header.values(&path).find(|value| !value.is_absent() && !value.is_null());
        let Some(value) = value.map(|value| value.text()) else { continue };
        if value.len() > limits.value_bytes {
            return Err(too_wide(limits).into());
        }
        return Ok(Some(value.into_owned()));
    }
    Ok(None)
}

fn too_wide(limits: &Limits) -> Malformed {
    Malformed::new(Reason::TooWide, format!("a value has more than {} bytes", limits.value_bytes))
}

fn check_size(bytes: u64, limits: &Limits) -> Result<(), Malformed> {
    if bytes > limits.unpacked_bytes {
        return Err(Malformed::new(Reason::TooLarge, format!("has more than {} bytes", limits.unpacked_bytes)));
    }
    Ok(())
}

/// Says why a stream cannot be cut into messages.
fn why(error: SplitError) -> ReadError {
    let message = error.to_string();
    let (reason, place) = match error {
        SplitError::Io(error) => return error.into(),
        SplitError::NotEr7 => (Reason::NotTheFormat, None),
        SplitError::Count { .. } | SplitError::CountUnreadable { .. } => (Reason::CountMismatch, None),
        SplitError::NoTrailer { .. } => (Reason::Truncated, None),
        SplitError::TooLarge { number, .. } => (Reason::TooWide, Some(Place { number, item: 0 })),
    };
    Malformed { reason, message, place }.into()
}
