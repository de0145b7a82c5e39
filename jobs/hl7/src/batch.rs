//! A file cut into messages: bare ones, files and batches of them, captures of MLLP; tolerantly, since what is sent is to be kept.
//!
//! A message begins with a line that begins with `MSH` and no letter, digit or blank after it, and goes on to the next line that
//! begins a message or an envelope, or to the end of its frame. Counts of trailers are checked and told, and keep no message out. It
//! needs memory for one message.

use std::io::{self, BufRead};

use memchr::memchr3;

/// One piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A message, without blank lines after it.
    Message(Vec<u8>),
    /// Text before the first header.
    Junk(Vec<u8>),
    /// A message that is larger than is taken.
    TooLarge,
}

/// What the envelopes of a file say that does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Envelopes {
    /// A trailer counts another number than there are.
    pub is_miscounted: bool,
    /// A file or batch was never closed.
    pub is_open: bool,
    /// Whether there are any.
    pub are_there: bool,
}

/// Cuts a file.
#[derive(Debug)]
pub struct Cutter<R> {
    from: R,
    limit: usize,
    /// The message, or the text, that is gathered.
    part: Vec<u8>,
    /// Blank lines that may be followed by more of it.
    blank: Vec<u8>,
    gathered: Gathered,
    is_too_large: bool,
    line: Vec<u8>,
    counts: Counts,
    is_end: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gathered {
    Nothing,
    Message,
    Text,
}

#[derive(Debug, Default)]
struct Counts {
    found: Envelopes,
    file: Option<u64>,
    batch: Option<u64>,
    batches: u64,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    Header,
    FileHeader,
    BatchHeader,
    BatchTrailer,
    FileTrailer,
    /// The begin or the end of a frame of MLLP.
    Frame,
    Other,
}

const START: u8 = 0x0b;
const END: u8 = 0x1c;

impl<R: BufRead> Cutter<R> {
    /// Cuts a file of which no message may have more bytes than the limit.
    pub fn new(from: R, limit: usize) -> Self {
        Self {
            from,
            limit,
            part: Vec::new(),
            blank: Vec::new(),
            gathered: Gathered::Nothing,
            is_too_large: false,
            line: Vec::new(),
            counts: Counts::default(),
            is_end: false,
        }
    }

    /// Returns what envelopes say that does not hold; to be asked at the end.
    pub fn envelopes(&self) -> Envelopes {
        let Counts { found, file, batch, .. } = &self.counts;
        Envelopes { is_open: found.is_open || file.is_some() || batch.is_some(), ..*found }
    }

