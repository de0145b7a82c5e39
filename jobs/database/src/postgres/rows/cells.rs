//! A column of a batch: its values, which of them are null, and what is counted of it.

use std::mem;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array,
    Int64Array, ListArray, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};

use crate::postgres::connection::Octets;
use crate::postgres::fault::Fault;
use crate::postgres::rows::literal;
use crate::postgres::rows::values::{Elements, Long, Outcome, Values, Written};
use crate::reading::Specials;

pub(super) struct Cells {
    /// The name of the column.
    name: String,
    of: DataType,
    specials: Specials,
    /// Whether the server saw to it that texts are UTF-8.
    is_checked: bool,
    nulls: NullBufferBuilder,
    values: Values,
    /// Values for which Arrow has none, and what else is counted.
    counted: u64,
}

impl Cells {
    pub(super) fn new(name: String, of: DataType, specials: Specials, is_checked: bool, values: Values) -> Self {
        Self { name, of, specials, is_checked, nulls: NullBufferBuilder::new(0), values, counted: 0 }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn of(&self) -> &DataType {
        &self.of
    }

    pub(super) fn rows(&self) -> usize {
        self.nulls.len()
    }

    /// Returns what was counted so far.
    pub(super) fn counted(&self) -> u64 {
        match &self.values {
            Values::Lists { child, .. } => self.counted + child.counted(),
            _ => self.counted,
        }
    }

    /// Adds a value, or none.
    #[inline]
    pub(super) fn add(&mut self, cell: Option<&[u8]>) -> Result<(), Fault> {
        let Some(cell) = cell else { return self.add_null() };
        let outcome = match &self.values {
            Values::Texts(Written::Plain | Written::Padded | Written::Jsonb, _) if !self.is_checked => {
                self.add_unchecked(cell)?
            }
            _ => self.values.add(cell)?,
        };
        match outcome {
            Outcome::Held => {}
            Outcome::Counted => self.counted += 1,
            Outcome::Special if self.specials == Specials::Error => return Err(Fault::Special(self.name.clone())),
            Outcome::Special => {
                self.counted += 1;
                return self.add_null();
            }
        }
        self.nulls.append_non_null();
        Ok(())
    }

    #[inline]
    fn add_null(&mut self) -> Result<(), Fault> {
        self.nulls.append_null();
        self.values.add_nothing()
    }

    /// A server without an encoding sends what it was given: what is not UTF-8 is read as Latin-1, and counted.
    fn add_unchecked(&mut self, cell: &[u8]) -> Result<Outcome, Fault> {
        if std::str::from_utf8(cell).is_ok() {
            return self.values.add(cell);
        }
        let text: String = cell.iter().copied().map(char::from).collect();
        self.values.add(text.as_bytes())?;
        Ok(Outcome::Counted)
    }

    /// Returns which rule a row breaks by this value, if it does.
    pub(super) fn refuses(&self, cell: Option<&[u8]>) -> Result<Option<String>, Fault> {
        let Some(cell) = cell else { return Ok(None) };
        Ok(self.values.refuses(cell)?.map(|rule| format!("{}_{rule}", self.name)))
    }

    /// Adds the elements of an array; answers whether it begins elsewhere than at 1.
    pub(super) fn add_elements(&mut self, of: Elements, cell: &[u8]) -> Result<bool, Fault> {
        if let Elements::Literal(delimiter) = of {
            let literal = literal::parse(cell, delimiter)?.ok_or(Fault::Protocol)?;
            for element in &literal.elements {
                self.add(element.as_deref())?;
            }
            return Ok(literal.is_shifted);
        }
        let mut octets = Octets(cell);
        let dimensions = octets.int()?;
        octets.long()?;
        if dimensions == 0 {
            return Ok(false);
        }
        let (length, first) = (octets.int()?, octets.int()?);
        for _ in 0..length {
            self.add(octets.cell()?)?;
        }
        Ok(first != 1)
    }

    /// Returns whether an array has more dimensions than one.
    pub(super) fn has_dimensions(&self, of: Elements, cell: &[u8]) -> Result<bool, Fault> {
        match of {
            Elements::Literal(delimiter) => Ok(literal::parse(cell, delimiter)?.is_none()),
            Elements::Binary => Ok(Octets(cell).int()? > 1),
        }
    }

    /// Returns a value as text, as a key is shown.
    pub(super) fn shown(&self, cell: &[u8]) -> Option<String> {
        self.values.shown(cell)
    }

    /// Ends a batch: what was put together, and nothing left.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, Fault> {
        let nulls = self.nulls.finish();
        array(&self.of, &mut self.values, nulls).map_err(|_| Fault::Protocol)
    }
}

