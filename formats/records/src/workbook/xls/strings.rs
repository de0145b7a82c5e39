//! Strings of old workbooks: in one byte or two a character, and broken over records.

use encoding_rs::{Encoding, UTF_16LE};

use super::compound::{u16_at, u32_at};

/// How strings are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strings {
    /// Since Excel 97: UTF-16, or its lower bytes only.
    Wide,
    /// Before: bytes of an encoding.
    Bytes(&'static Encoding),
}

/// The bytes of a record and of those that go on with it.
pub(super) struct Pieces<'r> {
    pieces: Vec<&'r [u8]>,
}

impl<'r> Pieces<'r> {
    /// Begins with the first record of them.
    pub(super) fn new(pieces: Vec<&'r [u8]>) -> Self {
        let pieces = pieces.into_iter().rev().filter(|piece| !piece.is_empty()).collect();
        Self { pieces }
    }

    /// Returns whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Takes some bytes, at most as many as the piece in hand has.
    fn take_up_to(&mut self, count: usize) -> &'r [u8] {
        let Some(piece) = self.pieces.pop() else { return &[] };
        let (taken, rest) = piece.split_at_checked(count).unwrap_or((piece, &[]));
        if !rest.is_empty() {
            self.pieces.push(rest);
        }
        taken
    }

    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let taken = self.take_up_to(count - bytes.len());
            if taken.is_empty() {
                return None;
            }
            bytes.extend_from_slice(taken);
        }
        Some(bytes)
    }

    fn skip(&mut self, mut count: usize) {
        while count > 0 && !self.is_empty() {
            count -= self.take_up_to(count).len();
        }
    }

    /// Takes a string that its length in characters stands before, in one byte or two; none where the bytes end before it does.
    pub(super) fn string(&mut self, strings: Strings, length_bytes: usize) -> Option<String> {
        let length = self.take(length_bytes)?;
        let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
        match strings {
            Strings::Bytes(encoding) => Some(encoding.decode_without_bom_handling(&self.take(length)?).0.into_owned()),
            Strings::Wide => self.wide(length),
        }
    }

    fn wide(&mut self, length: usize) -> Option<String> {
        let mut flags = *self.take(1)?.first()?;
        // Runs of other fonts, and how the text is pronounced, follow after it.
        let runs = if flags & 8 == 0 { 0 } else { usize::from(u16_at(&self.take(2)?, 0)?) };
        let spoken = if flags & 4 == 0 { 0 } else { u32_at(&self.take(4)?, 0)? as usize };
        let (mut text, mut left) = (String::new(), length);
        while left > 0 {
            let is_wide = flags & 1 != 0;
            let width = if is_wide { 2 } else { 1 };
            let bytes = self.take_up_to(left * width);
            let units = bytes.len() / width;
            if is_wide {
                text.push_str(&UTF_16LE.decode_without_bom_handling(bytes).0);
            } else {
                text.extend(bytes.iter().map(|byte| char::from(*byte)));
            }
            left -= units;
            if left > 0 {
                // The record that goes on says anew how wide characters are.
                flags = *self.take_up_to(1).first()?;
            }
        }
        self.skip(runs * 4 + spoken);
        Some(text)
    }
}

/// Returns the encoding of a code page.
pub(super) fn code_page(number: u16) -> &'static Encoding {
    let label = match number {
        874 => "windows-874",
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        1250 => "windows-1250",
        1251 => "windows-1251",
        1253 => "windows-1253",
        1254 => "windows-1254",
        1255 => "windows-1255",
        1256 => "windows-1256",
        1257 => "windows-1257",
        1258 => "windows-1258",
        10_000 | 0x8000 => "macintosh",
        _ => "windows-1252",
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_go_on_in_the_next_record_and_say_their_width_anew() {
        let pieces: [(&[&[u8]], &str); 5] = [
            (&[b"\x03\0\0abc"], "abc"),
            (&[b"\x03\0\x01a\0\xe9\0c\0"], "a\u{e9}c"),
            (&[b"\x04\0\0ab", b"\x01\xe9\0d\0"], "ab\u{e9}d"),
            (&[b"\x02\0\x08\x01\0ab", b"\0\0\0\0"], "ab"),
            (&[b"\0\0\0"], ""),
        ];
        for (pieces, expected) in pieces {
            let mut pieces = Pieces::new(pieces.to_vec());
            assert_eq!(pieces.string(Strings::Wide, 2).as_deref(), Some(expected));
            assert!(pieces.is_empty());
        }
    }

    #[test]
    fn strings_that_end_before_their_length_are_none() {
        for piece in [&b""[..], b"\x03", b"\x03\0", b"\x03\0\0ab", b"\x03\0\x01abc", b"\xff\xff\x0f\xff\xff"] {
            assert_eq!(Pieces::new(vec![piece]).string(Strings::Wide, 2), None);
        }
        assert_eq!(Pieces::new(vec![b"\x03ab"]).string(Strings::Bytes(encoding_rs::WINDOWS_1252), 1), None);
        assert_eq!(
            Pieces::new(vec![b"\x02\xe9b"]).string(Strings::Bytes(code_page(1252)), 1).as_deref(),
            Some("\u{e9}b")
        );
    }
}
