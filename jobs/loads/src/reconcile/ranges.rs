//! Ranges of a key, at the source and here.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use carelake_database::{Bound, Condition, Kind};

use crate::overlap::cell;
use crate::publish::{LoadError, Table};
use crate::window::View;

/// Computes of batches what [`carelake_database::Session::checksum`] answers of the same columns; none where it cannot be.
pub type Sum<'s> = &'s dyn Fn(&[(&Kind, &ArrayRef)]) -> Option<u64>;

/// The most ranges.
const MOST: u64 = 256;

/// A range of the key.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// The first key that belongs to it; none: from the beginning.
    from: Option<Vec<Bound>>,
    /// The first key that does not belong to it; none: to the end.
    to: Option<Vec<Bound>>,
    /// The same, as the bytes by which rows are compared here.
    pub end: Option<Vec<u8>>,
}

impl Range {
    /// Returns what is asked of the source.
    #[must_use]
    pub fn conditions(&self, table: &Table) -> Vec<Condition> {
        if self.from.is_none() && self.to.is_none() {
            return Vec::new();
        }
        let columns = table.relation.key.clone();
        vec![Condition::Between { columns, from: self.from.clone(), to: self.to.clone() }]
    }

    /// Returns where it begins, as the bytes by which rows are compared here; at the least of all, without a beginning.
    ///
    /// # Errors
    /// [`LoadError::Kind`] where a bound has no order here.
    pub fn begin(&self) -> Result<Option<Vec<u8>>, LoadError> {
        let begin = self.from.as_ref().map(|from| bytes(from)).transpose()?.flatten();
        Ok(Some(begin.unwrap_or_default()))
    }

    /// Returns this and the one after it as one.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        Self { from: self.from, to: next.to, end: next.end }
    }
}

/// Returns how many ranges a table of so many rows is cut into. There is one where the server orders keys in another way than the bytes
/// of the lake.
#[must_use]
pub fn parts(table: &Table, rows: u64, least_rows: u64) -> u64 {
    if is_ordered_alike(table) { (rows / least_rows.max(1)).clamp(1, MOST) } else { 1 }
}

/// Cuts a table into so many ranges, about.
///
/// # Errors
/// Those of the server.
pub fn ranges(view: &mut View<'_>, table: &Table, parts: u64) -> Result<Vec<Range>, LoadError> {
    if parts == 1 {
        return Ok(vec![Range::default()]);
    }
    let bounds = view.session.bounds(&table.relation, usize::try_from(parts).unwrap_or(1))?;
    let mut ranges = vec![Range::default()];
    for bound in bounds {
        let Some(end) = bytes(&bound)? else { return Ok(vec![Range::default()]) };
        if let Some(last) = ranges.last_mut() {
            (last.to, last.end) = (Some(bound.clone()), Some(end));
        }
        ranges.push(Range { from: Some(bound), to: None, end: None });
    }
    Ok(ranges)
}

/// Returns whether all columns of the key are whole numbers that are read as they are.
fn is_ordered_alike(table: &Table) -> bool {
    table.relation.key.iter().all(|at| {
        let is_integer = table.relation.columns.get(*at).is_some_and(|column| column.kind == Kind::Integer);
        let column = table.columns.iter().find(|column| column.column == *at);
        is_integer && column.is_some_and(|column| column.mask.is_none() && column.choice.is_none())
    })
}

/// Returns a bound as the bytes of a key.
fn bytes(bound: &[Bound]) -> Result<Option<Vec<u8>>, LoadError> {
    let mut bytes = Vec::new();
    for value in bound {
        let Ok(number) = value.0.parse::<i64>() else { return Ok(None) };
        let number: ArrayRef = Arc::new(Int64Array::from(vec![number]));
        cell(&number, 0, &mut bytes)?;
    }
    Ok(Some(bytes))
}

/// Returns the columns that are compared: the key and the cursor, or all; none where a mask keeps them from being compared.
#[must_use]
pub fn compared(table: &Table, cursor: Option<usize>, all: bool) -> Option<Vec<usize>> {
    let is_plain = |at: &usize| {
        let column = table.columns.iter().find(|column| column.column == *at);
        let kind = table.relation.columns.get(*at).map(|column| &column.kind);
        column.is_some_and(|column| column.mask.is_none() && Some(&column.read) == kind.map(Kind::arrow).as_ref())
    };
    let mut columns = table.relation.key.clone();
    let more: Vec<usize> =
        if all { table.columns.iter().map(|column| column.column).collect() } else { cursor.into_iter().collect() };
    let more: Vec<usize> = more.into_iter().filter(|at| !columns.contains(at) && is_plain(at)).collect();
    columns.extend(more);
    table.relation.key.iter().all(is_plain).then_some(columns)
}

/// Returns the checksum of rows of the lake; none where it cannot be computed.
#[must_use]
pub fn sum_of(table: &Table, columns: &[usize], rows: &RecordBatch, sum: Sum<'_>) -> Option<u64> {
    let column = |at: &usize| {
        let name = &table.columns.iter().find(|column| column.column == *at)?.name;
        Some((&table.relation.columns.get(*at)?.kind, rows.column_by_name(name)?))
    };
    sum(&columns.iter().map(column).collect::<Option<Vec<_>>>()?)
}
