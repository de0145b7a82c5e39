//! Which row groups and pages may have a row that fulfils a condition: told by the least and greatest values and the counts of nulls in
//! the footer and in the index of pages.

use arrow_array::{Array, ArrayRef, UInt64Array};
use carelake_conditions::{Chances, Question};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, RowSelection, RowSelector};
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;

use crate::answer::of_all_rows;
use crate::ask::{Ask, Asked, At};
use crate::cell::Cells;
use crate::literal::{Typed, compare};

/// Returns the row groups that may have a row which fulfils it.
pub(crate) fn row_groups(ask: &Ask, footer: &ArrowReaderMetadata) -> Result<Vec<usize>, ParquetError> {
    let groups = footer.metadata().row_groups();
    let spans = groups.iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).collect::<Vec<_>>();
    let told = |asked: &Asked| -> Result<Option<Told>, ParquetError> {
        let Some(bounds) = bounds(asked, footer)? else { return Ok(None) };
        Ok(Some(Told {
            least: bounds.row_group_mins(groups)?,
            greatest: bounds.row_group_maxes(groups)?,
            nulls: bounds.row_group_null_counts(groups)?,
            rows: spans.clone(),
        }))
    };
    let told = ask.tests.iter().map(told).collect::<Result<Vec<_>, _>>()?;
    let may_hold = |group: usize| ask.condition.chances(&|test| chances(ask, &told, *test, group)).may_hold;
    Ok((0..groups.len()).filter(|group| may_hold(*group)).collect())
}

/// Returns the rows of those row groups whose pages may have a row which fulfils it; `None` for all.
pub(crate) fn selection(
    ask: &Ask,
    footer: &ArrowReaderMetadata,
    row_groups: &[usize],
) -> Result<Option<RowSelection>, ParquetError> {
    let metadata = footer.metadata();
    let Some(index) = metadata.page_index().map(|index| &**index) else { return Ok(None) };
    let groups = row_groups.iter().filter_map(|at| metadata.row_groups().get(*at));
    let all: u64 = groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
    let told = |asked: &Asked| -> Result<Option<Told>, ParquetError> {
        let Some(bounds) = bounds(asked, footer)? else { return Ok(None) };
        let rows = bounds.data_page_row_counts(index, metadata.row_groups(), row_groups)?;
        let Some(rows) = rows.filter(|rows| rows.null_count() == 0) else { return Ok(None) };
        let rows = rows.values().to_vec();
        let told = Told {
            least: bounds.data_page_mins(index, row_groups)?,
            greatest: bounds.data_page_maxes(index, row_groups)?,
            nulls: bounds.data_page_null_counts(index, row_groups)?,
            rows,
        };
        let is_whole = told.rows.iter().sum::<u64>() == all && told.least.len() == told.rows.len();
        Ok((is_whole && told.greatest.len() == told.rows.len()).then_some(told))
    };
    let told = ask.tests.iter().map(told).collect::<Result<Vec<_>, _>>()?;
    if told.iter().all(Option::is_none) {
        return Ok(None);
    }
    // Pages of different columns end at different rows: between two ends of any, every column is in one page.
    let mut ends: Vec<u64> = told.iter().flatten().flat_map(|told| told.ends()).chain([all]).collect();
    ends.sort_unstable();
    ends.dedup();
    let (mut from, mut selectors) = (0, Vec::new());
    for end in ends.into_iter().filter(|end| *end > 0) {
        let page = |test: usize| told.get(test).and_then(Option::as_ref).map_or(0, |told| told.page(from));
        let may_hold = ask.condition.chances(&|test| chances(ask, &told, *test, page(*test))).may_hold;
        let rows = usize::try_from(end - from).map_err(|error| ParquetError::General(error.to_string()))?;
        selectors.push(if may_hold { RowSelector::select(rows) } else { RowSelector::skip(rows) });
        from = end;
    }
    Ok(Some(selectors.into()))
}

