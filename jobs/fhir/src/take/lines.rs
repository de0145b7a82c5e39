//! The lines of a file: LF or CRLF, a byte order mark in front passed over, the last with or without a line end.

use std::io::{self, BufRead};

/// Bytes of a line that are kept; of one that is longer the rest is passed over.
const KEPT_BYTES: usize = crate::line::MOST_BYTES + 1;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1 on.
    pub number: u64,
    /// Its bytes without its line end.
    pub bytes: Vec<u8>,
    /// Whether no other follows.
    pub is_last: bool,
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    number: u64,
    next: Option<Vec<u8>>,
}

impl<R: BufRead> Lines<R> {
    /// Begins.
    ///
    /// # Errors
    /// Where nothing can be read.
    pub fn new(from: R) -> io::Result<Self> {
        let mut lines = Self { from, number: 0, next: None };
        lines.next = lines.one()?;
        if let Some(first) = &mut lines.next
            && first.starts_with(MARK)
        {
            first.drain(..MARK.len());
        }
        Ok(lines)
    }

    /// Returns the next line, if there is one.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn following(&mut self) -> io::Result<Option<Line>> {
        let Some(bytes) = self.next.take() else { return Ok(None) };
        self.next = self.one()?;
        self.number += 1;
        Ok(Some(Line { number: self.number, bytes, is_last: self.next.is_none() }))
    }

    fn one(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (mut line, mut has_any) = (Vec::new(), false);
        loop {
            let some = match self.from.fill_buf() {
                Ok(some) => some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if some.is_empty() {
                return Ok(has_any.then_some(line));
            }
            has_any = true;
            let end = some.iter().position(|byte| *byte == b'\n');
            let (body, _) = some.split_at(end.unwrap_or(some.len()));
            let room = KEPT_BYTES.saturating_sub(line.len());
            line.extend(body.iter().take(room));
            let used = body.len() + usize::from(end.is_some());
            self.from.consume(used);
            if end.is_some() {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
        }
    }
}
