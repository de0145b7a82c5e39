//! A column of a batch while its rows are made: what was appended last can be looked at, and taken back.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, ListArray, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};
use bumpalo::Bump;

use super::exact::Exact;
use super::flow::Flow;
use super::identity::As;

/// A column of a batch.
#[derive(Debug)]
pub(super) struct Sink {
    data: Data,
    nulls: NullBufferBuilder,
    of: DataType,
}

#[derive(Debug)]
enum Data {
    Text(Texts),
    Days(Vec<i32>),
    Instants(Vec<i64>),
    Integers(Vec<i64>),
    Decimals(Vec<i128>, u32),
    Flags(Vec<bool>),
    Lists { ends: Vec<i32>, values: Texts },
}

/// Texts, one after the other, and where each ends; the first end is 0.
#[derive(Debug)]
struct Texts {
    ends: Vec<i32>,
    bytes: Vec<u8>,
}

impl Sink {
    /// Begins a column of a type for so many rows; of one that the common schema does not have, as text. Texts have room for so many
    /// bytes.
    pub(super) fn new(of: &DataType, rows: usize, text_bytes: usize) -> Self {
        let data = match of {
            DataType::Date32 => Data::Days(Vec::with_capacity(rows)),
            DataType::Timestamp(..) => Data::Instants(Vec::with_capacity(rows)),
            DataType::Int64 => Data::Integers(Vec::with_capacity(rows)),
            DataType::Decimal128(_, scale) => {
                Data::Decimals(Vec::with_capacity(rows), u32::try_from(*scale).unwrap_or(0))
            }
            DataType::Boolean => Data::Flags(Vec::with_capacity(rows)),
            DataType::List(_) => Data::Lists { ends: starting(rows), values: Texts::new(rows, text_bytes) },
            _ => Data::Text(Texts::new(rows, text_bytes)),
        };
        Self { data, nulls: NullBufferBuilder::new(rows), of: of.clone() }
    }

    /// Returns how many rows it has.
    pub(super) fn rows(&self) -> usize {
        self.nulls.len()
    }

