//! Cuts a file into pieces that are read side by side, with the records a single reader would see.
//!
//! A piece guesses that a record starts after the first line end it meets. The guess is wrong only inside a quoted field
//! that spans lines, and it is checked: each piece must begin where the one before it ended, or it is read again.

use rayon::prelude::*;

/// The bytes in which a piece's records start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Position of the first record.
    pub start: usize,
    /// Records that start at or after this position belong to the next piece.
    pub limit: usize,
}

/// Reads `bytes[start..]` in pieces of about `chunk_size` bytes and answers what `read` made of each, in file order.
///
/// Before a piece is looked at, `ready` is told the position before which its records start; it returns when the bytes up to
/// there, and a record more, can be read. `read` gets a [`Chunk`] and answers its result and the position of the first record it did not read. It may be called
/// with a wrong guess whose result is thrown away, so it must have no effect but its answer.
pub fn chunks<T, R, F>(bytes: &[u8], start: usize, chunk_size: usize, ready: R, read: F) -> Vec<T>
where
    T: Send,
    R: Fn(usize) + Sync,
    F: Fn(Chunk) -> (T, usize) + Sync,
{
    let size = chunk_size.max(1);
    let count = bytes.len().saturating_sub(start).div_ceil(size).max(1);
    let guesses: Vec<(Chunk, T, usize)> = (0..count)
        .into_par_iter()
        .map(|number| {
            let from = start + number * size;
            let limit = (from + size).min(bytes.len());
            ready(limit);
            let guess = if number == 0 { start } else { record_start(bytes, from) };
            let chunk = Chunk { start: guess, limit };
            let (result, next) = read(chunk);
            (chunk, result, next)
        })
        .collect();
    let mut expected = start;
    let mut results = Vec::with_capacity(count);
    for (chunk, result, next) in guesses {
        if chunk.start == expected {
            results.push(result);
            expected = next;
        } else {
            let (result, next) = read(Chunk { start: expected, ..chunk });
            results.push(result);
            expected = next;
        }
    }
    results
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
        chunks(
            bytes,
            0,
            chunk_size,
            |_| (),
            |chunk| {
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
                (found, next)
            },
        )
        .concat()
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