    /// Returns the next piece; none at the end.
    ///
    /// # Errors
    /// [`io::Error`] when the file cannot be read.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        while !self.is_end {
            let kind = self.next_line()?;
            let finished = match kind {
                Line::Blank => {
                    if self.gathered != Gathered::Nothing && !self.is_too_large {
                        self.blank.extend_from_slice(&self.line);
                        self.is_too_large = self.blank.len() > self.limit;
                    }
                    None
                }
                Line::Other => {
                    if self.gathered == Gathered::Nothing {
                        self.gathered = Gathered::Text;
                    }
                    self.add_line();
                    None
                }
                Line::Header => {
                    let finished = self.finish();
                    self.gathered = Gathered::Message;
                    self.counts.message();
                    self.add_line();
                    finished
                }
                Line::FileHeader | Line::BatchHeader | Line::BatchTrailer | Line::FileTrailer => {
                    let finished = self.finish();
                    self.counts.envelope(kind, &self.line);
                    finished
                }
                Line::Frame => self.finish(),
            };
            if finished.is_some() {
                return Ok(finished);
            }
        }
        Ok(self.finish())
    }

    fn add_line(&mut self) {
        if self.part.len() + self.blank.len() + self.line.len() > self.limit {
            self.is_too_large = true;
        }
        if self.is_too_large {
            self.part.clear();
        } else {
            self.part.append(&mut self.blank);
            self.part.extend_from_slice(&self.line);
        }
        self.blank.clear();
    }

    fn finish(&mut self) -> Option<Piece> {
        self.blank.clear();
        let part = std::mem::take(&mut self.part);
        let gathered = std::mem::replace(&mut self.gathered, Gathered::Nothing);
        match (gathered, std::mem::take(&mut self.is_too_large)) {
            (Gathered::Nothing, _) => None,
            (_, true) => Some(Piece::TooLarge),
            (Gathered::Message, false) => Some(Piece::Message(part)),
            (Gathered::Text, false) => Some(Piece::Junk(part)),
        }
    }

    /// Reads a line with its end. Of a line that is longer than a message may be, only its begin is kept.
    fn next_line(&mut self) -> io::Result<Line> {
        self.line.clear();
        loop {
            let found = self.from.fill_buf()?;
            if found.is_empty() {
                self.is_end = true;
                break;
            }
            let is_begun = !self.line.is_empty();
            let end = memchr3(b'\r', b'\n', END, found).into_iter().chain(memchr::memchr(START, found)).min();
            let Some(at) = end else {
                let count = found.len();
                push(&mut self.line, found, self.limit);
                self.from.consume(count);
                continue;
            };
            let byte = found.get(at).copied().unwrap_or_default();
            if matches!(byte, START | END) {
                if at == 0 && !is_begun {
                    self.from.consume(1);
                    return Ok(Line::Frame);
                }
                push(&mut self.line, found.get(..at).unwrap_or_default(), self.limit);
                self.from.consume(at);
                break;
            }
            push(&mut self.line, found.get(..=at).unwrap_or_default(), self.limit);
            self.from.consume(at + 1);
            if byte == b'\r' && self.from.fill_buf()?.first() == Some(&b'\n') {
                self.line.push(b'\n');
                self.from.consume(1);
            }
            break;
        }
        Ok(kind(&self.line))
    }
}

fn push(line: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    // One byte more than is taken says that it is too large.
    let room = (limit + 1).saturating_sub(line.len());
    line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

fn kind(line: &[u8]) -> Line {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Line::Blank;
    }
    let Some((name, rest)) = line.split_first_chunk::<3>() else { return Line::Other };
    if rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b' ' || !byte.is_ascii()) {
        return Line::Other;
    }
    match &name.to_ascii_uppercase()[..] {
        b"MSH" => Line::Header,
        b"FHS" => Line::FileHeader,
        b"BHS" => Line::BatchHeader,
        b"BTS" => Line::BatchTrailer,
        b"FTS" => Line::FileTrailer,
        _ => Line::Other,
    }
}

impl Counts {
    fn message(&mut self) {
        if let Some(batch) = &mut self.batch {
            *batch += 1;
        }
        if let Some(file) = &mut self.file {
            *file += 1;
        }
    }

    fn envelope(&mut self, kind: Line, line: &[u8]) {
        self.found.are_there = true;
        match kind {
            Line::FileHeader => {
                self.found.is_open |= self.file.is_some() || self.batch.take().is_some();
                (self.file, self.batches) = (Some(0), 0);
            }
            Line::BatchHeader => {
                self.found.is_open |= self.batch.is_some();
                self.batch = Some(0);
                self.batches += 1;
            }
            Line::BatchTrailer => {
                let counted = self.batch.take();
                self.found.is_miscounted |= !agrees(line, &[counted.unwrap_or_default()]);
            }
            Line::FileTrailer => {
                self.found.is_open |= self.batch.take().is_some();
                // Without batches some senders count one, others the messages.
                let messages = self.file.take().unwrap_or_default();
                let counted = if self.batches == 0 { [1, messages] } else { [self.batches; 2] };
                self.found.is_miscounted |= !agrees(line, &counted);
                self.batches = 0;
            }
            Line::Blank | Line::Header | Line::Frame | Line::Other => {}
        }
    }
}

