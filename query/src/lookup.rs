//! Rows kept in memory for a join: decoded once, and found by the hash of the columns they are joined by.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::constraint::Constraint;
use crate::error::ReadError;
use crate::scan::{Batch, Scan};
use crate::table::Table;
use crate::value::Value;

/// Rows of a table, and where each value of its key is.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What the rows fulfil; they serve no look-up with other values.
    pub constraints: Vec<Constraint>,
    /// Whether each column of the key is text.
    texts: Vec<bool>,
    batches: Vec<Batch>,
    /// Hash, batch and row, by hash.
    places: Vec<(u64, u32, u32)>,
    /// Where the hashes begin that have the same first bits; one more than there are such bits, and the last is the end.
    starts: Vec<usize>,
    /// How far a hash is shifted to leave these bits.
    shift: u32,
}

impl Kept {
    /// Reads the rows of a scan and orders them by the hash of some columns. A row with a null there is equal to nothing.
    pub(crate) fn read(
        table: &Table,
        mut scan: Scan,
        key: &[usize],
        constraints: Vec<Constraint>,
    ) -> Result<Self, ReadError> {
        let is_text = |column: &usize| table.columns.get(*column).is_some_and(|column| column.kind.is_text());
        let (mut batches, mut places) = (Vec::new(), Vec::new());
        while let Some(batch) = scan.next()? {
            for row in 0..batch.rows {
                let values =
                    key.iter().map(|column| batch.cells.get(*column).map_or(Value::Null, |cells| cells.value(row)));
                if let Some(hash) = hash(values) {
                    places.push((hash, batches.len() as u32, row as u32));
                }
            }
            batches.push(batch);
        }
        places.sort_unstable();
        // About one place for each start, so that a look-up is one step into the places.
        let shift = u64::BITS - places.len().max(2).ilog2();
        let mut starts = Vec::new();
        for (at, place) in places.iter().enumerate() {
            starts.resize(starts.len().max((place.0 >> shift) as usize + 1), at);
        }
        starts.resize((1 << (u64::BITS - shift)) + 1, places.len());
        Ok(Self { constraints, texts: key.iter().map(is_text).collect(), batches, places, starts, shift })
    }

    /// Returns where the rows are whose key may be equal to these values; SQLite compares them once more.
    pub(crate) fn find(&self, values: &[Value<'_>]) -> Range<usize> {
        let Some(hash) = hash(values.iter().cloned()) else { return 0..0 };
        if values.iter().zip(&self.texts).any(|(value, is_text)| matches!(value, Value::Text(_)) != *is_text) {
            // A number compared with text: what is equal depends on how the query is written.
            return self.all();
        }
        let first = self.starts.get((hash >> self.shift) as usize).copied().unwrap_or(self.places.len());
        let before = self.places.get(first..).unwrap_or_default().iter().take_while(|place| place.0 < hash).count();
        let from = first + before;
        let rows = self.places.get(from..).unwrap_or_default().iter().take_while(|place| place.0 == hash).count();
        from..from + rows
    }

    /// Returns where every row with a key is.
    pub(crate) fn all(&self) -> Range<usize> {
        0..self.places.len()
    }

    /// Returns the batch and the row of a place.
    pub(crate) fn row(&self, place: usize) -> Option<(&Batch, usize)> {
        let (_, batch, row) = self.places.get(place)?;
        Some((self.batches.get(*batch as usize)?, *row as usize))
    }
}

/// Returns a hash that equal values share, whole numbers and reals too; `None` when one of them is null.
fn hash<'v>(values: impl Iterator<Item = Value<'v>>) -> Option<u64> {
    let mut hash = 0;
    for value in values {
        hash = match value {
            Value::Null => return None,
            // Adding zero makes one zero of the two.
            Value::Integer(number) => xxh3_64_with_seed(&(number as f64 + 0.0).to_bits().to_le_bytes(), hash),
            Value::Real(number) => xxh3_64_with_seed(&(number + 0.0).to_bits().to_le_bytes(), hash),
            Value::Text(text) => xxh3_64_with_seed(text.as_bytes(), hash),
        };
    }
    Some(hash)
}
