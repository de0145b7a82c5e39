//! Character sets: what MSH-18 calls them, and the text that bytes are in them.

use std::borrow::Cow;

use encoding_rs::Encoding;
use memchr::{memchr_iter, memchr2};

use crate::separators::Separators;

/// What a message says of its character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Nothing, or ASCII, which senders also say of what is not.
    Unsaid,
    /// This one.
    Said(&'static Encoding),
    /// One that is not known.
    Unknown,
}

/// Bytes that are no text of the character set that they should be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds bytes that are not text of its character set")]
pub struct Undecodable;

/// Returns the character set that a name of HL7's table 0211 stands for, in the spellings that are met.
///
/// ```
/// use carelake_er7::{Charset, charset};
/// assert_eq!(charset(b"8859/1"), Charset::Said(encoding_rs::WINDOWS_1252));
/// ```
#[must_use]
pub fn charset(name: &[u8]) -> Charset {
    if name.is_empty() {
        return Charset::Unsaid;
    }
    let plain: Vec<u8> = name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect();
    let label: &[u8] = match plain.as_slice() {
        b"" if name.trim_ascii().is_empty() => return Charset::Unsaid,
        b"ASCII" | b"USASCII" | b"ISOIR6" | b"ISO646" => return Charset::Unsaid,
        b"UNICODE" | b"UNICODEUTF8" | b"UTF8" => b"utf-8",
        // A message that begins with the bytes of `MSH` is in none of these; whoever wrote it down has decoded it.
        b"UNICODEUTF16" | b"UTF16" | b"UNICODEUTF32" | b"UTF32" => return Charset::Unsaid,
        b"88591" | b"ISOIR100" => b"iso-8859-1",
        b"88592" | b"ISOIR101" => b"iso-8859-2",
        b"88593" | b"ISOIR109" => b"iso-8859-3",
        b"88594" | b"ISOIR110" => b"iso-8859-4",
        b"88595" | b"ISOIR144" => b"iso-8859-5",
        b"88596" | b"ISOIR127" => b"iso-8859-6",
        b"88597" | b"ISOIR126" => b"iso-8859-7",
        b"88598" | b"ISOIR138" => b"iso-8859-8",
        b"88599" | b"ISOIR148" => b"iso-8859-9",
        b"885915" => b"iso-8859-15",
        b"GB180302000" | b"GB18030" => b"gb18030",
        b"BIG5" => b"big5",
        b"KSX1001" | b"ISOIR149" => b"euc-kr",
        b"ISOIR14" | b"ISOIR87" | b"ISOIR159" => b"iso-2022-jp",
        _ => name,
    };
    Encoding::for_label(label).map_or(Charset::Unknown, Charset::Said)
}

/// Returns the text of a message, and the character set that it is in: that of MSH-18, else the one that holds where the message
/// does not say one that is known.
///
/// # Errors
/// [`Undecodable`] if the bytes are not text of it.
pub fn decode<'a>(
    message: &'a [u8],
    otherwise: &'static Encoding,
) -> Result<(Cow<'a, str>, &'static Encoding), Undecodable> {
    let encoding = match charset(said(message)) {
        Charset::Said(encoding) => encoding,
        Charset::Unsaid | Charset::Unknown => otherwise,
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(message).ok_or(Undecodable)?;
    Ok((text, encoding))
}

/// Returns what a message that begins with its header says of its character set: the first repetition of MSH-18.
#[must_use]
pub fn said(message: &[u8]) -> &[u8] {
    let header = memchr2(b'\r', b'\n', message).and_then(|end| message.get(..end)).unwrap_or(message);
    // Few messages say it, so it is looked first whether there are so many fields.
    let has_fields = header.get(3).is_some_and(|field| memchr_iter(*field, header).count() >= 17);
    let Some(field) = header.get(3).filter(|_| has_fields) else { return &[] };
    let value = header.split(|byte| byte == field).nth(17).unwrap_or_default();
    // Separators that cannot be used repeat nothing.
    let repetition = Separators::of_header(header).ok().and_then(|separators| separators.repetition);
    value.split(|byte| Some(*byte) == repetition).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_set_is_known_by_the_names_that_senders_use() {
        let said = Charset::Said;
        let cases: [(&str, Charset); 16] = [
            ("", Charset::Unsaid),
            ("ASCII", Charset::Unsaid),
            ("UNICODE UTF-16", Charset::Unsaid),
            ("UNICODE UTF-8", said(encoding_rs::UTF_8)),
            ("UNICODE", said(encoding_rs::UTF_8)),
            ("utf8", said(encoding_rs::UTF_8)),
            ("8859/1", said(encoding_rs::WINDOWS_1252)),
            ("ISO-8859-1", said(encoding_rs::WINDOWS_1252)),
            ("8859/9", said(encoding_rs::WINDOWS_1254)),
            ("8859/15", said(encoding_rs::ISO_8859_15)),
            ("GB 18030-2000", said(encoding_rs::GB18030)),
            ("BIG-5", said(encoding_rs::BIG5)),
            ("KS X 1001", said(encoding_rs::EUC_KR)),
            ("ISO IR87", said(encoding_rs::ISO_2022_JP)),
            ("ISO_IR 101", said(encoding_rs::ISO_8859_2)),
            ("EBCDIC", Charset::Unknown),
        ];
        for (name, expected) in cases {
            assert_eq!(charset(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn a_message_is_read_in_the_character_set_that_it_says_and_else_in_the_given_one() {
        let message = |name: &str| [b"MSH|^~\\&||||||||||||||||".as_slice(), name.as_bytes(), b"\rPID|\xe9"].concat();
        let text = |message: &[u8], otherwise| decode(message, otherwise).map(|(text, _)| text.chars().last());
        assert_eq!(text(&message("8859/1~UNICODE"), encoding_rs::UTF_8), Ok(Some('\u{e9}')));
        assert_eq!(text(&message("8859/5"), encoding_rs::UTF_8), Ok(Some('\u{449}')));
        assert_eq!(text(&message(""), encoding_rs::WINDOWS_1252), Ok(Some('\u{e9}')));
        assert_eq!(text(&message("EBCDIC"), encoding_rs::WINDOWS_1252), Ok(Some('\u{e9}')));
        assert_eq!(text(&message("ASCII"), encoding_rs::UTF_8), Err(Undecodable));
        assert_eq!(text(&message("UNICODE UTF-8"), encoding_rs::WINDOWS_1252), Err(Undecodable));
    }
}
