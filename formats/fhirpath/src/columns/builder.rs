//! Columns of Arrow that are filled value by value.

use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field};

use super::typed::Typed;
use crate::view::Column;

/// One column.
#[derive(Debug)]
pub(super) enum Builder {
    Boolean(BooleanBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Decimal(Decimal128Builder),
    Double(Float64Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    List { items: Box<Builder>, ends: Vec<i32> },
}

impl Builder {
    pub(super) fn new(column: &Column) -> Self {
        let items = Self::of(&column.kind.data_type());
        if column.is_collection { Self::List { items: Box::new(items), ends: vec![0] } } else { items }
    }

    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Decimal128(..) => Self::Decimal(Decimal128Builder::new().with_data_type(data_type.clone())),
            DataType::Float64 => Self::Double(Float64Builder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Timestamp(..) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type.clone()))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a value; of an empty text, which FHIR has not, nothing.
    #[inline]
    pub(super) fn push(&mut self, value: Typed<'_>) {
        match (self, value) {
            (Self::Text(column), Typed::Text("")) => column.append_null(),
            (Self::Text(column), Typed::Text(text)) => column.append_value(text),
            (Self::Text(column), _) => column.append_null(),
            (Self::Boolean(column), Typed::Boolean(value)) => column.append_value(value),
            (Self::Boolean(column), _) => column.append_null(),
            (Self::Int32(column), Typed::Integer(value)) => column.append_option(i32::try_from(value).ok()),
            (Self::Int32(column), _) => column.append_null(),
            (Self::Int64(column), Typed::Integer(value)) => column.append_value(value),
            (Self::Int64(column), _) => column.append_null(),
            (Self::Decimal(column), Typed::Decimal(value)) => column.append_value(value.digits),
            (Self::Decimal(column), _) => column.append_null(),
            (Self::Double(column), Typed::Double(value)) => column.append_value(value),
            (Self::Double(column), _) => column.append_null(),
            (Self::Date(column), Typed::Days(days)) => column.append_value(days),
            (Self::Date(column), _) => column.append_null(),
            (Self::Timestamp(column), Typed::Micros(micros)) => column.append_value(micros),
            (Self::Timestamp(column), _) => column.append_null(),
            (Self::List { items, .. }, value) => items.push(value),
        }
    }

    /// Ends the list of a row.
    pub(super) fn end_list(&mut self) {
        if let Self::List { items, ends } = self {
            ends.push(i32::try_from(items.len()).unwrap_or(i32::MAX));
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Boolean(column) => column.len(),
            Self::Int32(column) => column.len(),
            Self::Int64(column) => column.len(),
            Self::Decimal(column) => column.len(),
            Self::Double(column) => column.len(),
            Self::Date(column) => column.len(),
            Self::Timestamp(column) => column.len(),
            Self::Text(column) => column.len(),
            Self::List { ends, .. } => ends.len() - 1,
        }
    }

    /// Returns the column, and begins it anew.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Boolean(column) => Arc::new(column.finish()),
            Self::Int32(column) => Arc::new(column.finish()),
            Self::Int64(column) => Arc::new(column.finish()),
            Self::Decimal(column) => Arc::new(column.finish()),
            Self::Double(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Timestamp(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
            Self::List { items, ends } => {
                let items = items.finish()?;
                let ends = OffsetBuffer::new(ScalarBuffer::from(mem::replace(ends, vec![0])));
                let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
                Arc::new(ListArray::try_new(field, ends, items, None)?)
            }
        })
    }
}
