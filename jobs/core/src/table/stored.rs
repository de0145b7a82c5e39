//! How the columns of a file are stored.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use xxhash_rust::xxh3::xxh3_64;

use super::chunk::Fixed;
use super::field::Kind;

/// The first rows of a file, by which it is decided how it is stored: the same however they are batched.
pub(super) const FIRST_ROWS: usize = 8 * 1024;
/// Rows of them that are looked at at once.
const AT_ONCE: usize = 512;

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    /// Whether each value is written once and told by its number. To find out whether a value was there takes about 150 instructions a
    /// cell, and is for nothing where hardly one comes again.
    pub(super) has_dictionary: bool,
    /// Whether the least and the greatest value of each page are kept.
    pub(super) has_statistics: bool,
}

impl From<Kind> for Stored {
    fn from(kind: Kind) -> Self {
        let is_text = kind == Kind::Text;
        Self { has_dictionary: kind != Kind::Identifier, has_statistics: !is_text }
    }
}

/// Returns whether more than an eighth of the values of a column come again in the first rows.
pub(super) fn repeats(batches: &[RecordBatch], column: usize) -> bool {
    let (mut rows, mut values, mut distinct) = (0, 0, Fixed::new());
    for array in batches.iter().filter_map(|batch| batch.columns().get(column)) {
        let first = array.len().min(FIRST_ROWS - rows);
        rows += first;
        for from in (0..first).step_by(AT_ONCE) {
            let Some(hashes) = hashes(&array.slice(from, AT_ONCE.min(first - from))) else { return true };
            values += hashes.len();
            for hash in hashes {
                distinct.number(hash);
            }
            // More than these do not come, so it is known already.
            if (values - distinct.len()) * 8 >= FIRST_ROWS {
                return true;
            }
        }
    }
    distinct.len() * 8 <= values * 7
}

/// Returns a hash of each value that is not null; nothing of lists and the like, whose values are not of the column itself.
fn hashes(array: &ArrayRef) -> Option<Vec<u64>> {
    let valid = (0..array.len()).filter(|row| array.is_valid(*row));
    Some(match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string_opt::<i32>()?;
            valid.map(|row| xxh3_64(texts.value(row).as_bytes())).collect()
        }
        DataType::Binary => {
            let texts = array.as_binary_opt::<i32>()?;
            valid.map(|row| xxh3_64(texts.value(row))).collect()
        }
        kind => {
            let (width, data) = (kind.primitive_width()?, array.to_data());
            let bytes = data.buffers().first()?.as_slice();
            let at = |row: usize| (data.offset() + row) * width;
            valid.filter_map(|row| bytes.get(at(row)..at(row) + width)).map(xxh3_64).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{Date32Array, ListArray, StringArray, TimestampMicrosecondArray};
    use arrow_schema::{Field, Schema};

    use super::*;

    /// Returns whether a column repeats, whole and in batches of 1,000 rows.
    fn told(column: ArrayRef) -> [bool; 2] {
        let schema = Arc::new(Schema::new(vec![Field::new("x", column.data_type().clone(), true)]));
        let whole = RecordBatch::try_new(schema, vec![column]).unwrap();
        let rows = whole.num_rows();
        let pieces: Vec<_> = (0..rows).step_by(1000).map(|at| whole.slice(at, 1000.min(rows - at))).collect();
        [repeats(&[whole], 0), repeats(&pieces, 0)]
    }

    #[test]
    fn a_dictionary_is_for_values_that_come_again() {
        const ROWS: usize = 20_000;
        let texts = |of: &dyn Fn(usize) -> usize| {
            Arc::new(StringArray::from_iter((0..ROWS).map(|row| (row % 3 > 0).then(|| of(row).to_string()))))
                as ArrayRef
        };
        assert_eq!(told(texts(&|row| row)), [false; 2]);
        assert_eq!(told(texts(&|row| row % 50)), [true; 2]);
        assert_eq!(
            told(texts(&|row| if row < FIRST_ROWS { row } else { 7 })),
            [false; 2],
            "only the first rows are looked at"
        );
        let moments = (0..ROWS as i64).map(|row| row * 1_000_000);
        assert_eq!(told(Arc::new(TimestampMicrosecondArray::from_iter_values(moments))), [false; 2]);
        let days = (0..ROWS as i32).map(|row| row % 4_000);
        assert_eq!(told(Arc::new(Date32Array::from_iter_values(days))), [true; 2]);
        assert_eq!(told(Arc::new(StringArray::new_null(ROWS))), [true; 2]);
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>((0..9).map(|row| Some(vec![Some(row)])));
        assert_eq!(told(Arc::new(lists)), [true; 2]);
    }
}
