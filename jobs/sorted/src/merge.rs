//! Several streams of batches, each in the order of its keys, as one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use arrow_array::RecordBatch;
use arrow_select::interleave::interleave_record_batch;

use super::error::SortedError;
use super::keyed::keys;

/// Batches with keys in front, in the order of these.
pub type Batches<'b, E> = Box<dyn Iterator<Item = Result<RecordBatch, E>> + 'b>;

/// Rows of a batch.
const BATCH_ROWS: usize = 4096;

/// Merges streams. Memory holds one batch of each, and what becomes the next.
pub struct Merge<'m, E> {
    streams: Vec<Stream<'m, E>>,
    /// The next row of each stream, the least key first; of equal keys that of the earlier stream.
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    is_begun: bool,
}

struct Stream<'m, E> {
    batches: Batches<'m, E>,
    batch: Option<RecordBatch>,
    row: usize,
}

impl<'m, E: From<SortedError>> Merge<'m, E> {
    /// Takes the streams.
    #[must_use]
    pub fn new(streams: Vec<Batches<'m, E>>) -> Self {
        let stream = |batches| Stream { batches, batch: None, row: 0 };
        Self { streams: streams.into_iter().map(stream).collect(), next: BinaryHeap::new(), is_begun: false }
    }

    /// Makes the next row of a stream known, if there is one in the batch that it has; answers whether there is.
    fn offer(&mut self, at: usize) -> Result<bool, SortedError> {
        let Some(stream) = self.streams.get(at) else { return Ok(false) };
        let Some(batch) = stream.batch.as_ref().filter(|batch| stream.row < batch.num_rows()) else { return Ok(false) };
        let key = keys(batch)?.value(stream.row).to_vec();
        self.next.push(Reverse((key, at)));
        Ok(true)
    }

    /// Takes the next batch of a stream that has rows.
    fn load(&mut self, at: usize) -> Result<(), E> {
        if let Some(stream) = self.streams.get_mut(at) {
            stream.row = 0;
            stream.batch = None;
            for batch in stream.batches.by_ref() {
                let batch = batch?;
                if batch.num_rows() > 0 {
                    stream.batch = Some(batch);
                    break;
                }
            }
        }
        Ok(self.offer(at).map(drop)?)
    }

    /// Returns some rows more; none at the end.
    fn some(&mut self) -> Result<Option<RecordBatch>, E> {
        if !self.is_begun {
            self.is_begun = true;
            (0..self.streams.len()).try_for_each(|at| self.load(at))?;
        }
        if let [only] = self.streams.as_mut_slice() {
            let rest = only.batch.take().map(|batch| batch.slice(only.row, batch.num_rows() - only.row));
            self.next.clear();
            return rest.map_or_else(|| only.batches.next().transpose(), |batch| Ok(Some(batch)));
        }
        let batches: Vec<Option<RecordBatch>> = self.streams.iter().map(|stream| stream.batch.clone()).collect();
        let mut used: Vec<RecordBatch> = batches.into_iter().flatten().collect();
        let mut place: Vec<Option<usize>> = Vec::new();
        let mut count = 0;
        for stream in &self.streams {
            place.push(stream.batch.is_some().then_some(count));
            count += usize::from(stream.batch.is_some());
        }
        let mut rows: Vec<(usize, usize)> = Vec::new();
        while rows.len() < BATCH_ROWS {
            let Some(Reverse((_, at))) = self.next.pop() else { break };
            let (Some(stream), Some(Some(batch))) = (self.streams.get_mut(at), place.get(at)) else { break };
            rows.push((*batch, stream.row));
            stream.row += 1;
            if !self.offer(at)? {
                self.load(at)?;
                if let (Some(stream), Some(place)) = (self.streams.get(at), place.get_mut(at)) {
                    *place = stream.batch.is_some().then_some(used.len());
                    used.extend(stream.batch.clone());
                }
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let merged = interleave_record_batch(&used.iter().collect::<Vec<_>>(), &rows);
        Ok(Some(merged.map_err(SortedError::from)?))
    }
}

impl<E: From<SortedError>> Iterator for Merge<'_, E> {
    type Item = Result<RecordBatch, E>;

    fn next(&mut self) -> Option<Self::Item> {
        self.some().transpose()
    }
}