/// Takes values, and leaves room for as many as there were.
fn taken<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len());
    mem::replace(values, room)
}

fn offsets(ends: &mut Vec<i32>) -> OffsetBuffer<i32> {
    let mut room = Vec::with_capacity(ends.len());
    room.push(0);
    OffsetBuffer::new(ScalarBuffer::from(mem::replace(ends, room)))
}

fn parts(long: &mut Long) -> (OffsetBuffer<i32>, Buffer) {
    // Of the next batch a few bytes more would make the list grow, and be copied.
    let room = Vec::with_capacity(long.bytes.len() + long.bytes.len() / 8);
    (offsets(&mut long.ends), Buffer::from_vec(mem::replace(&mut long.bytes, room)))
}

fn array(of: &DataType, values: &mut Values, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let bits = |bits: &mut BooleanBufferBuilder, nulls| BooleanArray::new(bits.finish(), nulls);
    Ok(match values {
        Values::Integers(_, values) => Arc::new(Int64Array::try_new(taken(values).into(), nulls)?),
        Values::Booleans(values) | Values::Flags(values) => Arc::new(bits(values, nulls)),
        Values::Floats(values) => Arc::new(Float32Array::try_new(taken(values).into(), nulls)?),
        Values::Doubles(values) => Arc::new(Float64Array::try_new(taken(values).into(), nulls)?),
        Values::Decimals { values, .. } => {
            Arc::new(Decimal128Array::try_new(taken(values).into(), nulls)?.with_data_type(of.clone()))
        }
        Values::Dates(values) => Arc::new(Date32Array::try_new(taken(values).into(), nulls)?),
        Values::Timestamps { is_local, values } => {
            let array = TimestampMicrosecondArray::try_new(taken(values).into(), nulls)?;
            Arc::new(if *is_local { array } else { array.with_timezone("UTC") })
        }
        Values::Intervals { months, days, micros } => {
            let DataType::Struct(fields) = of else {
                return Err(ArrowError::SchemaError("an interval has three parts".to_owned()));
            };
            let parts: Vec<ArrayRef> = vec![
                Arc::new(Int32Array::try_new(taken(months).into(), nulls.clone())?),
                Arc::new(Int32Array::try_new(taken(days).into(), nulls.clone())?),
                Arc::new(Int64Array::try_new(taken(micros).into(), nulls.clone())?),
            ];
            Arc::new(StructArray::try_new(fields.clone(), parts, nulls)?)
        }
        Values::Texts(_, long) => {
            let (offsets, bytes) = parts(long);
            Arc::new(StringArray::try_new(offsets, bytes, nulls)?)
        }
        Values::Blobs(long) => {
            let (offsets, bytes) = parts(long);
            Arc::new(BinaryArray::try_new(offsets, bytes, nulls)?)
        }
        Values::Lists { ends, child, .. } => {
            let DataType::List(field) = of else {
                return Err(ArrowError::SchemaError("a list has one field".to_owned()));
            };
            let nulls_of_child = child.nulls.finish();
            let elements = array(&child.of, &mut child.values, nulls_of_child)?;
            Arc::new(ListArray::try_new(Arc::clone(field), offsets(ends), elements, nulls)?)
        }
    })
}