    /// Returns how many bytes its texts have.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.data {
            Data::Text(texts) | Data::Lists { values: texts, .. } => texts.bytes.len(),
            _ => 0,
        }
    }

    /// Appends nothing; to lists, an empty one.
    #[inline]
    pub(super) fn null(&mut self) {
        match &mut self.data {
            Data::Text(texts) => texts.close(),
            Data::Days(days) => days.push(0),
            Data::Instants(numbers) | Data::Integers(numbers) => numbers.push(0),
            Data::Decimals(numbers, _) => numbers.push(0),
            Data::Flags(flags) => flags.push(false),
            Data::Lists { .. } => return self.close_list(),
        }
        self.nulls.append_null();
    }

    /// Appends the text that a reader writes; nothing if it answers that it could not.
    #[inline]
    pub(super) fn text(&mut self, read: impl FnOnce(&mut Vec<u8>) -> Option<As>) -> Option<As> {
        let Data::Text(texts) = &mut self.data else {
            self.null();
            return None;
        };
        let read = texts.write(read);
        texts.close();
        self.nulls.append(read.is_some());
        read
    }

    /// Appends a date or an instant.
    pub(super) fn moment(&mut self, flow: Flow<'_>) {
        match (&mut self.data, flow) {
            (Data::Days(days), Flow::Day(day)) => days.push(day),
            (Data::Instants(instants), Flow::Instant(instant)) => instants.push(instant),
            _ => return self.null(),
        }
        self.nulls.append_non_null();
    }

    /// Appends a number in the units of the column.
    pub(super) fn number(&mut self, units: i128) {
        match &mut self.data {
            Data::Decimals(numbers, _) => numbers.push(units),
            Data::Integers(numbers) => numbers.push(units as i64),
            _ => return self.null(),
        }
        self.nulls.append_non_null();
    }

    /// Appends true or false.
    pub(super) fn flag(&mut self, flag: bool) {
        let Data::Flags(flags) = &mut self.data else { return self.null() };
        flags.push(flag);
        self.nulls.append_non_null();
    }

    /// Adds what a reader writes to the list that is being made, unless it is in it already.
    pub(super) fn element(&mut self, read: impl FnOnce(&mut Vec<u8>) -> Option<As>) -> Option<As> {
        let Data::Lists { ends, values } = &mut self.data else { return None };
        let read = values.write(read)?;
        let first = ends.last().map_or(0, |end| *end as usize);
        if values.has_open_since(first) {
            values.drop_open();
        } else {
            values.close();
        }
        Some(read)
    }

    /// Appends the list that was made.
    pub(super) fn close_list(&mut self) {
        let Data::Lists { ends, values } = &mut self.data else { return };
        ends.push(values.len() as i32);
        self.nulls.append_non_null();
    }

    /// Returns whether the last row has nothing; of lists, whether its list is empty.
    #[inline]
    pub(super) fn is_null(&self) -> bool {
        match (&self.data, self.rows().checked_sub(1)) {
            (Data::Lists { ends, .. }, _) => matches!(ends.as_slice(), [.., before, last] if before == last),
            (_, Some(last)) => !self.nulls.is_valid(last),
            (_, None) => true,
        }
    }

    /// Makes the last row nothing.
    pub(super) fn empty_last(&mut self) {
        if let Some(rows) = self.rows().checked_sub(1) {
            self.truncate(rows);
            self.null();
        }
    }

    /// Takes all rows but the first so many back.
    pub(super) fn truncate(&mut self, rows: usize) {
        match &mut self.data {
            Data::Text(texts) => texts.truncate(rows),
            Data::Days(days) => days.truncate(rows),
            Data::Instants(numbers) | Data::Integers(numbers) => numbers.truncate(rows),
            Data::Decimals(numbers, _) => numbers.truncate(rows),
            Data::Flags(flags) => flags.truncate(rows),
            Data::Lists { ends, values } => {
                ends.truncate(rows + 1);
                values.truncate(ends.last().map_or(0, |end| *end as usize));
            }
        }
        self.nulls.truncate(rows);
    }

    /// Returns the last text; `None` if there is none.
    #[inline]
    pub(super) fn last_text(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Text(texts) if !self.is_null() => texts.get(texts.len().checked_sub(1)?),
            _ => None,
        }
    }

    /// Returns the last value.
    pub(super) fn last<'b>(&'b self, arena: &'b Bump) -> Flow<'b> {
        if self.is_null() {
            return Flow::Null;
        }
        let value = match &self.data {
            Data::Text(_) => self.last_text().map(Flow::Text),
            Data::Days(days) => days.last().map(|day| Flow::Day(*day)),
            Data::Instants(instants) => instants.last().map(|instant| Flow::Instant(*instant)),
            Data::Integers(numbers) => {
                numbers.last().map(|units| Flow::Exact(arena.alloc(Exact { units: i128::from(*units), scale: 0 })))
            }
            Data::Decimals(numbers, scale) => {
                numbers.last().map(|units| Flow::Exact(arena.alloc(Exact { units: *units, scale: *scale })))
            }
            Data::Flags(flags) => flags.last().map(|flag| Flow::Text(if *flag { b"true" } else { b"false" })),
            Data::Lists { ends, values } => match ends.as_slice() {
                [.., start, end] => {
                    let texts = (*start..*end).filter_map(|at| values.get(at as usize)).map(Flow::Text);
                    Some(Flow::List(bumpalo::collections::Vec::from_iter_in(texts, arena).into_bump_slice()))
                }
                _ => None,
            },
        };
        value.unwrap_or(Flow::Null)
    }

    /// Returns the rows as an array.
    ///
    /// # Errors
    /// When the rows are none of the type, which appending does not let happen.
    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        let nulls = self.nulls.build();
        Ok(match self.data {
            Data::Text(texts) => Arc::new(texts.array(nulls)?),
            Data::Days(days) => Arc::new(Date32Array::try_new(days.into(), nulls)?),
            Data::Instants(instants) => {
                Arc::new(TimestampMicrosecondArray::try_new(instants.into(), nulls)?.with_data_type(self.of))
            }
            Data::Integers(numbers) => Arc::new(Int64Array::try_new(numbers.into(), nulls)?),
            Data::Decimals(numbers, _) => {
                Arc::new(Decimal128Array::try_new(numbers.into(), nulls)?.with_data_type(self.of))
            }
            Data::Flags(flags) => Arc::new(BooleanArray::new(BooleanBuffer::from(flags), nulls)),
            Data::Lists { ends, values } => {
                let DataType::List(field) = self.of else {
                    return Err(ArrowError::SchemaError("a list that is declared as none".to_owned()));
                };
                let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
                Arc::new(ListArray::try_new(field, ends, Arc::new(values.array(None)?), nulls)?)
            }
        })
    }
}

