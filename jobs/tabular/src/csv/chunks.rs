//! Cuts a file into pieces that are read side by side, with the records a single reader would see.
//!
//! A piece guesses that a record starts after the first line end it meets. The guess is wrong only inside a quoted field
//! that spans lines, and it is checked: each piece must begin where the one before it ended, or it is read again.

/// The bytes in which a piece's records start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Position of the first record.
    pub start: usize,
    /// Records that start at or after this position belong to the next piece.
    pub limit: usize,
}

/// The pieces of a file, of about equal size.
#[derive(Debug, Clone, Copy)]
pub struct Pieces<'f> {
    bytes: &'f [u8],
    start: usize,
    size: usize,
}

/// What was made of a piece.
#[derive(Debug)]
pub struct Read<T> {
    /// The piece as it was guessed.
    pub chunk: Chunk,
    /// The result.
    pub result: T,
    /// The position of the first record that was not read.
    pub next: usize,
}

impl<'f> Pieces<'f> {
    /// Cuts `bytes[start..]` into pieces of about `size` bytes.
    #[must_use]
    pub fn new(bytes: &'f [u8], start: usize, size: usize) -> Self {
        Self { bytes, start, size: size.max(1) }
    }

    /// Returns how many pieces there are; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bytes.len().saturating_sub(self.start).div_ceil(self.size).max(1)
    }

    /// Returns the position before which the records of a piece start.
    #[must_use]
    pub fn limit(&self, number: usize) -> usize {
        (self.start + (number + 1) * self.size).min(self.bytes.len())
    }

    /// Guesses where the records of a piece start. The bytes up to [`Pieces::limit`], and a record more, must be there.
    #[must_use]
    pub fn guess(&self, number: usize) -> Chunk {
        let start = if number == 0 { self.start } else { record_start(self.bytes, self.start + number * self.size) };
        Chunk { start, limit: self.limit(number) }
    }

    /// Answers the results of all pieces, given in file order; those that were read from a wrong guess are read again.
    ///
    /// # Errors
    /// The first error of `read`.
    pub fn settle<T, E>(
        &self,
        reads: impl IntoIterator<Item = Read<T>>,
        mut read: impl FnMut(Chunk) -> Result<Read<T>, E>,
    ) -> Result<Vec<T>, E> {
        let mut expected = self.start;
        let mut results = Vec::with_capacity(self.count());
        for guessed in reads {
            let Read { result, next, .. } = if guessed.chunk.start == expected {
                guessed
            } else {
                read(Chunk { start: expected, ..guessed.chunk })?
            };
            results.push(result);
            expected = next;
        }
        Ok(results)
    }
}

/// Returns the first position at or after `from` that follows a line end.
#[must_use]
pub fn record_start(bytes: &[u8], from: usize) -> usize {
    let before = from.saturating_sub(1);
    let Some(end) = bytes.get(before..).and_then(|rest| memchr::memchr2(b'\n', b'\r', rest)).map(|at| before + at)
    else {
        return bytes.len();
    };
    if bytes.get(end) == Some(&b'\r') && bytes.get(end + 1) == Some(&b'\n') { end + 2 } else { end + 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Scanner, unquote};
    use super::*;

    fn records(bytes: &[u8], chunk_size: usize) -> Vec<Vec<Vec<u8>>> {
        let read = |chunk: Chunk| {
            let mut found = Vec::new();
            let mut scanner = Scanner::new(bytes, b',', chunk.start);
            let mut next = chunk.start;
            while next < chunk.limit {
                let Ok(Some(extent)) = scanner.next_record() else { break };
                next = extent.next;
                let record = &bytes[extent.start..extent.end];
                let fields = scanner.fields().iter().map(|span| {
                    let mut text = span.of(record).to_vec();
                    if span.is_quoted() {
                        unquote(span.of(record), &mut text);
                    }
                    text
                });
                found.push(fields.collect());
            }
            Read { chunk, result: found, next }
        };
        let pieces = Pieces::new(bytes, 0, chunk_size);
        let guesses: Vec<_> = (0..pieces.count()).map(|number| read(pieces.guess(number))).collect();
        pieces.settle(guesses, |chunk| Ok::<_, ()>(read(chunk))).unwrap().concat()
    }

    #[test]
    fn a_line_end_inside_quotes_does_not_end_a_record() {
        let text = b"a,\"x\r\ny\"\r\nb,\"\"\"q\"\",\n\"\nc\rd,e";
        let expected: Vec<Vec<&[u8]>> =
            vec![vec![b"a", b"x\r\ny"], vec![b"b", b"\"q\",\n"], vec![b"c"], vec![b"d", b"e"]];
        assert_eq!(records(text, 1 << 20), expected);
        for size in 1..text.len() {
            assert_eq!(records(text, size), expected, "chunks of {size}");
        }
    }

    #[test]
    fn quotes_in_unquoted_fields_and_after_closing_quotes_are_ordinary() {
        assert_eq!(records(b"5\" pipe,\"a\"b\"c\",d\n", 100), vec![vec![&b"5\" pipe"[..], b"ab\"c\"", b"d"]]);
    }

    proptest! {
        #[test]
        fn chunking_never_changes_the_records(text in "[a\",\r\n]{0,300}", size in 1usize..80) {
            prop_assert_eq!(records(text.as_bytes(), size), records(text.as_bytes(), 1 << 20));
        }
    }
}
