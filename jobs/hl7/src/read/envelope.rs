//! The header of a message as far as it can be read, for the answer to it: also of one that cannot be read otherwise.

use encoding_rs::{Encoding, UTF_16BE, WINDOWS_1252};

use super::{charset, frame};

/// The longest header that is looked at, in bytes. Nobody has to be answered who sends a longer one.
const LONGEST: usize = 64 << 10;

/// The fields of MSH as they stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// MSH-1.
    pub field: char,
    /// MSH-2.
    pub others: String,
    /// MSH-3 and those after it.
    fields: Vec<String>,
    encoding: &'static Encoding,
}

impl Envelope {
    /// Reads the header of a message; none where it has no MSH with separators.
    #[must_use]
    pub fn of(bytes: &[u8], encoding: Option<&str>) -> Option<Self> {
        let begin = bytes.get(..LONGEST).unwrap_or(bytes);
        let (text, encoding) = match charset::decode(begin, encoding) {
            Ok(decoded) => (decoded.text, decoded.encoding),
            // Each byte is a character there, and each character that byte again.
            Err(_) => (WINDOWS_1252.decode_without_bom_handling(begin).0, WINDOWS_1252),
        };
        let framed = frame::message(&text).ok()?;
        let line = framed.text.split(['\r', '\n', '\u{1c}']).next()?;
        let mut rest = line.strip_prefix("MSH")?.chars();
        let field = rest.next().filter(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
        let mut parts = rest.as_str().split(field).map(str::to_owned);
        let others = parts.next().filter(|others| !others.is_empty())?;
        Some(Self { field, others, fields: parts.collect(), encoding })
    }

    /// Returns a field as it stands there, from MSH-3 on.
    #[must_use]
    pub fn raw(&self, number: usize) -> &str {
        number.checked_sub(3).and_then(|at| self.fields.get(at)).map_or("", |field| field.trim())
    }

    /// Returns a component of the first repetition of a field, as it stands there.
    #[must_use]
    pub fn component(&self, number: usize, component: usize) -> &str {
        let mut separators = self.others.chars();
        let (of_components, of_repetitions) = (separators.next(), separators.next());
        let raw = self.raw(number);
        let first = of_repetitions.map_or(Some(raw), |separator| raw.split(separator).next()).unwrap_or_default();
        match of_components {
            Some(separator) => first.split(separator).nth(component - 1).unwrap_or_default().trim(),
            None => first,
        }
    }

    /// Returns the character between components.
    #[must_use]
    pub fn component_separator(&self) -> char {
        self.others.chars().next().unwrap_or('^')
    }

    /// Returns a text in the character set of the message.
    #[must_use]
    pub fn encoded(&self, text: &str) -> Vec<u8> {
        if self.encoding == UTF_16BE {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            return units.flat_map(u16::to_le_bytes).collect();
        }
        self.encoding.encode(text).0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_broken_message_is_read_as_it_stands() {
        let envelope =
            Envelope::of(b"\x0bMSH|^~\\&|LAB^1|H\xe9|||20240102||ADT^A01|7|P|9.9\rbroken|\r\x1c\r", None).unwrap();
        assert_eq!((envelope.field, envelope.others.as_str()), ('|', "^~\\&"));
        assert_eq!((envelope.raw(3), envelope.component(9, 2), envelope.raw(12)), ("LAB^1", "A01", "9.9"));
        assert_eq!(envelope.encoded(envelope.raw(4)), b"H\xe9");
        assert_eq!((envelope.raw(40), envelope.component(10, 3)), ("", ""));
    }

    #[test]
    fn what_has_no_header_has_none() {
        for bytes in [&b""[..], b"hello", b"MSH", b"MSHA", b"MSH|", b"PID|1", b"<ADT/>"] {
            assert_eq!(Envelope::of(bytes, None), None, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_answer_to_utf_16_is_in_utf_16() {
        let text: Vec<u8> = "MSH|^~\\&|\u{e9}\r".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let envelope = Envelope::of(&[&[0xff, 0xfe], &text[..]].concat(), None).unwrap();
        assert_eq!(envelope.encoded(envelope.raw(3)), [0xff, 0xfe, 0xe9, 0]);
    }
}
