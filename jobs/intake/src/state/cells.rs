//! Cells as bytes: equal cells are equal bytes, and bytes compare as cells do.
//!
//! What is kept of rows (hashes of keys and of rows, ranks) is made of these bytes, so they never change: a part that was kept years
//! ago is compared with one of today.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use xxhash_rust::xxh3::xxh3_128;

use crate::error::IntakeError;
use crate::feed::Order;

/// What follows for a cell with a value.
const FILLED: u8 = 0;
/// What stands for a cell without one: nulls are last, in either direction.
const NULL: u8 = 1;

/// Some columns of a batch.
pub(super) struct Cells {
    columns: Vec<(ArrayRef, bool)>,
}

impl Cells {
    /// Takes these columns of a batch.
    pub(super) fn of<'n>(batch: &RecordBatch, names: impl Iterator<Item = &'n str>) -> Result<Self, IntakeError> {
        Self::directed(batch, names.map(|name| (name, false)))
    }

    /// Takes the columns that rows of several deliveries are ordered by. The line orders rows of one delivery only, and leaves
    /// nothing to what comes after it.
    pub(super) fn ordered(batch: &RecordBatch, order: &[Order]) -> Result<Self, IntakeError> {
        let order = order.iter().take_while(|order| order.column != "line");
        Self::directed(batch, order.map(|order| (order.column.as_str(), order.is_descending)))
    }

    fn directed<'n>(batch: &RecordBatch, names: impl Iterator<Item = (&'n str, bool)>) -> Result<Self, IntakeError> {
        let column = |(name, is_descending): (&str, bool)| {
            let column = batch.column_by_name(name).ok_or_else(|| IntakeError::NoColumn { column: name.to_owned() })?;
            Ok((std::sync::Arc::clone(column), is_descending))
        };
        Ok(Self { columns: names.map(column).collect::<Result<_, IntakeError>>()? })
    }

    /// Returns the hash of each row.
    pub(super) fn hashes(&self, rows: usize) -> Result<Vec<u128>, IntakeError> {
        let mut hashes = Vec::with_capacity(rows);
        self.each(rows, |bytes| hashes.push(xxh3_128(bytes)))?;
        Ok(hashes)
    }

    /// Hands over the bytes of each row, in order.
    pub(super) fn each(&self, rows: usize, mut take: impl FnMut(&[u8])) -> Result<(), IntakeError> {
        let mut bytes = Vec::new();
        for row in 0..rows {
            bytes.clear();
            for (column, is_descending) in &self.columns {
                cell(column, row, *is_descending, &mut bytes)?;
            }
            take(&bytes);
        }
        Ok(())
    }
}

fn cell(column: &ArrayRef, row: usize, is_descending: bool, to: &mut Vec<u8>) -> Result<(), IntakeError> {
    if column.is_null(row) {
        to.push(NULL);
        return Ok(());
    }
    to.push(FILLED);
    let start = to.len();
    value(column, row, to)?;
    if is_descending {
        to.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
    Ok(())
}

/// Appends a value that is there. Numbers are as long as their type, with the sign turned; texts and lists end.
fn value(column: &ArrayRef, row: usize, to: &mut Vec<u8>) -> Result<(), IntakeError> {
    match column.data_type() {
        DataType::Utf8 => text(column.as_string::<i32>().value(row).as_bytes(), to),
        DataType::Boolean => to.push(u8::from(column.as_boolean().value(row))),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(row);
            to.extend_from_slice(&(days.cast_unsigned() ^ (1 << 31)).to_be_bytes());
        }
        DataType::Int64 => whole(column.as_primitive::<Int64Type>().value(row), to),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            whole(column.as_primitive::<TimestampMicrosecondType>().value(row), to);
        }
        DataType::Decimal128(..) => {
            let number = column.as_primitive::<Decimal128Type>().value(row);
            to.extend_from_slice(&(number.cast_unsigned() ^ (1 << 127)).to_be_bytes());
        }
        DataType::List(_) => list(column.as_list::<i32>(), row, to)?,
        kind => return Err(IntakeError::Kind { kind: kind.to_string() }),
    }
    Ok(())
}

fn whole(number: i64, to: &mut Vec<u8>) {
    to.extend_from_slice(&(number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

/// Appends a text and its end, which is less than any further byte.
fn text(bytes: &[u8], to: &mut Vec<u8>) {
    if !bytes.contains(&0) {
        to.extend_from_slice(bytes);
        to.extend_from_slice(&[0, 0]);
        return;
    }
    let mut parts = bytes.split(|byte| *byte == 0);
    to.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        to.extend_from_slice(&[0, 0xff]);
        to.extend_from_slice(part);
    }
    to.extend_from_slice(&[0, 0]);
}

fn list(column: &ListArray, row: usize, to: &mut Vec<u8>) -> Result<(), IntakeError> {
    let values = column.value(row);
    for at in 0..values.len() {
        to.push(1);
        cell(&values, at, false, to)?;
    }
    to.push(0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Decimal128Array, Int64Array, StringArray};
    use arrow_schema::{Field, Schema};

    use super::*;

    fn bytes(column: ArrayRef, is_descending: bool) -> Vec<Vec<u8>> {
        let rows = column.len();
        let cells = Cells { columns: vec![(column, is_descending)] };
        let mut all = Vec::new();
        cells.each(rows, |bytes| all.push(bytes.to_vec())).unwrap();
        all
    }

    #[test]
    fn bytes_compare_as_cells_do_and_nulls_are_last_in_either_direction() {
        let texts: ArrayRef =
            Arc::new(StringArray::from(vec![Some(""), Some("a"), Some("a\0"), Some("ab"), Some("b"), None]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(-1), Some(0), Some(7), None]));
        let decimals = Decimal128Array::from(vec![Some(-12_300), Some(-1), Some(0), Some(99), None]);
        let decimals: ArrayRef = Arc::new(decimals.with_precision_and_scale(18, 2).unwrap());
        for column in [texts, numbers, decimals] {
            let rising = bytes(Arc::clone(&column), false);
            assert!(rising.is_sorted_by(|one, other| one < other), "{column:?}");
            let mut falling = bytes(Arc::clone(&column), true);
            let null = falling.pop().unwrap();
            assert!(falling.iter().all(|value| *value < null), "{column:?}");
            assert!(falling.is_sorted_by(|one, other| one > other), "{column:?}");
        }
    }

    #[test]
    fn neighbouring_texts_do_not_run_into_each_other_and_hashes_stay_what_they_were() {
        let field = |name| Field::new(name, DataType::Utf8, true);
        let schema = Arc::new(Schema::new(vec![field("a"), field("b")]));
        let column = |texts: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
        let columns = vec![
            column(vec![Some("ab"), Some("a"), None, Some("")]),
            column(vec![Some("c"), Some("bc"), Some(""), None]),
        ];
        let batch = RecordBatch::try_new(schema, columns).unwrap();
        let hashes = Cells::of(&batch, ["a", "b"].into_iter()).unwrap().hashes(4).unwrap();
        assert_eq!(hashes.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(hashes.first(), Some(&xxh3_128(b"\0ab\0\0\0c\0\0")));
    }
}
