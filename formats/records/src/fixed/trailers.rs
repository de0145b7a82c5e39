//! Counts in trailers, and whether they are right.

use std::collections::HashMap;

use super::plan::Slice;
use super::slices::Characters;
use crate::format::{Fixed, Trailer};
use crate::malformed::{Malformed, Reason};

/// The counts that trailers say, and those that are.
pub(super) struct Trailers<'f> {
    trailers: &'f [Trailer],
    /// What each trailer says: a number, or something else.
    said: Vec<Option<Option<u64>>>,
    /// How many records there are of each type that is counted.
    counts: HashMap<&'f [u8], u64>,
    has_records: bool,
}

impl<'f> Trailers<'f> {
    pub(super) fn new(format: &'f Fixed) -> Self {
        let counts = format.trailers.iter().map(|trailer| (trailer.of.as_bytes(), 0)).collect();
        Self { trailers: &format.trailers, said: vec![None; format.trailers.len()], counts, has_records: false }
    }

    /// Counts a record, and reads what it says if it is a trailer.
    #[inline]
    pub(super) fn record(&mut self, line: &[u8], kind: &[u8], characters: &Characters) {
        if self.trailers.is_empty() {
            return;
        }
        self.has_records = true;
        if let Some(count) = self.counts.get_mut(kind) {
            *count += 1;
        }
        for (trailer, said) in self.trailers.iter().zip(&mut self.said) {
            if trailer.record.as_bytes() == kind {
                let (text, _) = characters.part(line, Slice::of(trailer.at));
                *said = Some(std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()));
            }
        }
    }

    /// Compares what was said with what is.
    pub(super) fn check(&self) -> Result<(), Malformed> {
        for (trailer, said) in self.trailers.iter().zip(&self.said) {
            let (record, of) = (&trailer.record, &trailer.of);
            let count = self.counts.get(of.as_bytes()).copied().unwrap_or_default();
            let message = match said {
                Some(Some(said)) if *said == count => continue,
                None if !self.has_records => continue,
                None => {
                    let message = format!("the record `{record}`, which counts the others, is missing");
                    return Err(Malformed::new(Reason::Truncated, message));
                }
                Some(Some(said)) => format!("the record `{record}` says {said} records `{of}`, and there are {count}"),
                Some(None) => format!("the record `{record}` should say how many records `{of}` there are, in digits"),
            };
            return Err(Malformed::new(Reason::CountMismatch, message));
        }
        Ok(())
    }
}