impl Texts {
    fn new(rows: usize, bytes: usize) -> Self {
        Self { ends: starting(rows), bytes: Vec::with_capacity(bytes) }
    }

    fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    #[inline]
    fn close(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    /// Lets a reader write after the last end, and takes back what it wrote if it answers nothing.
    #[inline]
    fn write(&mut self, read: impl FnOnce(&mut Vec<u8>) -> Option<As>) -> Option<As> {
        let start = self.bytes.len();
        let read = read(&mut self.bytes);
        if read.is_none() {
            self.bytes.truncate(start);
        }
        read
    }

    fn get(&self, at: usize) -> Option<&[u8]> {
        self.bytes.get(*self.ends.get(at)? as usize..*self.ends.get(at + 1)? as usize)
    }

    fn open(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    /// Returns whether what was written after the last end is one of the texts from `first` on.
    fn has_open_since(&self, first: usize) -> bool {
        let open = self.bytes.get(self.open()..);
        (first..self.len()).any(|at| self.get(at) == open)
    }

    fn drop_open(&mut self) {
        self.bytes.truncate(self.open());
    }

    fn truncate(&mut self, texts: usize) {
        self.ends.truncate(texts + 1);
        self.drop_open();
    }

    fn array(self, nulls: Option<arrow_buffer::NullBuffer>) -> Result<StringArray, ArrowError> {
        if i32::try_from(self.bytes.len()).is_err() {
            return Err(ArrowError::OffsetOverflowError(self.bytes.len()));
        }
        StringArray::try_new(OffsetBuffer::new(ScalarBuffer::from(self.ends)), Buffer::from_vec(self.bytes), nulls)
    }
}

fn starting(rows: usize) -> Vec<i32> {
    let mut ends = Vec::with_capacity(rows + 1);
    ends.push(0);
    ends
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_schema::Field;

    use super::*;

    #[test]
    fn rows_that_are_taken_back_leave_nothing_behind() {
        let list = DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)));
        let mut sink = Sink::new(&list, 4, 0);
        let text = |text: &'static str| {
            move |to: &mut Vec<u8>| {
                to.extend_from_slice(text.as_bytes());
                Some(As::Plain)
            }
        };
        sink.element(text("a"));
        sink.element(text("b"));
        sink.element(text("a"));
        sink.close_list();
        sink.element(text("a"));
        sink.close_list();
        sink.truncate(1);
        sink.null();
        assert!(sink.is_null());
        let array = sink.finish().unwrap();
        let lists = array.as_list::<i32>();
        let values =
            |row: usize| lists.value(row).as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((lists.len(), values(0), values(1)), (2, vec!["a".to_owned(), "b".to_owned()], vec![]));

        let mut sink = Sink::new(&DataType::Utf8, 4, 0);
        sink.text(text("one"));
        sink.text(|to| {
            to.push(b'x');
            None
        });
        sink.text(text("three"));
        sink.truncate(2);
        sink.text(text("two"));
        sink.empty_last();
        let array = sink.finish().unwrap();
        assert_eq!(array.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("one"), None, None]);
    }
}
