//! Which row groups and pages of a file may have a row that fulfils every constraint: told by the smallest and largest
//! values in the footer and in the index of pages.

use std::borrow::Cow;

use arrow_array::Array;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, RowSelection, RowSelector};
use parquet::errors::Result;

use crate::constraint::{Constraint, is_ordered};
use crate::table::{Column, Kind, Table};
use crate::value::{Cells, Value};

/// Returns the value of a partition column.
pub(crate) fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
}

/// Returns the row groups that may have a row which fulfils the constraints.
pub(crate) fn row_groups(
    table: &Table,
    footer: &ArrowReaderMetadata,
    constraints: &[&Constraint],
) -> Result<Vec<usize>> {
    let groups = footer.metadata().row_groups();
    let mut wanted: Vec<usize> = (0..groups.len()).collect();
    for (column, constraint) in columns(table, constraints) {
        let Some(bounds) = bounds(column, footer)? else {
            // A column that the file does not have is null in every row, and null fulfils no comparison.
            return Ok(Vec::new());
        };
        let kept = wanted.iter().filter_map(|at| groups.get(*at).map(|group| (*at, group)));
        let (places, kept): (Vec<usize>, Vec<_>) = kept.unzip();
        let low = bounds.row_group_mins(kept.iter().copied())?;
        let high = bounds.row_group_maxes(kept.iter().copied())?;
        let fits = fits(column, constraint, &low, &high);
        wanted = places.into_iter().zip(fits).filter_map(|(at, fits)| fits.then_some(at)).collect();
    }
    Ok(wanted)
}

/// Returns the rows of those row groups whose pages may have a row which fulfils the constraints; `None` for all.
pub(crate) fn selection(
    table: &Table,
    indexed: &ArrowReaderMetadata,
    constraints: &[&Constraint],
    row_groups: &[usize],
) -> Result<Option<RowSelection>> {
    let mut selection: Option<RowSelection> = None;
    for (column, constraint) in columns(table, constraints) {
        let Some(bounds) = bounds(column, indexed)? else { continue };
        let Some(pages) = pages(column, constraint, &bounds, indexed, row_groups)? else { continue };
        selection = Some(match selection {
            Some(earlier) => earlier.intersection(&pages),
            None => pages,
        });
    }
    Ok(selection)
}

/// Returns the columns of constraints, where bounds say something.
fn columns<'a>(table: &'a Table, constraints: &'a [&Constraint]) -> impl Iterator<Item = (&'a Column, &'a Constraint)> {
    let columns =
        constraints.iter().filter_map(|constraint| Some((table.columns.get(constraint.column)?, *constraint)));
    columns.filter(|(column, _)| is_ordered(column.kind))
}

/// Returns how to read the bounds of a column; `None` when the file does not have it.
fn bounds<'a>(column: &'a Column, footer: &'a ArrowReaderMetadata) -> Result<Option<StatisticsConverter<'a>>> {
    if footer.schema().column_with_name(&column.stored).is_none() {
        return Ok(None);
    }
    StatisticsConverter::try_new(&column.stored, footer.schema(), footer.parquet_schema()).map(Some)
}

/// Returns the rows of the pages that may fulfil a constraint; `None` when the file has no index of its pages.
fn pages(
    column: &Column,
    constraint: &Constraint,
    bounds: &StatisticsConverter<'_>,
    footer: &ArrowReaderMetadata,
    row_groups: &[usize],
) -> Result<Option<RowSelection>> {
    let metadata = footer.metadata();
    let Some(index) = metadata.page_index().map(|index| &**index) else { return Ok(None) };
    let low = bounds.data_page_mins(index, row_groups)?;
    let high = bounds.data_page_maxes(index, row_groups)?;
    let Some(rows) = bounds.data_page_row_counts(index, metadata.row_groups(), row_groups)? else { return Ok(None) };
    let groups = row_groups.iter().filter_map(|at| metadata.row_groups().get(*at));
    let all: i64 = groups.map(|group| group.num_rows()).sum();
    let is_whole = rows.iter().flatten().sum::<u64>() == all as u64;
    if !is_whole || low.len() != rows.len() || high.len() != rows.len() {
        return Ok(None);
    }
    let fits = fits(column, constraint, &low, &high);
    let runs = rows.iter().zip(fits).map(|(rows, fits)| {
        let rows = rows.unwrap_or(0) as usize;
        if fits { RowSelector::select(rows) } else { RowSelector::skip(rows) }
    });
    Ok(Some(runs.collect::<Vec<_>>().into()))
}

/// Answers for each pair of bounds whether a value between them may fulfil the constraint.
fn fits<'a>(
    column: &Column,
    constraint: &'a Constraint,
    low: &arrow_array::ArrayRef,
    high: &arrow_array::ArrayRef,
) -> impl Iterator<Item = bool> + use<'a> {
    let kind = column.kind;
    let bounds = (Cells::of(low), Cells::of(high));
    (0..low.len()).map(move |at| match &bounds {
        (Some(low), Some(high)) => constraint.may_hold_between(&bound(kind, low, at), &bound(kind, high, at)),
        _ => true,
    })
}

/// Returns a bound; null when it says nothing: text of dates before the year 0 or after 9999 is not in their order.
fn bound(kind: Kind, cells: &Cells, at: usize) -> Value<'_> {
    match (kind, cells.value(at)) {
        (Kind::Date | Kind::Timestamp, Value::Text(text)) if text.as_bytes().get(4) != Some(&b'-') => Value::Null,
        (_, value) => value,
    }
}
