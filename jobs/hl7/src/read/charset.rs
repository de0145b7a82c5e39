//! The text of a message: by the character set that the request, a byte order mark or MSH-18 names, else by what the bytes are.

use std::borrow::Cow;

use carelake_er7::{Charset, charset, said};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::frame::{trim_bytes, trim_start};
use crate::reason::Reason;
use crate::warning::Warning;

/// A message as text.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// What the bytes of escapes are in.
    pub(super) encoding: &'static Encoding,
    pub(super) warning: Option<Warning>,
}

/// What a name stands for, with what only a request or a byte order mark can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// Nothing, or ASCII, which senders also say of what is not.
    Unsaid,
    Said(&'static Encoding),
    /// UTF-16 or UTF-32, of either order of bytes.
    Wide(Wide),
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wide {
    bytes: usize,
    is_big: bool,
}

/// Returns whether a name is that of a character set.
pub(crate) fn is_charset(name: &str) -> bool {
    by_request(name) != Named::Unknown
}

/// Makes text of a message; `declared` is what the request says.
pub(super) fn decode<'a>(bytes: &'a [u8], declared: Option<&str>) -> Result<Decoded<'a>, Reason> {
    let named = match declared.map_or(Named::Unsaid, by_request) {
        Named::Unsaid => by_bytes(bytes),
        named => named,
    };
    match named {
        Named::Said(encoding) => said_text(bytes, encoding),
        Named::Wide(wide) => wide_text(bytes, wide),
        Named::Unknown => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(decoded(text.into(), UTF_8, Some(Warning::CharsetUnknown))),
            Err(_) => Err(Reason::CharsetUnknown),
        },
        Named::Unsaid if bytes.is_ascii() => said_text(bytes, UTF_8),
        Named::Unsaid => {
            let encoding = if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 };
            Ok(Decoded { warning: Some(Warning::CharsetGuessed), ..said_text(bytes, encoding)? })
        }
    }
}

fn decoded<'a>(text: Cow<'a, str>, encoding: &'static Encoding, warning: Option<Warning>) -> Decoded<'a> {
    Decoded { text, encoding, warning }
}

fn said_text<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Result<Decoded<'a>, Reason> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or(Reason::CharsetInvalid)?;
    Ok(decoded(text, encoding, None))
}

fn wide_text<'a>(bytes: &'a [u8], wide: Wide) -> Result<Decoded<'a>, Reason> {
    if wide.bytes == 2 {
        // The bytes of an escape are in the order of the standard, whatever that of the message is.
        let text = said_text(bytes, if wide.is_big { UTF_16BE } else { UTF_16LE })?;
        return Ok(Decoded { encoding: UTF_16BE, ..text });
    }
    let (units, []) = bytes.as_chunks::<4>() else { return Err(Reason::CharsetInvalid) };
    let unit = |unit: &[u8; 4]| if wide.is_big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
    let text: Option<String> = units.iter().map(|it| char::from_u32(unit(it))).collect();
    Ok(decoded(text.ok_or(Reason::CharsetInvalid)?.into(), UTF_8, None))
}

/// Returns what a message says itself.
fn by_bytes(bytes: &[u8]) -> Named {
    let wide = |bytes, is_big| Named::Wide(Wide { bytes, is_big });
    if trim_start(bytes).starts_with(b"\xef\xbb\xbf") {
        return Named::Said(UTF_8);
    }
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return wide(4, false),
        [0, 0, 0xfe, 0xff, ..] => return wide(4, true),
        [0xff, 0xfe, ..] => return wide(2, false),
        [0xfe, 0xff, ..] => return wide(2, true),
        _ => {}
    }
    charset(said(header(bytes))).into()
}

/// Returns the message from its segment MSH on, past lines that stand around it.
fn header(bytes: &[u8]) -> &[u8] {
    let mut rest = trim_bytes(bytes);
    while rest.starts_with(b"FHS") || rest.starts_with(b"BHS") {
        let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { break };
        rest = trim_bytes(rest.get(end..).unwrap_or_default());
    }
    rest
}

/// Returns what the name in a request stands for: any of WHATWG's, of HL7's, and those of Python's that stand for one of them.
fn by_request(name: &str) -> Named {
    let plain = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    let wide = |bytes, is_big| Named::Wide(Wide { bytes, is_big });
    let label = match plain.as_str() {
        "utf-16" | "utf16" | "u16" | "utf-16-le" | "utf-16le" | "unicode-utf-16" => return wide(2, false),
        "utf-16-be" | "utf-16be" => return wide(2, true),
        "utf-32" | "utf32" | "u32" | "utf-32-le" | "utf-32le" | "unicode-utf-32" => return wide(4, false),
        "utf-32-be" | "utf-32be" => return wide(4, true),
        "646" => return Named::Unsaid,
        "utf" | "u8" | "utf-8-sig" | "cp65001" => "utf-8",
        "latin-1" | "8859" | "cp819" | "iso8859" => "iso-8859-1",
        "1252" => "windows-1252",
        "mac-roman" | "macroman" => "macintosh",
        "cp874" => "windows-874",
        "cp932" | "932" | "mskanji" | "ms-kanji" => "shift_jis",
        "cp949" | "949" | "uhc" => "euc-kr",
        "cp936" | "936" | "ms936" => "gbk",
        "eucjp" | "ujis" => "euc-jp",
        "iso2022-jp" | "iso2022jp" => "iso-2022-jp",
        plain => plain,
    };
    match charset(label.as_bytes()) {
        Charset::Unknown => charset(name.as_bytes()).into(),
        known => known.into(),
    }
}

impl From<Charset> for Named {
    fn from(charset: Charset) -> Self {
        match charset {
            Charset::Unsaid => Self::Unsaid,
            Charset::Said(encoding) => Self::Said(encoding),
            Charset::Unknown => Self::Unknown,
        }
    }
}
