//! Cells as bytes: equal cells are equal bytes, and the bytes of keys compare as their cells do.
//!
//! Hashes of rows and the keys of helper files are made of these bytes, so they never change: what was kept by an earlier version is
//! compared with what this one reads.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use super::error::SortedError;

/// What stands for a cell without a value; it comes first.
const NULL: u8 = 0;
/// What comes before a value.
const FILLED: u8 = 1;

/// Appends a cell.
///
/// # Errors
/// [`SortedError::Kind`] where no column of the lake has this type.
pub fn cell(column: &ArrayRef, row: usize, to: &mut Vec<u8>) -> Result<(), SortedError> {
    if column.is_null(row) {
        to.push(NULL);
        return Ok(());
    }
    to.push(FILLED);
    value(column, row, to)
}

/// Numbers are as long as their type, with the sign turned; texts and lists end.
fn value(column: &ArrayRef, row: usize, to: &mut Vec<u8>) -> Result<(), SortedError> {
    match column.data_type() {
        DataType::Utf8 => text(column.as_string::<i32>().value(row).as_bytes(), to),
        DataType::Binary => text(column.as_binary::<i32>().value(row), to),
        DataType::Boolean => to.push(u8::from(column.as_boolean().value(row))),
        DataType::Int32 => short(column.as_primitive::<Int32Type>().value(row), to),
        DataType::Date32 => short(column.as_primitive::<Date32Type>().value(row), to),
        DataType::Int64 => whole(column.as_primitive::<Int64Type>().value(row), to),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            whole(column.as_primitive::<TimestampMicrosecondType>().value(row), to);
        }
        DataType::Decimal128(..) => {
            let number = column.as_primitive::<Decimal128Type>().value(row);
            to.extend_from_slice(&(number.cast_unsigned() ^ (1 << 127)).to_be_bytes());
        }
        DataType::Float32 => {
            let bits = column.as_primitive::<Float32Type>().value(row).to_bits().cast_signed();
            // The order of all floats: of negative ones the greater bits are the lesser number.
            short(bits ^ (((bits >> 31).cast_unsigned() >> 1).cast_signed()), to);
        }
        DataType::Float64 => {
            let bits = column.as_primitive::<Float64Type>().value(row).to_bits().cast_signed();
            whole(bits ^ (((bits >> 63).cast_unsigned() >> 1).cast_signed()), to);
        }
        DataType::List(_) => {
            let values = column.as_list::<i32>().value(row);
            for at in 0..values.len() {
                to.push(FILLED);
                cell(&values, at, to)?;
            }
            to.push(NULL);
        }
        DataType::Struct(_) => column.as_struct().columns().iter().try_for_each(|member| cell(member, row, to))?,
        kind => return Err(SortedError::Kind { kind: kind.to_string() }),
    }
    Ok(())
}

fn short(number: i32, to: &mut Vec<u8>) {
    to.extend_from_slice(&(number.cast_unsigned() ^ (1 << 31)).to_be_bytes());
}

fn whole(number: i64, to: &mut Vec<u8>) {
    to.extend_from_slice(&(number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

/// Appends bytes and their end, which is less than any further byte.
fn text(bytes: &[u8], to: &mut Vec<u8>) {
    let mut parts = bytes.split(|byte| *byte == 0);
    to.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        to.extend_from_slice(&[0, 0xff]);
        to.extend_from_slice(part);
    }
    to.extend_from_slice(&[0, 0]);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, StringArray,
        TimestampMicrosecondArray,
    };

    use super::*;

    fn bytes(column: &ArrayRef, row: usize) -> Vec<u8> {
        let mut to = Vec::new();
        cell(column, row, &mut to).unwrap();
        to
    }

    #[test]
    fn bytes_compare_as_cells_do_and_nulls_come_first() {
        let floats = [None, Some(f64::NEG_INFINITY), Some(-1.5), Some(-0.0), Some(0.0), Some(2.0), Some(f64::NAN)];
        let texts = [None, Some(""), Some("\0"), Some("a"), Some("a\0"), Some("ab"), Some("b"), Some("ä")];
        let binary: Vec<Option<&[u8]>> = vec![None, Some(b""), Some(b"\0\0"), Some(b"\0\x01"), Some(b"\xff")];
        let decimals = Decimal128Array::from(vec![None, Some(-12_300), Some(-1), Some(0), Some(99)]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![None, Some(i64::MIN), Some(-1), Some(0), Some(7), Some(i64::MAX)])),
            Arc::new(Float64Array::from(floats.to_vec())),
            Arc::new(StringArray::from(texts.to_vec())),
            Arc::new(BinaryArray::from(binary)),
            Arc::new(decimals.with_precision_and_scale(18, 2).unwrap()),
            Arc::new(BooleanArray::from(vec![None, Some(false), Some(true)])),
            Arc::new(Date32Array::from(vec![None, Some(-1), Some(0), Some(20_000)])),
            Arc::new(TimestampMicrosecondArray::from(vec![None, Some(-5), Some(5)])),
        ];
        for column in columns {
            let all: Vec<Vec<u8>> = (0..column.len()).map(|row| bytes(&column, row)).collect();
            assert!(all.is_sorted_by(|one, other| one < other), "{column:?}");
        }
    }

    #[test]
    fn lists_that_differ_are_different_bytes_and_texts_do_not_run_into_each_other() {
        let lists: Vec<Option<Vec<Option<i64>>>> =
            vec![None, Some(vec![]), Some(vec![None]), Some(vec![Some(0)]), Some(vec![Some(0), None])];
        let column: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists));
        let all: std::collections::BTreeSet<Vec<u8>> = (0..column.len()).map(|row| bytes(&column, row)).collect();
        assert_eq!(all.len(), 5);
        let pair = |one: &str, other: &str| {
            let column: ArrayRef = Arc::new(StringArray::from(vec![one, other]));
            [bytes(&column, 0), bytes(&column, 1)].concat()
        };
        assert_ne!(pair("ab", "c"), pair("a", "bc"));
        // Kept helper files and their hashes depend on this.
        assert_eq!(pair("ab", ""), b"\x01ab\0\0\x01\0\0");
    }
}
