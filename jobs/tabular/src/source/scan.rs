//! One pass over a source, in parallel, with the same result for any number of threads and of jobs that share it.

use std::any::Any;
use std::sync::Arc;

use super::error::SourceError;
use super::judge::Verdict;
use super::open::Source;
use super::pass::{Gather, Gathered, Reading};
use super::row::{Reader, Row};
use super::tally::{Filter, Reject, Rule, Tally};
use crate::csv::{Chunk, Pieces, Read, Scanner, Stop};

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

impl<T> Scan<Vec<T>> {
    /// Returns what all pieces gathered as one list, and the figures.
    #[must_use]
    pub fn into_list(self) -> (Vec<T>, Tally) {
        (flatten(self.parts), self.tally)
    }
}

/// Puts the lists of pieces together to one; each is freed when it is copied, so that nothing is in memory twice.
#[must_use]
pub fn flatten<T>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    for part in parts {
        all.extend(part);
    }
    all
}

/// The rows of one piece as a fold gathers them.
struct Fold<A, F> {
    part: A,
    fold: Arc<F>,
}

impl<A, F> Gather for Fold<A, F>
where
    A: Send + 'static,
    F: Fn(&mut A, &Row<'_>) -> Fate,
{
    #[inline]
    fn row(&mut self, row: &Row<'_>) -> Fate {
        (self.fold)(&mut self.part, row)
    }

    fn finish(self: Box<Self>) -> Box<dyn Any + Send> {
        Box::new(self.part)
    }
}

impl Source {
    /// Reads every row: refuses, filters and counts, and hands each valid row to `fold` with the gatherings of its piece.
    ///
    /// Rows of one piece arrive in file order, and pieces are answered in file order. Jobs that scan the source at the same time
    /// share the reading, which is why `init` and `fold` own what they use.
    ///
    /// # Errors
    /// [`SourceFault::Store`](super::SourceFault::Store) when the file does not arrive;
    /// [`SourceFault::Nul`](super::SourceFault::Nul) or [`SourceFault::RecordTooLong`](super::SourceFault::RecordTooLong) when the file is not text in records.
    pub fn scan<A, I, F>(&self, init: I, fold: F) -> Result<Scan<A>, SourceError>
    where
        A: Send + 'static,
        I: Fn() -> A + Send + Sync + 'static,
        F: Fn(&mut A, &Row<'_>) -> Fate + Send + Sync + 'static,
    {
        self.meter().announce((self.bytes().len() - self.body()) as u64);
        let fold = Arc::new(fold);
        let start = move || -> Box<dyn Gather> { Box::new(Fold { part: init(), fold: Arc::clone(&fold) }) };
        let reading = Arc::new(Reading::new(Box::new(start)));
        let pieces = Pieces::new(self.bytes(), self.body(), self.chunk_size());
        let reads = self.pass().take_part(&reading, pieces.count(), &|number, readings| {
            // What does not arrive stays null bytes and stops the reading; why it did not is told after it.
            drop(self.wait(pieces.limit(number) + Scanner::LONGEST_RECORD));
            self.read(pieces.guess(number), readings)
        });
        self.wait(usize::MAX)?;
        let alone = |chunk| self.read(chunk, std::slice::from_ref(&reading)).pop().ok_or(());
        let gathered = pieces.settle(reads, alone).unwrap_or_default();
        let mut scan = Scan { parts: Vec::with_capacity(gathered.len()), tally: Tally::default() };
        for piece in gathered {
            let (part, tally) = piece.map_err(|stop| self.stopped(stop))?;
            // It is what `start` above began.
            scan.parts.extend(part.downcast::<A>().map(|part| *part));
            scan.tally.append(tally);
        }
        Ok(scan)
    }

    /// Says how many fields the first row has that was refused for their number, and how many the header has.
    #[must_use]
    pub fn other_width(&self, tally: &Tally) -> Option<String> {
        let reject = tally.rejects.iter().find(|reject| reject.rule == Rule::FieldCount)?;
        let mut scanner = Scanner::new(self.bytes(), self.spec().delimiter, reject.offset);
        scanner.next_record().ok()??;
        let (line, row, header) = (self.line_of(reject.offset), scanner.fields().len(), self.layout().width);
        let plural = if row == 1 { "" } else { "s" };
        Some(format!("the header has {header} fields, line {line} has {row} field{plural}"))
    }

    /// Reads the rows that start in a chunk, and answers what they gave each of the jobs.
    fn read(&self, chunk: Chunk, readings: &[Arc<Reading>]) -> Vec<Read<Gathered>> {
        let mut gathers: Vec<(Box<dyn Gather>, Tally)> =
            readings.iter().map(|reading| (reading.start(), Tally::default())).collect();
        let (read, next) = self.read_rows(chunk, &mut gathers);
        self.meter().advance((next.saturating_sub(chunk.start) * readings.len()) as u64);
        let answer = |(gather, mut tally): (Box<dyn Gather>, Tally)| {
            let result = read.clone().map(|common| {
                tally.append(common);
                (gather.finish(), tally)
            });
            Read { chunk, result, next }
        };
        gathers.into_iter().map(answer).collect()
    }

    /// Hands each valid row of a chunk to the jobs; answers the figures that are the same for all, and where the next chunk starts.
    fn read_rows(&self, chunk: Chunk, gathers: &mut [(Box<dyn Gather>, Tally)]) -> (Result<Tally, Stop>, usize) {
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
                Verdict::Valid => {
                    for (gather, own) in gathers.iter_mut() {
                        match gather.row(&row) {
                            Fate::Kept => own.kept += 1,
                            Fate::Filtered(filter) => own.filter(filter, 1),
                        }
                    }
                }
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
        tally.survey = reader.take_survey();
        (Ok(tally), next)
    }
}
