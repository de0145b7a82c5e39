//! Which rows of a batch fulfil a condition.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, DataType};
use arrow_select::take::take;
use carelake_conditions::{Question, Step};

use crate::ask::{Ask, Asked, At};
use crate::cell::{Cell, Cells};
use crate::literal::answer;

/// Returns which rows fulfil it; what is unknown is not fulfilled.
pub(crate) fn fulfilled(ask: &Ask, batch: &RecordBatch) -> Result<BooleanArray, ArrowError> {
    let answers = ask.tests.iter().map(|asked| answers(asked, batch)).collect::<Result<Vec<_>, _>>()?;
    let holds = |row: usize| {
        let answer = |test: &usize| answers.get(*test).and_then(|of| of.get(row).copied()).flatten();
        ask.condition.holds(&answer) == Some(true)
    };
    Ok((0..batch.num_rows()).map(|row| Some(holds(row))).collect())
}

/// Returns the answer to a test of what is the same in every row; none where columns are asked.
pub(crate) fn of_all_rows(asked: &Asked) -> Option<Option<bool>> {
    match &asked.at {
        At::Column(..) => None,
        At::Folder(told) => Some(answer(&asked.question, told.as_deref().map(Cell::Text))),
        At::Nowhere => Some(answer(&asked.question, None)),
    }
}

fn answers(asked: &Asked, batch: &RecordBatch) -> Result<Vec<Option<bool>>, ArrowError> {
    if let Some(answer) = of_all_rows(asked) {
        return Ok(vec![answer; batch.num_rows()]);
    }
    let At::Column(name, steps) = &asked.at else { return Ok(Vec::new()) };
    let column = batch.column_by_name(name).ok_or_else(|| ArrowError::SchemaError("a column is missing".to_owned()))?;
    let values = inner(column, steps)?;
    if matches!(asked.question, Question::IsNull) {
        return Ok((0..values.len()).map(|row| Some(values.is_null(row))).collect());
    }
    let cells = Cells::of(&values).ok_or_else(|| ArrowError::SchemaError("a column has no cells".to_owned()))?;
    Ok((0..values.len()).map(|row| answer(&asked.question, cells.at(row))).collect())
}

/// Returns what is some steps into the values of a column, a value a row; null where a step leads nowhere.
fn inner(column: &ArrayRef, steps: &[Step]) -> Result<ArrayRef, ArrowError> {
    let mut values = Arc::clone(column);
    if steps.is_empty() {
        return Ok(values);
    }
    let mut places: Vec<Option<u32>> = (0..).take(values.len()).map(Some).collect();
    for step in steps {
        let place = |at: Option<u32>| at.filter(|at| values.is_valid(*at as usize));
        let (next, moved): (ArrayRef, Vec<Option<u32>>) = match (step, values.data_type()) {
            (Step::Member(name), DataType::Struct(_)) => {
                let members = values.as_struct();
                let member = members.column_by_name(name).map(Arc::clone);
                let member = member.ok_or_else(|| ArrowError::SchemaError("a member is missing".to_owned()))?;
                (member, places.iter().map(|at| place(*at)).collect())
            }
            (Step::Item(item), DataType::List(_)) => {
                let lists = values.as_list::<i32>();
                let of = |at: u32| item_at(lists.value_offsets(), at, *item);
                (Arc::clone(lists.values()), places.iter().map(|at| place(*at).and_then(of)).collect())
            }
            (Step::Item(item), DataType::LargeList(_)) => {
                let lists = values.as_list::<i64>();
                let of = |at: u32| item_at(lists.value_offsets(), at, *item);
                (Arc::clone(lists.values()), places.iter().map(|at| place(*at).and_then(of)).collect())
            }
            _ => return Err(ArrowError::SchemaError("a column has no such members".to_owned())),
        };
        (values, places) = (next, moved);
    }
    take(&values, &UInt32Array::from(places), None)
}

/// Returns where an item of the list of a row is.
fn item_at<O: Copy + TryInto<usize>>(offsets: &[O], row: u32, item: usize) -> Option<u32> {
    let row = usize::try_from(row).ok()?;
    let offset = |at: usize| offsets.get(at).and_then(|offset| (*offset).try_into().ok());
    let (from, to): (usize, usize) = (offset(row)?, offset(row + 1)?);
    let at = from.checked_add(item).filter(|at| *at < to)?;
    u32::try_from(at).ok()
}
