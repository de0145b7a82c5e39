//! The text of a JSON file, as much of it as is needed at a time.

use std::io::{self, Read};

use super::plain::unescape;
use super::scan::Scan;
use super::token::{Scanned, Stop, blank, number, string, word};
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::RECORD_BYTES;

/// Bytes that are read at a time, at least.
const CHUNK: usize = 256 << 10;

/// The file, from where it was read to.
pub(super) struct Input<'a> {
    read: &'a mut dyn Read,
    pub(super) limits: Limits,
    text: Vec<u8>,
    at: usize,
    is_ended: bool,
    /// Bytes that were read.
    pub(super) bytes: u64,
}

impl<'a> Input<'a> {
    /// Begins after a byte order mark of UTF-8.
    pub(super) fn new(read: &'a mut dyn Read, limits: Limits) -> io::Result<Self> {
        let mut input = Self { read, limits, text: Vec::new(), at: 0, is_ended: false, bytes: 0 };
        while input.text.len() < 3 && input.fill()? {}
        if input.text.starts_with(b"\xef\xbb\xbf") {
            input.at = 3;
        }
        Ok(input)
    }

    /// Returns what was read and not yet used.
    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Uses so many bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    /// Reads on; answers whether there was more. What waits grows twofold, so that a long value is looked at a few times only.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.is_ended {
            return Ok(false);
        }
        self.text.drain(..self.at);
        self.at = 0;
        let more = self.text.len().max(CHUNK) as u64;
        let read = (&mut *self.read).take(more).read_to_end(&mut self.text)?;
        self.bytes += read as u64;
        self.is_ended = (read as u64) < more;
        Ok(read > 0)
    }

    /// Returns the next byte that is no white space, without using it; nothing at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            self.at = blank(&self.text, self.at);
            match self.text.get(self.at).copied() {
                Some(byte) => return Ok(Some(byte)),
                None if self.fill()? => {}
                None => return Ok(None),
            }
        }
    }

    /// Returns the next byte that is no white space, and uses it.
    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        let byte = self.peek()?.ok_or_else(|| malformed(Stop::End))?;
        self.at += 1;
        Ok(byte)
    }

    /// Reads a string.
    pub(super) fn string(&mut self) -> Result<Vec<u8>, ReadError> {
        if self.byte()? != b'"' {
            return Err(malformed(Stop::Syntax(0)));
        }
        let most = self.limits.value_bytes;
        let (end, is_escaped) = self.token(|text| string(text, 0, most))?;
        let mut value = Vec::new();
        let text = self.rest().get(..end).unwrap_or_default();
        if !is_escaped {
            value.extend_from_slice(text);
        } else if unescape(text, &mut value).is_none() {
            return Err(malformed(Stop::Syntax(0)));
        }
        self.skip(end + 1);
        Ok(value)
    }

    /// Reads over a value of any size, `depth` levels down.
    pub(super) fn pass(&mut self, depth: usize) -> Result<(), ReadError> {
        let mut open = Vec::new();
        loop {
            match self.peek()? {
                Some(bracket @ (b'{' | b'[')) => {
                    if open.len() + depth >= self.limits.depth {
                        return Err(malformed(Stop::Deep));
                    }
                    self.at += 1;
                    let close = bracket + 2;
                    if self.peek()? == Some(close) {
                        self.at += 1;
                    } else {
                        open.push(close);
                        self.pass_key(close)?;
                        continue;
                    }
                }
                Some(_) => self.pass_scalar()?,
                None => return Err(malformed(Stop::End)),
            }
            loop {
                let Some(close) = open.last().copied() else { return Ok(()) };
                match self.byte()? {
                    b',' => {
                        self.pass_key(close)?;
                        break;
                    }
                    byte if byte == close => {
                        open.pop();
                    }
                    _ => return Err(malformed(Stop::Syntax(0))),
                }
            }
        }
    }

    fn pass_key(&mut self, close: u8) -> Result<(), ReadError> {
        if close == b'}' {
            self.string()?;
            if self.byte()? != b':' {
                return Err(malformed(Stop::Syntax(0)));
            }
        }
        Ok(())
    }

    fn pass_scalar(&mut self) -> Result<(), ReadError> {
        let most = self.limits.value_bytes;
        let end = match self.peek()? {
            Some(b'"') => return self.string().map(drop),
            Some(b't') => self.token(|text| word(text, 0, b"true"))?,
            Some(b'f') => self.token(|text| word(text, 0, b"false"))?,
            Some(b'n') => self.token(|text| word(text, 0, b"null"))?,
            _ => self.token(|text| number(text, 0, most))?.0,
        };
        self.skip(end);
        Ok(())
    }

    /// Reads on until a token has its end.
    fn token<T>(&mut self, read: impl Fn(&[u8]) -> Scanned<T>) -> Result<T, ReadError> {
        loop {
            match read(self.rest()) {
                Err(Stop::End) if self.fill()? => {}
                other => return other.map_err(malformed),
            }
        }
    }

    /// Reads a whole value, `depth` levels down, and answers how many bytes of the rest it has; without using them.
    pub(super) fn value(&mut self, scan: &mut Scan, path: u32, depth: usize) -> Result<Scanned<usize>, ReadError> {
        loop {
            let scanned = scan.value(self.rest(), path, depth);
            match scanned {
                Ok(length) if length > RECORD_BYTES => return Ok(Err(Stop::Wide)),
                Err(Stop::End) if self.rest().len() > RECORD_BYTES => return Ok(Err(Stop::Wide)),
                Err(Stop::End) if self.fill()? => {}
                other => return Ok(other),
            }
        }
    }
}

/// Says why a file is not read.
pub(super) fn malformed(stop: Stop) -> ReadError {
    ReadError::Malformed(match stop {
        Stop::End => Malformed::new(Reason::Truncated, "the JSON text ends before its last value does"),
        Stop::Syntax(_) => Malformed::new(Reason::NotTheFormat, "the text is not JSON"),
        Stop::Deep => Malformed::new(Reason::TooDeep, "objects and arrays are nested deeper than is read"),
        Stop::Wide => Malformed::new(Reason::TooWide, "a value or record is longer than is read"),
    })
}
