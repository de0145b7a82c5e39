//! Batches whose rows come in the order in which they are wanted: they are encoded as they are, neither put together nor sorted.

use std::cmp::Ordering;

use arrow_array::{Array, RecordBatch};
use arrow_ord::ord::{DynComparator, make_comparator};
use arrow_schema::SortOptions;

use super::builder::TableError;

/// Returns whether the rows of batches are sorted by these columns as they come, nulls first.
pub(super) fn is_in_order(batches: &[RecordBatch], by: &[String]) -> Result<bool, TableError> {
    for (at, batch) in batches.iter().enumerate() {
        let within = comparators(batch, batch, by)?;
        if !(1..batch.num_rows()).all(|row| is_before(&within, row - 1, row)) {
            return Ok(false);
        }
        let before = batches.get(..at).unwrap_or_default().iter().rfind(|before| before.num_rows() > 0);
        if let Some(before) = before.filter(|_| batch.num_rows() > 0)
            && !is_before(&comparators(before, batch, by)?, before.num_rows() - 1, 0)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

fn comparators(one: &RecordBatch, other: &RecordBatch, by: &[String]) -> Result<Vec<DynComparator>, TableError> {
    let column = |name: &String| {
        let of = |batch: &RecordBatch| batch.column_by_name(name).cloned();
        let (one, other) = of(one).zip(of(other)).ok_or_else(|| TableError::NoColumn { column: name.clone() })?;
        Ok(make_comparator(&one as &dyn Array, &other as &dyn Array, SortOptions::default())?)
    };
    by.iter().map(column).collect()
}

fn is_before(columns: &[DynComparator], one: usize, other: usize) -> bool {
    let differs = columns.iter().map(|compare| compare(one, other)).find(|order| order.is_ne());
    differs.is_none_or(Ordering::is_lt)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, StringArray};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    fn batch(rows: &[(Option<i64>, &str)]) -> RecordBatch {
        let fields = vec![Field::new("n", DataType::Int64, true), Field::new("t", DataType::Utf8, true)];
        let numbers: Int64Array = rows.iter().map(|(number, _)| *number).collect();
        let texts = StringArray::from_iter_values(rows.iter().map(|(_, text)| *text));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![Arc::new(numbers), Arc::new(texts)]).unwrap()
    }

    #[test]
    fn order_is_that_of_all_columns_within_batches_and_from_one_to_the_next() {
        let by = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let sorted = [batch(&[(None, "z"), (Some(1), "a")]), batch(&[]), batch(&[(Some(1), "b"), (Some(2), "a")])];
        assert!(is_in_order(&sorted, &by(&["n", "t"])).unwrap());
        assert!(!is_in_order(&sorted, &by(&["t"])).unwrap());
        assert!(!is_in_order(&[batch(&[(Some(2), "a"), (Some(1), "b")])], &by(&["n"])).unwrap());
        assert!(!is_in_order(&[batch(&[(Some(2), "a")]), batch(&[]), batch(&[(Some(1), "b")])], &by(&["n"])).unwrap());
        assert!(!is_in_order(&[batch(&[(Some(2), "a"), (None, "b")])], &by(&["n"])).unwrap());
        assert!(is_in_order(&[batch(&[])], &by(&["no_such"])).is_err());
    }
}
