//! The text of an XML file in UTF-8, whatever it is encoded in.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that are read at a time.
const CHUNK: usize = 128 << 10;

/// What is wrong with a text whose encoding is one that nobody knows.
#[derive(Debug)]
pub(super) struct UnknownEncoding;

/// Reads a file as text, as much of it as is needed at a time.
pub(super) struct Text<'a> {
    read: &'a mut dyn Read,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    /// What is kept begins here.
    mark: usize,
    /// What was used ends here.
    at: usize,
    is_ended: bool,
    /// Bytes of the file that were read.
    pub(super) bytes: u64,
    /// Where characters stand that were none of the encoding.
    misfits: Vec<usize>,
}

impl<'a> Text<'a> {
    /// Begins to read: a byte order mark tells the encoding, else the declaration, else it is UTF-8.
    pub(super) fn new(read: &'a mut dyn Read) -> io::Result<Result<Self, UnknownEncoding>> {
        let mut raw = Vec::with_capacity(CHUNK);
        (&mut *read).take(CHUNK as u64).read_to_end(&mut raw)?;
        let Some((encoding, mark)) = encoding(&raw) else { return Ok(Err(UnknownEncoding)) };
        let bytes = raw.len() as u64;
        let decoder = encoding.new_decoder_without_bom_handling();
        let is_ended = raw.len() < CHUNK;
        let mut text =
            Self { read, decoder, raw, text: String::new(), mark: 0, at: 0, is_ended, bytes, misfits: Vec::new() };
        text.decode(mark);
        Ok(Ok(text))
    }

    /// Returns what was read and not yet used.
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Uses so many bytes, and returns them.
    pub(super) fn take(&mut self, bytes: usize) -> &str {
        let start = self.at;
        self.at = (start + bytes).min(self.text.len());
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Keeps what is used from now on, and nothing before.
    pub(super) fn mark(&mut self) {
        self.mark = self.at;
    }

    /// Returns what is kept.
    pub(super) fn kept(&self) -> &str {
        self.text.get(self.mark..self.at).unwrap_or_default()
    }

    /// Tells whether all that is kept were characters.
    pub(super) fn is_text(&self) -> bool {
        let before = self.misfits.partition_point(|misfit| *misfit < self.mark);
        self.misfits.get(before).is_none_or(|misfit| *misfit >= self.at)
    }

    /// Tells whether the file has no more than what was read.
    pub(super) const fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Reads on.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        let used = self.mark.min(self.at);
        self.text.drain(..used);
        self.mark -= used;
        self.at -= used;
        self.misfits.retain_mut(|misfit| {
            let is_kept = *misfit >= used;
            *misfit = misfit.saturating_sub(used);
            is_kept
        });
        self.raw.clear();
        let read = (&mut *self.read).take(CHUNK as u64).read_to_end(&mut self.raw)?;
        self.bytes += read as u64;
        self.is_ended = read < CHUNK;
        self.decode(0);
        Ok(())
    }

    fn decode(&mut self, from: usize) {
        let mut raw = self.raw.get(from..).unwrap_or_default();
        loop {
            self.text
                .reserve(self.decoder.max_utf8_buffer_length_without_replacement(raw.len()).unwrap_or(raw.len() * 3));
            let (result, read) = self.decoder.decode_to_string_without_replacement(raw, &mut self.text, self.is_ended);
            raw = raw.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.misfits.push(self.text.len());
                    self.text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }
}

/// Returns the encoding of a file that begins so, and the length of its byte order mark.
fn encoding(start: &[u8]) -> Option<(&'static Encoding, usize)> {
    if let Some(marked) = Encoding::for_bom(start) {
        return Some(marked);
    }
    match start.get(..4) {
        Some(b"<\0?\0") => return Some((UTF_16LE, 0)),
        Some(b"\0<\0?") => return Some((UTF_16BE, 0)),
        _ => {}
    }
    let Some(label) = declared(start) else { return Some((UTF_8, 0)) };
    let encoding = Encoding::for_label(label)?;
    // What says in single bytes that it has double ones does not.
    Some((if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding }, 0))
}

/// Returns the label of the encoding in the declaration.
fn declared(start: &[u8]) -> Option<&[u8]> {
    let end = memchr::memmem::find(start, b"?>")?;
    let declaration = start.get(..end).filter(|text| text.starts_with(b"<?xml"))?;
    let at = memchr::memmem::find(declaration, b"encoding")?;
    let rest = declaration.get(at..)?;
    let quote = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let (mark, rest) = rest.get(quote..)?.split_first()?;
    rest.get(..memchr::memchr(*mark, rest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(String, bool)> {
        let mut input = bytes;
        let mut text = Text::new(&mut input).unwrap().ok()?;
        assert!(text.is_ended());
        text.take(bytes.len() * 3);
        Some((text.kept().to_owned(), text.is_text()))
    }

    #[test]
    fn the_encoding_is_told_by_a_mark_or_else_the_declaration() {
        let utf_16 = |text: &str, swap: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let declared = "<?xml version='1.0' encoding='utf-16'?><a>é</a>";
        let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe9</a>";
        let cases: &[(Vec<u8>, Option<&str>)] = &[
            (b"<a>\xc3\xa9</a>".to_vec(), Some("<a>é</a>")),
            (b"\xef\xbb\xbf<a>\xc3\xa9</a>".to_vec(), Some("<a>é</a>")),
            (latin.to_vec(), Some("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>é</a>")),
            (utf_16(declared, false), Some(declared)),
            (utf_16(declared, true), Some(declared)),
            ([b"\xff\xfe".to_vec(), utf_16("<a/>", false)].concat(), Some("<a/>")),
            (declared.as_bytes().to_vec(), Some(declared)),
            (b"<?xml version='1.0' encoding='nobody-knows'?><a/>".to_vec(), None),
            (Vec::new(), Some("")),
        ];
        for (bytes, text) in cases {
            assert_eq!(read(bytes).map(|(text, _)| text).as_deref(), *text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told_where_they_are_kept() {
        assert_eq!(read(b"<a>\xff\xfe</a>"), Some(("<a>\u{fffd}\u{fffd}</a>".to_owned(), false)));
        assert_eq!(read("<a>\u{fffd}</a>".as_bytes()), Some(("<a>\u{fffd}</a>".to_owned(), true)));
    }
}
