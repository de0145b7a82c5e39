//! A column that is being filled.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};

use super::cell::Cell;
use crate::config::Type;

/// A column that is being filled.
pub(super) enum Column {
    Text(StringBuilder),
    Int64(Int64Builder),
    Decimal(Decimal128Builder),
    Bool(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Binary(BinaryBuilder),
    TextList(ListBuilder<StringBuilder>),
}

impl Column {
    pub(super) fn new(kind: Type) -> Self {
        match kind {
            Type::Text | Type::Json => Self::Text(StringBuilder::new()),
            Type::Int64 => Self::Int64(Int64Builder::new()),
            Type::Decimal => Self::Decimal(Decimal128Builder::new().with_data_type(kind.arrow())),
            Type::Bool => Self::Bool(BooleanBuilder::new()),
            Type::Timestamp(_) => Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Type::Date => Self::Date(Date32Builder::new()),
            Type::Binary => Self::Binary(BinaryBuilder::new()),
            Type::TextList => Self::TextList(ListBuilder::new(StringBuilder::new())),
        }
    }

    /// Adds a cell; what does not belong into the column is null.
    pub(super) fn push(&mut self, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Text(to), Cell::Text(text)) => to.append_value(text),
            (Self::Int64(to), Cell::Int64(number)) => to.append_value(*number),
            (Self::Decimal(to), Cell::Decimal(number)) => to.append_value(*number),
            (Self::Bool(to), Cell::Bool(is_so)) => to.append_value(*is_so),
            (Self::Timestamp(to), Cell::Micros(at)) => to.append_value(*at),
            (Self::Date(to), Cell::Days(days)) => to.append_value(*days),
            (Self::Binary(to), Cell::Bytes(bytes)) => to.append_value(bytes),
            (Self::TextList(to), Cell::Texts(texts)) => {
                texts.iter().for_each(|text| to.values().append_value(text));
                to.append(true);
            }
            (Self::Text(to), _) => to.append_null(),
            (Self::Int64(to), _) => to.append_null(),
            (Self::Decimal(to), _) => to.append_null(),
            (Self::Bool(to), _) => to.append_null(),
            (Self::Timestamp(to), _) => to.append_null(),
            (Self::Date(to), _) => to.append_null(),
            (Self::Binary(to), _) => to.append_null(),
            (Self::TextList(to), _) => to.append(false),
        }
    }

    pub(super) fn finish(mut self) -> ArrayRef {
        match &mut self {
            Self::Text(to) => Arc::new(to.finish()),
            Self::Int64(to) => Arc::new(to.finish()),
            Self::Decimal(to) => Arc::new(to.finish()),
            Self::Bool(to) => Arc::new(to.finish()),
            Self::Timestamp(to) => Arc::new(to.finish()),
            Self::Date(to) => Arc::new(to.finish()),
            Self::Binary(to) => Arc::new(to.finish()),
            Self::TextList(to) => Arc::new(to.finish()),
        }
    }
}
