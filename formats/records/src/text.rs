//! The text of a file, a block at a time: decoded to UTF-8, with what was not used of one block in front of the next.
//!
//! Bytes that are not text of the encoding are kept as bytes that are no UTF-8, so that the record which holds them can be told
//! from its neighbours.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use memchr::memrchr2;

/// Bytes that are read at once. Small enough to stay in a processor's cache, large enough for calls to cost nothing.
pub(crate) const BLOCK_BYTES: usize = 1 << 20;

/// What stands in the text for bytes that could not be decoded: a byte that no UTF-8 has.
const UNDECODED: u8 = 0xff;

/// Longest byte order mark.
const MARK_BYTES: usize = 3;

/// A file's text.
pub(crate) struct Text<'r> {
    input: &'r mut dyn Read,
    block_bytes: usize,
    decoding: Option<Decoding>,
    /// Text that was read; what is to be used of it is from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_end: bool,
}

/// Decoding of anything but UTF-8.
struct Decoding {
    decoder: Decoder,
    /// Bytes as they stand in the file.
    bytes: Vec<u8>,
}

impl<'r> Text<'r> {
    /// Reads the first block. A byte order mark says UTF-8 or UTF-16, whatever is declared, and is no text.
    pub(crate) fn new(input: &'r mut dyn Read, declared: &'static Encoding, block_bytes: usize) -> io::Result<Self> {
        let mut first = vec![0; block_bytes.max(MARK_BYTES)];
        let length = read_full(input, &mut first)?;
        let is_end = length < first.len();
        let read = first.get(..length).unwrap_or_default();
        let (encoding, mark) = Encoding::for_bom(read).unwrap_or((declared, 0));
        let mut text = Self { input, block_bytes, decoding: None, buffer: Vec::new(), start: 0, end: length, is_end };
        if encoding == UTF_8 {
            text.buffer = first;
            text.start = mark;
        } else {
            let decoder = encoding.new_decoder_without_bom_handling();
            text.end = 0;
            let mut decoding = Decoding { decoder, bytes: Vec::new() };
            decoding.decode(read.get(mark..).unwrap_or_default(), is_end, &mut text.buffer, &mut text.end);
            first.resize(block_bytes, 0);
            decoding.bytes = first;
            text.decoding = Some(decoding);
        }
        Ok(text)
    }

    /// Returns the text that was read and not used.
    pub(crate) fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns whether nothing follows [`Text::rest`].
    pub(crate) const fn is_end(&self) -> bool {
        self.is_end
    }

    /// Marks the first bytes of [`Text::rest`] as used.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Reads another block behind the text that was not used.
    pub(crate) fn more(&mut self) -> io::Result<()> {
        if self.is_end {
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if let Some(decoding) = &mut self.decoding {
            let length = read_full(self.input, &mut decoding.bytes)?;
            self.is_end = length < decoding.bytes.len();
            let bytes = std::mem::take(&mut decoding.bytes);
            decoding.decode(bytes.get(..length).unwrap_or_default(), self.is_end, &mut self.buffer, &mut self.end);
            decoding.bytes = bytes;
        } else {
            make_room(&mut self.buffer, self.end + self.block_bytes);
            let free = self.buffer.get_mut(self.end..self.end + self.block_bytes).unwrap_or_default();
            let length = read_full(self.input, free)?;
            self.is_end = length < self.block_bytes;
            self.end += length;
        }
        Ok(())
    }

    /// Reads until so many bytes are there, or all.
    pub(crate) fn fill(&mut self, bytes: usize) -> io::Result<()> {
        while self.rest().len() < bytes && !self.is_end {
            self.more()?;
        }
        Ok(())
    }

    /// Returns whether the records that are complete in [`Text::rest`] are all valid UTF-8.
    pub(crate) fn is_valid(&self) -> bool {
        let rest = self.rest();
        let end = if self.is_end { rest.len() } else { memrchr2(b'\n', b'\r', rest).map_or(0, |at| at + 1) };
        is_utf8(rest.get(..end).unwrap_or_default())
    }
}

impl Decoding {
    /// Appends the text of some bytes at `end` of a buffer.
    fn decode(&mut self, mut bytes: &[u8], is_last: bool, buffer: &mut Vec<u8>, end: &mut usize) {
        loop {
            let needed = self.decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(usize::MAX / 2);
            make_room(buffer, *end + needed + 1);
            let free = buffer.get_mut(*end..).unwrap_or_default();
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(bytes, free, is_last);
            *end += written;
            bytes = bytes.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    if let Some(byte) = buffer.get_mut(*end) {
                        *byte = UNDECODED;
                        *end += 1;
                    }
                }
            }
        }
    }
}

