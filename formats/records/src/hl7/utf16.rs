//! Messages in UTF-16, made UTF-8 as they are read: everything that separates them is looked for as bytes.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that are decoded at once.
const BLOCK_BYTES: usize = 16 << 10;

/// What stands for bytes that are no UTF-16: a byte that no UTF-8 has, so that their message can be told from its neighbours.
const UNDECODED: u8 = 0xff;

/// A stream in which ASCII stands for itself.
pub(super) enum Utf8<'r> {
    /// It did from the start: the bytes that were looked at, and the others.
    Plain(io::Chain<io::Cursor<Vec<u8>>, &'r mut dyn Read>),
    /// It was UTF-16.
    Decoded(Decoded<'r>),
}

/// A stream that is decoded.
pub(super) struct Decoded<'r> {
    from: io::Chain<io::Cursor<Vec<u8>>, &'r mut dyn Read>,
    decoder: Decoder,
    text: Vec<u8>,
    used: usize,
    is_end: bool,
}

impl<'r> Utf8<'r> {
    /// Looks at the first bytes, and answers the stream with the encoding that it is in from now on. A byte order mark says UTF-16,
    /// whatever is declared.
    pub(super) fn new(from: &'r mut dyn Read, declared: &'static Encoding) -> io::Result<(Self, &'static Encoding)> {
        let mut first = Vec::new();
        Read::take(&mut *from, 2).read_to_end(&mut first)?;
        let said = Encoding::for_bom(&first).map_or(declared, |(encoding, _)| encoding);
        let from = io::Cursor::new(first).chain(from);
        if said != UTF_16LE && said != UTF_16BE {
            return Ok((Self::Plain(from), declared));
        }
        let decoder = said.new_decoder_with_bom_removal();
        Ok((Self::Decoded(Decoded { from, decoder, text: Vec::new(), used: 0, is_end: false }), UTF_8))
    }
}

impl Read for Utf8<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(from) => from.read(to),
            Self::Decoded(decoded) => decoded.read(to),
        }
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.used == self.text.len() && !self.is_end {
            let mut block = [0; BLOCK_BYTES];
            let length = self.from.read(&mut block)?;
            self.is_end = length == 0;
            self.decode(block.get(..length).unwrap_or_default());
        }
        let mut rest = self.text.get(self.used..).unwrap_or_default();
        let length = rest.read(to)?;
        self.used += length;
        Ok(length)
    }
}

impl Decoded<'_> {
    fn decode(&mut self, mut block: &[u8]) {
        self.used = 0;
        self.text.clear();
        loop {
            // Three bytes for each two, and what was left of the block before.
            let (from, needed) = (self.text.len(), block.len() * 3 / 2 + 16);
            self.text.resize(from + needed, 0);
            let free = self.text.get_mut(from..).unwrap_or_default();
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(block, free, self.is_end);
            self.text.truncate(from + written);
            block = block.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.text.push(UNDECODED),
            }
        }
    }
}
