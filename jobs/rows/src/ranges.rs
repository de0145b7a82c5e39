//! Bytes of an object by ranges, and how many were fetched.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use carelake_core::store::{Store, StoreError};
use parquet::errors::ParquetError;

use crate::error::RowsError;

/// Ranges that lie so near to each other are fetched as one: a request takes as long as so many bytes do, or longer.
const NEAR_BYTES: u64 = 64 * 1024;
/// Requests that are under way at once.
const AT_ONCE: usize = 8;

/// What was fetched.
#[derive(Debug, Default)]
pub struct Fetched {
    bytes: AtomicU64,
    requests: AtomicU64,
}

impl Fetched {
    /// Returns how many bytes were fetched.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns by how many requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn note(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
    }
}

/// An object of a store, read by ranges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranged<'s> {
    pub store: &'s dyn Store,
    pub key: &'s str,
    pub name: &'s str,
    pub fetched: &'s Fetched,
}

impl Ranged<'_> {
    /// Returns the last bytes, and the size of the object.
    pub(crate) fn tail(&self, length: u64) -> Result<(Bytes, u64), RowsError> {
        let (bytes, size) = self.store.read_tail(self.key, length)?;
        self.fetched.note(bytes.len());
        Ok((bytes.into(), size))
    }

    /// Returns the first bytes.
    pub(crate) fn head(&self, length: u64) -> Result<Vec<u8>, RowsError> {
        let bytes = self.store.read_range(self.key, 0..length)?;
        self.fetched.note(bytes.len());
        Ok(bytes)
    }

    /// Returns the bytes of each range. What lies near to each other is fetched as one, and of a remote store several at once.
    pub(crate) fn fetch(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, RowsError> {
        let spans = together(ranges);
        let read: Vec<Bytes> = if spans.len() < 2 || self.store.local_path(self.key).is_some() {
            spans.iter().map(|span| self.read(span)).collect::<Result<_, _>>()?
        } else {
            self.read_at_once(&spans)?
        };
        let found = ranges.iter().map(|range| {
            let at = spans.partition_point(|span| span.end < range.end);
            let (span, bytes) = (spans.get(at)?, read.get(at)?);
            let (from, to) = (usize::try_from(range.start - span.start), usize::try_from(range.end - span.start));
            let (from, to) = (from.ok()?, to.ok()?);
            (to <= bytes.len()).then(|| bytes.slice(from..to))
        });
        // An object that ends before is another one than that whose footer was read.
        found.collect::<Option<_>>().ok_or_else(|| RowsError::Damaged {
            file: self.name.to_owned(),
            cause: ParquetError::EOF("it ends before what its footer tells".to_owned()),
        })
    }

    fn read(&self, span: &Range<u64>) -> Result<Bytes, StoreError> {
        let bytes = self.store.read_range(self.key, span.clone())?;
        self.fetched.note(bytes.len());
        Ok(bytes.into())
    }

    fn read_at_once(&self, spans: &[Range<u64>]) -> Result<Vec<Bytes>, StoreError> {
        let next = AtomicUsize::new(0);
        let found = Mutex::new(Vec::new());
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(span) = spans.get(at) else { return };
                let read = self.read(span);
                found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, read));
            }
        };
        thread::scope(|scope| {
            for _ in 1..AT_ONCE.min(spans.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, read)| read).collect()
    }
}

/// Returns what is fetched for ranges: spans in their order, none near to the next.
fn together(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.to_vec();
    sorted.sort_by_key(|range| range.start);
    let mut spans: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match spans.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(NEAR_BYTES) => last.end = last.end.max(range.end),
            _ => spans.push(range),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_near_to_each_other_is_fetched_as_one() {
        let far = NEAR_BYTES * 3;
        let ranges = [far..far + 10, 0..10, 20..30, 5..25, 21..22, far + 10..far + 20];
        assert_eq!(together(&ranges), [0..30, far..far + 20]);
        assert_eq!(together(&[]), []);
    }
}
