//! One pass over a source, in parallel, with the same result for any number of threads.

use super::error::SourceError;
use super::judge::Verdict;
use super::open::Source;
use super::row::{Reader, Row};
use super::tally::{Filter, Reject, Tally};
use crate::csv::{Chunk, Scanner, Stop, chunks};

/// What a job did with a valid row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The row goes on.
    Kept,
    /// The row is left out on purpose.
    Filtered(Filter),
}

/// What a pass found.
#[derive(Debug)]
pub struct Scan<A> {
    /// What the job gathered, one part per piece of the file, in file order.
    pub parts: Vec<A>,
    /// The figures.
    pub tally: Tally,
}

impl Source {
    /// Reads every row: refuses, filters and counts, and hands each valid row to `fold` with the gatherings of its piece.
    ///
    /// Rows of one piece arrive in file order, and pieces are answered in file order.
    ///
    /// # Errors
    /// [`SourceFault::Store`](super::SourceFault::Store) when the file does not arrive;
    /// [`SourceFault::Nul`](super::SourceFault::Nul) or [`SourceFault::RecordTooLong`](super::SourceFault::RecordTooLong) when the file is not text in records.
    pub fn scan<A, I, F>(&self, init: I, fold: F) -> Result<Scan<A>, SourceError>
    where
        A: Send,
        I: Fn() -> A + Sync,
        F: Fn(&mut A, &Row<'_>) -> Fate + Sync,
    {
        self.meter().announce((self.bytes().len() - self.body()) as u64);
        // What does not arrive stays null bytes and stops the reading; why it did not is told after it.
        let ready = |limit: usize| drop(self.wait(limit + Scanner::LONGEST_RECORD));
        let pieces = chunks(self.bytes(), self.body(), self.chunk_size(), ready, |chunk| {
            let mut part = init();
            let (tally, next) = self.scan_chunk(chunk, &mut part, &fold);
            (tally.map(|tally| (part, tally)), next)
        });
        self.wait(usize::MAX)?;
        let mut scan = Scan { parts: Vec::with_capacity(pieces.len()), tally: Tally::default() };
        for piece in pieces {
            let (part, tally) = piece.map_err(|stop| self.stopped(stop))?;
            scan.parts.push(part);
            scan.tally.append(tally);
        }
        Ok(scan)
    }

    /// Reads the rows that start in a chunk; answers the figures and where the next chunk starts.
    fn scan_chunk<A>(
        &self,
        chunk: Chunk,
        part: &mut A,
        fold: &impl Fn(&mut A, &Row<'_>) -> Fate,
    ) -> (Result<Tally, Stop>, usize) {
        let mut tally = Tally::default();
        let mut reader = Reader::new(self, chunk.start);
        let mut next = chunk.start;
        while next < chunk.limit {
            let (extent, row, verdict) = match reader.next_row() {
                Ok(Some(judged)) => judged,
                Ok(None) => break,
                // The rest of the file would be read in vain.
                Err(stop) => return (Err(stop), self.bytes().len()),
            };
            next = extent.next;
            tally.rows_read += 1;
            match verdict {
                Verdict::Valid => match fold(part, &row) {
                    Fate::Kept => tally.kept += 1,
                    Fate::Filtered(filter) => tally.filter(filter, 1),
                },
                Verdict::Blank => tally.filter(Filter::BlankRow, 1),
                Verdict::Refused { rule, column } => {
                    tally.rejects.push(Reject {
                        offset: extent.start,
                        length: extent.end - extent.start,
                        rule,
                        column,
                    });
                }
            }
        }
        self.meter().advance((next.saturating_sub(chunk.start)) as u64);
        tally.counted.extend(reader.counted());
        (Ok(tally), next)
    }
}
