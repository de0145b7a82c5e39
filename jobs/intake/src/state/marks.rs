//! The columns of a part by which rows are compared, one batch of it.

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, BinaryArray, BooleanArray, FixedSizeBinaryArray, RecordBatch, UInt32Array, UInt64Array};
use carelake_records::Place;

use super::part::{KEY, RANK, ROW, is_hash};
use crate::error::IntakeError;
use crate::judged::HIDDEN;

/// What is read of a part, where its rows are not.
pub(super) const OF_APPEND: [&str; 5] = [KEY, ROW, HIDDEN[0], HIDDEN[1], HIDDEN[2]];
/// As before, of an `upsert` feed.
pub(super) const OF_UPSERT: [&str; 5] = [KEY, RANK, HIDDEN[0], HIDDEN[1], HIDDEN[2]];

/// The marks of the rows of a batch.
pub(super) struct Marks<'b> {
    keys: &'b FixedSizeBinaryArray,
    rows: Option<&'b FixedSizeBinaryArray>,
    ranks: Option<&'b BinaryArray>,
    numbers: &'b UInt64Array,
    items: &'b UInt32Array,
    removals: &'b BooleanArray,
}

impl<'b> Marks<'b> {
    pub(super) fn of(batch: &'b RecordBatch, key: &str) -> Result<Self, IntakeError> {
        let foreign = || IntakeError::Foreign { key: key.to_owned() };
        let hashes = |name: &str| {
            let column = batch.column_by_name(name).filter(|column| is_hash(column.data_type()))?;
            column.as_fixed_size_binary_opt()
        };
        let [number, item, removal] = HIDDEN.map(|name| batch.column_by_name(name));
        Ok(Self {
            keys: hashes(KEY).ok_or_else(foreign)?,
            rows: hashes(ROW),
            ranks: batch.column_by_name(RANK).and_then(|column| column.as_binary_opt::<i32>()),
            numbers: number.and_then(|column| column.as_primitive_opt::<UInt64Type>()).ok_or_else(foreign)?,
            items: item.and_then(|column| column.as_primitive_opt::<UInt32Type>()).ok_or_else(foreign)?,
            removals: removal.and_then(|column| column.as_boolean_opt()).ok_or_else(foreign)?,
        })
    }

    /// Returns how many rows there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns the hash of the key of a row.
    pub(super) fn key(&self, row: usize) -> u128 {
        hash(self.keys.value(row))
    }

    /// Returns the hash of a row.
    pub(super) fn row(&self, row: usize) -> u128 {
        self.rows.map(|rows| hash(rows.value(row))).unwrap_or_default()
    }

    /// Returns what a row is ordered by.
    pub(super) fn rank(&self, row: usize) -> &[u8] {
        self.ranks.map(|ranks| ranks.value(row)).unwrap_or_default()
    }

    /// Returns where a row stood.
    pub(super) fn place(&self, row: usize) -> Place {
        Place { number: self.numbers.value(row), item: self.items.value(row) }
    }

    /// Returns whether a row takes its key out.
    pub(super) fn is_removal(&self, row: usize) -> bool {
        self.removals.value(row)
    }
}

/// Reads a hash.
pub(super) fn hash(bytes: &[u8]) -> u128 {
    bytes.try_into().map(u128::from_be_bytes).unwrap_or_default()
}
