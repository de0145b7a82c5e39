//! Columns of Arrow that are filled with what was found for their rows.

use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    PrimitiveBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ArrowPrimitiveType, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field};

use super::count::{Finding, Notes};
use super::rows::Cell;
use super::typed;
use crate::eval::{Fault, Few, Value, World};
use crate::view::{self, Kind};

/// One column. Most columns of most rows are null: these are counted, and appended together before the next value.
#[derive(Debug)]
pub(super) struct Builder {
    array: Array,
    nulls: usize,
}

/// A column by its type.
#[derive(Debug)]
enum Array {
    Boolean(BooleanBuilder),
    Int32(Int32Builder, i32),
    Int64(Int64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Double(Float64Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder, Kind),
    List { items: Box<Builder>, ends: Vec<i32> },
}

impl Builder {
    pub(super) fn new(column: &view::Column) -> Self {
        let data_type = column.kind.data_type();
        let array = match column.kind {
            Kind::Boolean => Array::Boolean(BooleanBuilder::new()),
            Kind::Int32 { least } => Array::Int32(Int32Builder::new(), least),
            Kind::Int64 => Array::Int64(Int64Builder::new()),
            Kind::Decimal { precision, scale } => {
                Array::Decimal(Decimal128Builder::new().with_data_type(data_type), precision, scale)
            }
            Kind::Double => Array::Double(Float64Builder::new()),
            Kind::Date => Array::Date(Date32Builder::new()),
            Kind::Timestamp => Array::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type)),
            Kind::Text | Kind::Json | Kind::Any => Array::Text(StringBuilder::new(), column.kind),
        };
        let items = Self { array, nulls: 0 };
        if !column.is_collection {
            return items;
        }
        Self { array: Array::List { items: Box::new(items), ends: vec![0] }, nulls: 0 }
    }

    /// Appends what was found for some rows; what does not fit is null and noted.
    pub(super) fn fill<'c, 'a: 'c>(
        &mut self,
        world: &World<'a>,
        cells: impl Iterator<Item = &'c Cell<'a>>,
        notes: &Notes,
    ) {
        if let Array::List { items, ends } = &mut self.array {
            for cell in cells {
                let found = found(cell, notes);
                items.values(world, found.map_or(&[][..], Few::items).iter().map(Some), notes);
                ends.push(i32::try_from(items.len()).unwrap_or(i32::MAX));
            }
        } else {
            self.values(world, cells.map(|cell| single(cell, notes)), notes);
        }
    }

    /// Appends values, each of which may be there or not.
    fn values<'c, 'a: 'c>(
        &mut self,
        world: &World<'a>,
        values: impl Iterator<Item = Option<&'c Value<'a>>>,
        notes: &Notes,
    ) {
        let values = values.map(|value| value.filter(|value| !value.is_bare()));
        let nulls = &mut self.nulls;
        match &mut self.array {
            Array::Text(column, kind) => each(column, nulls, values, notes, |value| typed::text(world, *kind, value)),
            Array::Boolean(column) => each(column, nulls, values, notes, |value| typed::boolean(world, value)),
            Array::Int32(column, least) => {
                each(column, nulls, values, notes, |value| typed::int32(world, *least, value))
            }
            Array::Int64(column) => each(column, nulls, values, notes, |value| typed::integer(world, value)),
            Array::Decimal(column, precision, scale) => each(column, nulls, values, notes, |value| {
                let number = typed::decimal(world, *precision, *scale, value)?;
                if number.is_rounded {
                    notes.add(Finding::Rounded);
                }
                Some(number.digits)
            }),
            Array::Double(column) => each(column, nulls, values, notes, |value| typed::double(world, value)),
            Array::Date(column) => each(column, nulls, values, notes, |value| typed::days(world, value)),
            Array::Timestamp(column) => each(column, nulls, values, notes, |value| typed::micros(world, value)),
            // A list has no lists.
            Array::List { .. } => {}
        }
    }

    fn len(&self) -> usize {
        let length = match &self.array {
            Array::Boolean(column) => column.len(),
            Array::Int32(column, _) => column.len(),
            Array::Int64(column) => column.len(),
            Array::Decimal(column, ..) => column.len(),
            Array::Double(column) => column.len(),
            Array::Date(column) => column.len(),
            Array::Timestamp(column) => column.len(),
            Array::Text(column, _) => column.len(),
            Array::List { ends, .. } => ends.len() - 1,
        };
        length + self.nulls
    }

    /// Returns the column, and begins it anew.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = mem::take(&mut self.nulls);
        Ok(match &mut self.array {
            Array::Boolean(column) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Int32(column, _) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Int64(column) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Decimal(column, ..) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Double(column) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Date(column) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Timestamp(column) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::Text(column, _) => {
                column.append_nulls(nulls);
                Arc::new(column.finish())
            }
            Array::List { items, ends } => {
                let items = items.finish()?;
                let ends = OffsetBuffer::new(ScalarBuffer::from(mem::replace(ends, vec![0])));
                let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
                Arc::new(ListArray::try_new(field, ends, items, None)?)
            }
        })
    }
}

/// What takes values of a type, and nulls.
trait Column<V> {
    fn value(&mut self, value: V);
    fn nulls(&mut self, count: usize);
}

impl<T: ArrowPrimitiveType> Column<T::Native> for PrimitiveBuilder<T> {
    fn value(&mut self, value: T::Native) {
        self.append_value(value);
    }

    fn nulls(&mut self, count: usize) {
        self.append_nulls(count);
    }
}

impl Column<bool> for BooleanBuilder {
    fn value(&mut self, value: bool) {
        self.append_value(value);
    }

    fn nulls(&mut self, count: usize) {
        self.append_nulls(count);
    }
}

impl Column<&str> for StringBuilder {
    /// Takes a text; an empty one, which FHIR has not, is null.
    fn value(&mut self, text: &str) {
        if text.is_empty() { self.append_null() } else { self.append_value(text) }
    }

    fn nulls(&mut self, count: usize) {
        self.append_nulls(count);
    }
}

/// Reads values and appends each with the nulls before it; what cannot be read is null, and noted.
#[inline]
fn each<'c, 'a: 'c, T>(
    column: &mut impl Column<T>,
    nulls: &mut usize,
    values: impl Iterator<Item = Option<&'c Value<'a>>>,
    notes: &Notes,
    read: impl Fn(&Value<'a>) -> Option<T>,
) {
    for value in values {
        let Some(value) = value else {
            *nulls += 1;
            continue;
        };
        let Some(value) = read(value) else {
            notes.add(Finding::Invalid);
            *nulls += 1;
            continue;
        };
        if *nulls > 0 {
            column.nulls(mem::take(nulls));
        }
        column.value(value);
    }
}

/// Returns what was found, if it was.
fn found<'c, 'a>(cell: &'c Cell<'a>, notes: &Notes) -> Option<&'c Few<'a>> {
    match cell {
        Cell::Found(found) => return Some(found),
        Cell::Fault(Fault::Many) => notes.add(Finding::Many),
        Cell::Fault(_) => notes.add(Finding::Invalid),
        Cell::Unresolved => notes.add(Finding::Unresolved),
    }
    None
}

/// Returns the only value that was found.
#[inline]
fn single<'c, 'a>(cell: &'c Cell<'a>, notes: &Notes) -> Option<&'c Value<'a>> {
    match found(cell, notes)?.items() {
        [] => None,
        [value] => Some(value),
        _ => {
            notes.add(Finding::Many);
            None
        }
    }
}
