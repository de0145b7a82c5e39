//! A stream cut into messages: bare ones, or files and batches of them, whose counts are checked.
//!
//! A message begins with a line that begins with `MSH` and no letter, digit or blank after it, and goes on to the next line that
//! begins a message, a batch or a file, or ends one. It needs memory for one message.

use std::io::{self, Read};

use memchr::memchr2;

/// Cuts a stream into parts.
#[derive(Debug)]
pub struct Splitter<R> {
    from: R,
    limit: usize,
    buffer: Vec<u8>,
    /// Where the part that comes next begins in the buffer.
    start: usize,
    /// Where the first line begins that was not looked at.
    line: usize,
    is_end: bool,
    read: u64,
    counts: Counts,
}

/// What was met so far.
#[derive(Debug, Default)]
struct Counts {
    is_file: bool,
    is_batch: bool,
    in_batch: u64,
    in_file: u64,
    batches: u64,
    messages: u64,
}

/// One part of a stream, as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The segment FHS.
    FileHeader(&'a [u8]),
    /// The segment BHS.
    BatchHeader(&'a [u8]),
    /// A message. In a file or a batch, lines that follow no MSH are one too, a broken one.
    Message {
        /// Which one in the stream, from 1.
        number: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The segment BTS.
    BatchTrailer(&'a [u8]),
    /// The segment FTS.
    FileTrailer(&'a [u8]),
}

/// What has a header and a trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// FHS to FTS.
    File,
    /// BHS to BTS.
    Batch,
}

impl std::fmt::Display for Level {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::File => "file",
            Self::Batch => "batch",
        })
    }
}

/// Why a stream cannot be cut further.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// It begins with something else than a message, a batch or a file.
    #[error("begins with no MSH, FHS or BHS")]
    NotEr7,
    /// A trailer counts another number than there are: messages in a batch, batches in a file.
    #[error("the trailer of the {level} counts {said}, and {counted} are there")]
    Count {
        /// Of what.
        level: Level,
        /// What it says.
        said: u64,
        /// How many there are.
        counted: u64,
    },
    /// What a trailer has for a count is no number.
    #[error("the trailer of the {level} has no number for a count")]
    CountUnreadable {
        /// Of what.
        level: Level,
    },
    /// A file or batch that has a header has no trailer.
    #[error("the {level} has a header and no trailer")]
    NoTrailer {
        /// Of what.
        level: Level,
    },
    /// A message is larger than is read.
    #[error("message {number} is larger than {limit} bytes")]
    TooLarge {
        /// Which one, from 1.
        number: u64,
        /// What is read.
        limit: usize,
    },
    /// The stream cannot be read.
    #[error("could not be read")]
    Io(#[from] io::Error),
}

/// What a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    FileHeader,
    BatchHeader,
    Message,
    BatchTrailer,
    FileTrailer,
    /// Any other line.
    Other,
}

const CHUNK_BYTES: u64 = 128 << 10;

impl<R: Read> Splitter<R> {
    /// Cuts a stream of which no message may have more bytes than the limit.
    pub fn new(from: R, limit: usize) -> Self {
        let counts = Counts::default();
        Self { from, limit, buffer: Vec::new(), start: 0, line: 0, is_end: false, read: 0, counts }
    }

