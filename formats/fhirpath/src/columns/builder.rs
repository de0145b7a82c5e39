//! Columns of Arrow that are filled with what was found for their rows.

use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field};

use super::count::{Finding, Notes};
use super::rows::Cell;
use super::typed;
use crate::eval::{Fault, Few, Value, World};
use crate::view::{Column, Kind};

/// One column.
#[derive(Debug)]
pub(super) enum Builder {
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
    pub(super) fn new(column: &Column) -> Self {
        let data_type = column.kind.data_type();
        let items = match column.kind {
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Int32 { least } => Self::Int32(Int32Builder::new(), least),
            Kind::Int64 => Self::Int64(Int64Builder::new()),
            Kind::Decimal { precision, scale } => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type), precision, scale)
            }
            Kind::Double => Self::Double(Float64Builder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type)),
            Kind::Text | Kind::Json | Kind::Any => Self::Text(StringBuilder::new(), column.kind),
        };
        if column.is_collection { Self::List { items: Box::new(items), ends: vec![0] } } else { items }
    }

    /// Appends what was found for some rows; what does not fit is null and noted.
    pub(super) fn fill<'c, 'a: 'c>(
        &mut self, world: &World<'a>, cells: impl Iterator<Item = &'c Cell<'a>>, notes: &Notes,
    ) {
        if let Self::List { items, ends } = self {
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
        &mut self, world: &World<'a>, values: impl Iterator<Item = Option<&'c Value<'a>>>, notes: &Notes,
    ) {
        let values = values.map(|value| value.filter(|value| !value.is_bare()));
        match self {
            Self::Text(column, kind) => {
                // FHIR has no empty text.
                let mut push = |text: Option<&str>| column.append_option(text.filter(|text| !text.is_empty()));
                each(values, notes, |value| typed::text(world, *kind, value), &mut push);
            }
            Self::Boolean(column) => {
                each(values, notes, |value| typed::boolean(world, value), |value| column.append_option(value));
            }
            Self::Int32(column, least) => {
                each(values, notes, |value| typed::int32(world, *least, value), |value| column.append_option(value));
            }
            Self::Int64(column) => {
                each(values, notes, |value| typed::integer(world, value), |value| column.append_option(value));
            }
            Self::Decimal(column, precision, scale) => {
                let read = |value: &Value<'a>| {
                    let number = typed::decimal(world, *precision, *scale, value)?;
                    if number.is_rounded {
                        notes.add(Finding::Rounded);
                    }
                    Some(number.digits)
                };
                each(values, notes, read, |value| column.append_option(value));
            }
            Self::Double(column) => {
                each(values, notes, |value| typed::double(world, value), |value| column.append_option(value));
            }
            Self::Date(column) => {
                each(values, notes, |value| typed::days(world, value), |value| column.append_option(value));
            }
            Self::Timestamp(column) => {
                each(values, notes, |value| typed::micros(world, value), |value| column.append_option(value));
            }
            // A list has no lists.
            Self::List { .. } => {}
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Boolean(column) => column.len(),
            Self::Int32(column, _) => column.len(),
            Self::Int64(column) => column.len(),
            Self::Decimal(column, ..) => column.len(),
            Self::Double(column) => column.len(),
            Self::Date(column) => column.len(),
            Self::Timestamp(column) => column.len(),
            Self::Text(column, _) => column.len(),
            Self::List { ends, .. } => ends.len() - 1,
        }
    }

    /// Returns the column, and begins it anew.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Boolean(column) => Arc::new(column.finish()),
            Self::Int32(column, _) => Arc::new(column.finish()),
            Self::Int64(column) => Arc::new(column.finish()),
            Self::Decimal(column, ..) => Arc::new(column.finish()),
            Self::Double(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Timestamp(column) => Arc::new(column.finish()),
            Self::Text(column, _) => Arc::new(column.finish()),
            Self::List { items, ends } => {
                let items = items.finish()?;
                let ends = OffsetBuffer::new(ScalarBuffer::from(mem::replace(ends, vec![0])));
                let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
                Arc::new(ListArray::try_new(field, ends, items, None)?)
            }
        })
    }
}

/// Reads values and appends them; what cannot be read is noted.
#[inline]
fn each<'c, 'a: 'c, T>(
    values: impl Iterator<Item = Option<&'c Value<'a>>>, notes: &Notes, read: impl Fn(&Value<'a>) -> Option<T>,
    mut push: impl FnMut(Option<T>),
) {
    for value in values {
        let Some(value) = value else {
            push(None);
            continue;
        };
        let value = read(value);
        if value.is_none() {
            notes.add(Finding::Invalid);
        }
        push(value);
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