/// Returns whether bytes are UTF-8.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    simdutf8::basic::from_utf8(bytes).is_ok()
}

/// Returns how many lines end in some text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text);
    ends.filter(|at| text.get(*at) == Some(&b'\n') || text.get(at + 1) != Some(&b'\n')).count() as u64
}

/// Returns whether text has nothing but blanks.
pub(crate) fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

/// Lengthens a buffer, at least to the double, so that it is seldom done.
fn make_room(buffer: &mut Vec<u8>, length: usize) {
    if buffer.len() < length {
        buffer.resize(length.max(buffer.len() * 2), 0);
    }
}

/// Reads until the buffer is full or the input at its end.
fn read_full(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(free) = buffer.get_mut(length..).filter(|free| !free.is_empty()) {
        match input.read(free) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{ISO_8859_15, MACINTOSH, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1252};

    use super::*;

    fn text_of(bytes: &[u8], encoding: &'static Encoding, block_bytes: usize) -> Vec<u8> {
        let mut input = bytes;
        let mut text = Text::new(&mut input, encoding, block_bytes).unwrap();
        let mut all = Vec::new();
        loop {
            // A part stays behind, as records do that are not complete.
            let used = text.rest().len() / 2;
            all.extend_from_slice(&text.rest()[..used]);
            text.consume(used);
            if text.is_end() {
                all.extend_from_slice(text.rest());
                return all;
            }
            text.more().unwrap();
        }
    }

    #[test]
    fn text_is_decoded_the_same_in_blocks_of_any_size() {
        for (bytes, encoding, expected) in [
            (&b"\xef\xbb\xbfa\xc3\xa9"[..], UTF_8, "aé"),
            (b"\xef\xbb\xbfa\xc3\xa9", WINDOWS_1252, "aé"),
            (b"\xff\xfea\0\xac\x20", UTF_8, "a€"),
            (b"\xfe\xff\0a\x20\xac", UTF_16LE, "a€"),
            (b"a\0\xac\x20\x3d\xd8\x00\xde", UTF_16LE, "a€😀"),
            (b"\0a\x20\xac", UTF_16BE, "a€"),
            (b"Ren\xe9e \x80", WINDOWS_1252, "Renée €"),
            (b"Ren\xe9e \xa4", ISO_8859_15, "Renée €"),
            (b"Ren\x8ee \xdb", MACINTOSH, "Renée €"),
            (b"\x83\x41\x83\x42", SHIFT_JIS, "アィ"),
            (b"", UTF_8, ""),
            (b"\xef\xbb\xbf", UTF_8, ""),
        ] {
            for block_bytes in [1, 2, 3, 4, 5, 7, 100] {
                let text = text_of(bytes, encoding, block_bytes);
                assert_eq!(String::from_utf8(text).unwrap(), expected, "{} in {block_bytes}", encoding.name());
            }
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_no_utf8_and_its_neighbours_are() {
        for (bytes, encoding) in [
            (&b"a\xffb"[..], UTF_8),
            (b"a\0\x00\xd8b\0", UTF_16LE),
            (b"a\0b\0\x41", UTF_16LE),
            (b"a\x81\nb", SHIFT_JIS),
        ] {
            for block_bytes in [1, 2, 3, 100] {
                let text = text_of(bytes, encoding, block_bytes);
                assert!(!is_utf8(&text), "{} in {block_bytes}", encoding.name());
                assert!(text.starts_with(b"a") && text.contains(&b'b'), "{text:?}");
            }
        }
    }

    #[test]
    fn lines_end_in_three_ways() {
        for (text, lines) in [(&b""[..], 0), (b"a\nb\r\nc\rd", 3), (b"\r\r\n\n", 3)] {
            assert_eq!(line_ends(text), lines, "{text:?}");
        }
    }
}