/// Returns whether the count in the first field of a trailer is one of these; one that is not there agrees with all.
fn agrees(trailer: &[u8], counted: &[u64]) -> bool {
    let Some((&field, rest)) = trailer.trim_ascii().get(3..).unwrap_or_default().split_first() else { return true };
    let said = rest.split(|byte| *byte == field).next().unwrap_or_default().trim_ascii();
    let said = std::str::from_utf8(said).unwrap_or("?");
    said.is_empty() || said.parse().is_ok_and(|said: u64| counted.contains(&said))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &[u8]) -> (Vec<Piece>, Envelopes) {
        let mut cutter = Cutter::new(io::BufReader::with_capacity(3, text), 1_000);
        let mut pieces = Vec::new();
        while let Some(piece) = cutter.next_piece().unwrap() {
            pieces.push(piece);
        }
        (pieces, cutter.envelopes())
    }

    fn message(text: &str) -> Piece {
        Piece::Message(text.as_bytes().to_vec())
    }

    #[test]
    fn a_header_begins_a_message_wherever_a_line_begins() {
        let (pieces, envelopes) = cut(b"MSH|1\rNTE|MSH|x\r\r\rMSH|2\r\nPID|\r\n\r\n\nMSH|3");
        assert_eq!(pieces, [message("MSH|1\rNTE|MSH|x\r"), message("MSH|2\r\nPID|\r\n"), message("MSH|3")]);
        assert_eq!(envelopes, Envelopes::default());
        assert_eq!(cut(b"\x0bMSH|1\r\x1c\r\x0bMSH|2\x1c\x0d").0, [message("MSH|1\r"), message("MSH|2")]);
    }

    #[test]
    fn text_before_a_header_is_a_piece_of_its_own() {
        let (pieces, _) = cut(b"hello\nworld\n\nMSH|1\r");
        assert_eq!(pieces, [Piece::Junk(b"hello\nworld\n".to_vec()), message("MSH|1\r")]);
        assert_eq!(cut(b"BHS|\rPID|x\rBTS|0\r").0, [Piece::Junk(b"PID|x\r".to_vec())]);
    }

    #[test]
    fn what_is_too_large_is_passed_over_and_its_neighbours_are_not() {
        let text = format!("MSH|1\rPID|{}\rPV1|\rMSH|2\r", "x".repeat(2_000));
        assert_eq!(cut(text.as_bytes()).0, [Piece::TooLarge, message("MSH|2\r")]);
        let blank = format!("MSH|1\r{}MSH|2\r", "\n".repeat(3_000));
        assert_eq!(cut(blank.as_bytes()).0.last(), Some(&message("MSH|2\r")));
    }

    #[test]
    fn counts_of_trailers_are_checked_and_keep_nothing_out() {
        for (text, is_miscounted, is_open) in [
            ("BHS|\rMSH|1\rBTS|1\r", false, false),
            ("BHS|\rMSH|1\rBTS|2\r", true, false),
            ("BHS|\rMSH|1\rBTS\r", false, false),
            ("BHS|\rMSH|1\rBTS|x\r", true, false),
            ("BHS|\rMSH|1\r", false, true),
            ("FHS|\rBHS|\rMSH|1\rFTS|1\r", false, true),
            ("FHS|\rMSH|1\rMSH|2\rFTS|2\r", false, false),
            ("FHS|\rMSH|1\rMSH|2\rFTS|1\r", false, false),
            ("FHS|\rMSH|1\rMSH|2\rFTS|3\r", true, false),
        ] {
            let (pieces, envelopes) = cut(text.as_bytes());
            assert_eq!(pieces.len(), text.matches("MSH").count(), "{text}");
            assert_eq!((envelopes.is_miscounted, envelopes.is_open), (is_miscounted, is_open), "{text}");
        }
    }
}