/// What is known of the values of a column, span by span: row groups, or pages.
struct Told {
    least: ArrayRef,
    greatest: ArrayRef,
    nulls: UInt64Array,
    rows: Vec<u64>,
}

impl Told {
    /// Returns behind which row each span ends.
    fn ends(&self) -> impl Iterator<Item = u64> {
        self.rows.iter().scan(0, |end, rows| {
            *end += rows;
            Some(*end)
        })
    }

    /// Returns the span that a row is in.
    fn page(&self, row: u64) -> usize {
        self.ends().take_while(|end| *end <= row).count()
    }

    fn chances(&self, question: &Question<Typed>, span: usize) -> Chances {
        let rows = self.rows.get(span).copied().unwrap_or(0);
        let nulls = (span < self.nulls.len() && self.nulls.is_valid(span)).then(|| self.nulls.value(span));
        match (question, nulls) {
            (Question::IsNull, Some(0)) => return Chances::NEVER,
            (Question::IsNull, Some(nulls)) if nulls == rows => return Chances::ALWAYS,
            (Question::IsNull, _) => return Chances::ANY,
            (_, Some(nulls)) if nulls == rows => return Chances::UNKNOWN,
            _ => {}
        }
        let (Some(least), Some(greatest)) = (Cells::of(&self.least), Cells::of(&self.greatest)) else {
            return Chances::ANY;
        };
        let (Some(least), Some(greatest)) = (least.at(span), greatest.at(span)) else { return Chances::ANY };
        Chances::between(question, |literal| compare(literal, &least), |literal| compare(literal, &greatest))
    }
}

fn chances(ask: &Ask, told: &[Option<Told>], test: usize, span: usize) -> Chances {
    let Some(asked) = ask.tests.get(test) else { return Chances::ANY };
    match (of_all_rows(asked), told.get(test)) {
        (Some(Some(true)), _) => Chances::ALWAYS,
        (Some(Some(false)), _) => Chances::NEVER,
        (Some(None), _) => Chances::UNKNOWN,
        (None, Some(Some(told))) if !reads_numbers(&asked.question) => told.chances(&asked.question, span),
        _ => Chances::ANY,
    }
}

/// Whether texts are read as numbers: their order is not that of the texts.
fn reads_numbers(question: &Question<Typed>) -> bool {
    let is_number = |literal: &Typed| matches!(literal, Typed::Number(_));
    match question {
        Question::IsNull => false,
        Question::In(literals) => literals.iter().any(is_number),
        Question::Compare(_, literal) => is_number(literal),
    }
}

/// Returns how to read the bounds of the column of a test; `None` where they say nothing.
fn bounds<'a>(
    asked: &'a Asked,
    footer: &'a ArrowReaderMetadata,
) -> Result<Option<StatisticsConverter<'a>>, ParquetError> {
    let At::Column(name, steps) = &asked.at else { return Ok(None) };
    let is_plain = footer.schema().field_with_name(name).is_ok_and(|field| !field.data_type().is_nested());
    if !steps.is_empty() || !is_plain {
        return Ok(None);
    }
    let orders = footer.metadata().file_metadata().column_orders().map(Vec::as_slice);
    let bounds = StatisticsConverter::try_new(name, footer.schema(), footer.parquet_schema())?;
    let Some(column) = bounds.parquet_column_index() else { return Ok(None) };
    let is_unsigned = bounds.arrow_field().data_type().is_unsigned_integer();
    // Bounds of an old kind are in the order of signed bytes, whatever the column is.
    let is_old = footer.metadata().row_groups().iter().any(|group| {
        let Some(chunk) = group.columns().get(column) else { return false };
        let is_signed =
            matches!(chunk.column_type(), Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE) && !is_unsigned;
        !is_signed && chunk.statistics().is_some_and(Statistics::is_min_max_deprecated)
    });
    Ok((!is_old).then(|| bounds.with_missing_null_counts_as_zero(false).with_column_orders(orders)))
}