    /// Returns how many bytes were read.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Returns the next part; none at the end.
    ///
    /// # Errors
    /// [`SplitError`]: each kind as it says.
    pub fn next_part(&mut self) -> Result<Option<Part<'_>>, SplitError> {
        if self.read == 0 {
            self.skip_mark()?;
        }
        self.line = self.start;
        let Some(begins) = self.skip_empty_lines()? else {
            self.counts.end()?;
            return Ok(None);
        };
        if begins == Begins::Other && !self.counts.is_begun() {
            return Err(SplitError::NotEr7);
        }
        let is_message = matches!(begins, Begins::Message | Begins::Other);
        while self.next_line()? && is_message && self.begins()? == Begins::Other {}
        let (start, end) = (self.start, self.line);
        self.start = end;
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        let number = self.counts.next(begins, bytes)?;
        Ok(Some(match begins {
            Begins::FileHeader => Part::FileHeader(bytes),
            Begins::BatchHeader => Part::BatchHeader(bytes),
            Begins::BatchTrailer => Part::BatchTrailer(bytes),
            Begins::FileTrailer => Part::FileTrailer(bytes),
            Begins::Message | Begins::Other => Part::Message { number, bytes },
        }))
    }

    /// Passes over a byte order mark.
    fn skip_mark(&mut self) -> Result<(), SplitError> {
        while self.buffer.len() < 3 && self.fill()? {}
        if self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
        }
        Ok(())
    }

    /// Passes over empty lines, and answers what the first other line begins; none at the end.
    fn skip_empty_lines(&mut self) -> Result<Option<Begins>, SplitError> {
        loop {
            match self.buffer.get(self.line) {
                Some(byte) if byte.is_ascii_whitespace() => self.line += 1,
                Some(_) => break,
                None => {
                    // Whatever was passed over need not be kept.
                    self.start = self.line;
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
        self.start = self.line;
        self.begins().map(Some)
    }

    /// Goes on to the next line that is not empty; `false` at the end.
    fn next_line(&mut self) -> Result<bool, SplitError> {
        let mut from = self.line;
        loop {
            let rest = self.buffer.get(from..).unwrap_or_default();
            if let Some(at) = memchr2(b'\r', b'\n', rest) {
                self.line = from + at + 1;
                return Ok(true);
            }
            from = self.buffer.len() - self.start;
            if !self.fill()? {
                self.line = self.buffer.len();
                return Ok(false);
            }
            from += self.start;
        }
    }

    /// Answers what the line begins that is looked at.
    fn begins(&mut self) -> Result<Begins, SplitError> {
        while self.buffer.len() < self.line + 4 && self.fill()? {}
        let line = self.buffer.get(self.line..).unwrap_or_default();
        if !line.first().is_some_and(|first| matches!(first, b'M' | b'm' | b'F' | b'f' | b'B' | b'b')) {
            return Ok(Begins::Other);
        }
        let Some((name, rest)) = line.split_first_chunk::<3>() else { return Ok(Begins::Other) };
        if rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b' ' || !byte.is_ascii()) {
            return Ok(Begins::Other);
        }
        Ok(match &name.to_ascii_uppercase()[..] {
            b"MSH" => Begins::Message,
            b"FHS" => Begins::FileHeader,
            b"BHS" => Begins::BatchHeader,
            b"BTS" => Begins::BatchTrailer,
            b"FTS" => Begins::FileTrailer,
            _ => Begins::Other,
        })
    }

    /// Reads more, after what came before the part in hand is let go; `false` at the end.
    fn fill(&mut self) -> Result<bool, SplitError> {
        if self.is_end {
            return Ok(false);
        }
        if self.buffer.len() - self.start > self.limit {
            return Err(SplitError::TooLarge { number: self.counts.messages + 1, limit: self.limit });
        }
        self.buffer.drain(..self.start);
        self.line -= self.start;
        self.start = 0;
        let count = (&mut self.from).take(CHUNK_BYTES).read_to_end(&mut self.buffer)?;
        self.read += count as u64;
        self.is_end = count == 0;
        Ok(!self.is_end)
    }
}

impl Counts {
    /// Counts a part, checks what a trailer says, and answers the number of messages so far.
    fn next(&mut self, begins: Begins, bytes: &[u8]) -> Result<u64, SplitError> {
        match begins {
            Begins::Message | Begins::Other => {
                self.messages += 1;
                self.in_batch += 1;
                self.in_file += 1;
            }
            Begins::BatchHeader => {
                self.no_open_batch()?;
                (self.is_batch, self.in_batch) = (true, 0);
                self.batches += 1;
            }
            Begins::BatchTrailer => {
                check(Level::Batch, bytes, &[self.in_batch])?;
                (self.is_batch, self.in_batch) = (false, 0);
            }
            Begins::FileHeader => {
                self.end()?;
                *self = Self { is_file: true, messages: self.messages, ..Self::default() };
            }
            Begins::FileTrailer => {
                self.no_open_batch()?;
                // Without batches some senders count one, others the messages.
                let counted = if self.batches == 0 { [1, self.in_file] } else { [self.batches, self.batches] };
                check(Level::File, bytes, &counted)?;
                *self = Self { messages: self.messages, ..Self::default() };
            }
        }
        Ok(self.messages)
    }

    fn is_begun(&self) -> bool {
        self.is_file || self.is_batch || self.messages > 0
    }

    /// Checks that nothing is open.
    fn end(&self) -> Result<(), SplitError> {
        self.no_open_batch()?;
        if self.is_file { Err(SplitError::NoTrailer { level: Level::File }) } else { Ok(()) }
    }

    fn no_open_batch(&self) -> Result<(), SplitError> {
        if self.is_batch { Err(SplitError::NoTrailer { level: Level::Batch }) } else { Ok(()) }
    }
}

/// Checks the count in the first field of a trailer, if it has one.
fn check(level: Level, trailer: &[u8], counted: &[u64]) -> Result<(), SplitError> {
    let Some((&field, rest)) = trailer.get(3..).unwrap_or_default().split_first() else { return Ok(()) };
    let said = rest.split(|byte| *byte == field).next().unwrap_or_default().trim_ascii();
    if field.is_ascii_whitespace() || said.is_empty() {
        return Ok(());
    }
    let unreadable = SplitError::CountUnreadable { level };
    let Some(said) = std::str::from_utf8(said).ok().and_then(|said| said.parse().ok()) else { return Err(unreadable) };
    match counted.first() {
        Some(&first) if !counted.contains(&said) => Err(SplitError::Count { level, said, counted: first }),
        _ => Ok(()),
    }
}
