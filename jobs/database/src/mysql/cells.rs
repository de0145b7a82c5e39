//! The values of a column while a batch is made: plain vectors that Arrow takes over without copying, and that a refused row leaves again.

use std::sync::Arc;

use arrow_array::builder::BooleanBufferBuilder;
use arrow_array::types::{Date32Type, Float32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, Decimal128Array, ListArray, PrimitiveArray, StringArray,
};
use arrow_buffer::{Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer};
use arrow_schema::{DataType, FieldRef};

/// Bytes one after another, and where each ends.
pub(super) struct Runs {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl Runs {
    fn new() -> Self {
        Self { bytes: Vec::new(), ends: vec![0] }
    }

    #[inline]
    fn end(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    fn truncate(&mut self, count: usize) {
        self.ends.truncate(count + 1);
        self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    fn taken(&mut self) -> (OffsetBuffer<i32>, Buffer) {
        // Of the next batch a few bytes more would make the list grow, and be copied.
        let room = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 8);
        let bytes = std::mem::replace(&mut self.bytes, room);
        (OffsetBuffer::new(ends(&mut self.ends).into()), Buffer::from_vec(bytes))
    }
}

/// The values, by how they are held.
enum Values {
    Days(Vec<i32>),
    Integers(Vec<i64>),
    Moments(Vec<i64>, Option<Arc<str>>),
    Decimals(Vec<i128>, u8, i8),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    Booleans(BooleanBufferBuilder),
    Texts(Runs),
    Bytes(Runs),
    Lists(Vec<i32>, Runs, FieldRef),
}

/// A column of a batch that is being made.
pub(super) struct Cells {
    values: Values,
    nulls: NullBufferBuilder,
}

impl Cells {
    /// Makes an empty column of a type; none where rows of these servers have no such type.
    pub(super) fn new(of: &DataType) -> Option<Self> {
        let values = match of {
            DataType::Date32 => Values::Days(Vec::new()),
            DataType::Int64 => Values::Integers(Vec::new()),
            DataType::Timestamp(_, zone) => Values::Moments(Vec::new(), zone.clone()),
            DataType::Decimal128(precision, scale) => Values::Decimals(Vec::new(), *precision, *scale),
            DataType::Float32 => Values::Floats(Vec::new()),
            DataType::Float64 => Values::Doubles(Vec::new()),
            DataType::Boolean => Values::Booleans(BooleanBufferBuilder::new(0)),
            DataType::Utf8 => Values::Texts(Runs::new()),
            DataType::Binary => Values::Bytes(Runs::new()),
            DataType::List(field) => Values::Lists(vec![0], Runs::new(), Arc::clone(field)),
            _ => return None,
        };
        Some(Self { values, nulls: NullBufferBuilder::new(0) })
    }

    #[inline]
    pub(super) fn integer(&mut self, value: i64) {
        if let Values::Integers(values) | Values::Moments(values, _) = &mut self.values {
            values.push(value);
            self.nulls.append_non_null();
        }
    }

    #[inline]
    pub(super) fn days(&mut self, value: i32) {
        if let Values::Days(values) = &mut self.values {
            values.push(value);
            self.nulls.append_non_null();
        }
    }

    #[inline]
    pub(super) fn decimal(&mut self, value: i128) {
        if let Values::Decimals(values, ..) = &mut self.values {
            values.push(value);
            self.nulls.append_non_null();
        }
    }

    #[inline]
    pub(super) fn float(&mut self, value: f32) {
        if let Values::Floats(values) = &mut self.values {
            values.push(value);
            self.nulls.append_non_null();
        }
    }

    #[inline]
    pub(super) fn double(&mut self, value: f64) {
        if let Values::Doubles(values) = &mut self.values {
            values.push(value);
            self.nulls.append_non_null();
        }
    }

    pub(super) fn boolean(&mut self, value: bool) {
        if let Values::Booleans(values) = &mut self.values {
            values.append(value);
            self.nulls.append_non_null();
        }
    }

    /// Adds text or bytes, in pieces.
    #[inline]
    pub(super) fn bytes(&mut self, pieces: &[&[u8]]) {
        if let Values::Texts(runs) | Values::Bytes(runs) = &mut self.values {
            for piece in pieces {
                runs.bytes.extend_from_slice(piece);
            }
            runs.end();
            self.nulls.append_non_null();
        }
    }

    /// Adds a list of the texts between commas; none in nothing.
    pub(super) fn list(&mut self, text: &[u8]) {
        if let Values::Lists(ends, runs, _) = &mut self.values {
            if !text.is_empty() {
                for label in text.split(|byte| *byte == b',') {
                    runs.bytes.extend_from_slice(label);
                    runs.end();
                }
            }
            ends.push(runs.ends.len() as i32 - 1);
            self.nulls.append_non_null();
        }
    }

    #[inline]
    pub(super) fn null(&mut self) {
        match &mut self.values {
            Values::Days(values) => values.push(0),
            Values::Integers(values) | Values::Moments(values, _) => values.push(0),
            Values::Decimals(values, ..) => values.push(0),
            Values::Floats(values) => values.push(0.0),
            Values::Doubles(values) => values.push(0.0),
            Values::Booleans(values) => values.append(false),
            Values::Texts(runs) | Values::Bytes(runs) => runs.end(),
            Values::Lists(ends, runs, _) => ends.push(runs.ends.len() as i32 - 1),
        }
        self.nulls.append_null();
    }

    /// Forgets all rows but the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        match &mut self.values {
            Values::Days(values) => values.truncate(count),
            Values::Integers(values) | Values::Moments(values, _) => values.truncate(count),
            Values::Decimals(values, ..) => values.truncate(count),
            Values::Floats(values) => values.truncate(count),
            Values::Doubles(values) => values.truncate(count),
            Values::Booleans(values) => values.truncate(count),
            Values::Texts(runs) | Values::Bytes(runs) => runs.truncate(count),
            Values::Lists(ends, runs, _) => {
                ends.truncate(count + 1);
                runs.truncate(ends.last().map_or(0, |end| *end as usize));
            }
        }
        self.nulls.truncate(count);
    }

    /// Returns the column and begins it anew; and how many texts were null because they are no UTF-8: servers that let half of a
    /// surrogate into three bytes hold such.
    pub(super) fn finished(&mut self) -> Option<(ArrayRef, u64)> {
        let nulls = self.nulls.finish();
        let array: ArrayRef = match &mut self.values {
            Values::Days(values) => primitive::<Date32Type>(values, nulls),
            Values::Integers(values) => primitive::<Int64Type>(values, nulls),
            Values::Moments(values, zone) => {
                let values = PrimitiveArray::<TimestampMicrosecondType>::new(taken(values).into(), nulls);
                Arc::new(values.with_timezone_opt(zone.clone()))
            }
            Values::Decimals(values, precision, scale) => {
                let values = Decimal128Array::new(taken(values).into(), nulls);
                Arc::new(values.with_precision_and_scale(*precision, *scale).ok()?)
            }
            Values::Floats(values) => primitive::<Float32Type>(values, nulls),
            Values::Doubles(values) => primitive::<Float64Type>(values, nulls),
            Values::Booleans(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Texts(runs) => {
                let (ends, bytes) = runs.taken();
                return Some(match StringArray::try_new(ends.clone(), bytes.clone(), nulls.clone()) {
                    Ok(texts) => (Arc::new(texts), 0),
                    Err(_) => readable(&BinaryArray::try_new(ends, bytes, nulls).ok()?),
                });
            }
            Values::Bytes(runs) => {
                let (ends, bytes) = runs.taken();
                Arc::new(BinaryArray::try_new(ends, bytes, nulls).ok()?)
            }
            Values::Lists(ends, runs, field) => {
                let (label_ends, bytes) = runs.taken();
                let labels = StringArray::try_new(label_ends, bytes, None).ok()?;
                let ends = OffsetBuffer::new(self::ends(ends).into());
                Arc::new(ListArray::try_new(Arc::clone(field), ends, Arc::new(labels), nulls).ok()?)
            }
        };
        Some((array, 0))
    }
}

/// Takes values, and leaves room for as many as there were.
fn taken<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len());
    std::mem::replace(values, room)
}

fn ends(ends: &mut Vec<i32>) -> Vec<i32> {
    let taken = taken(ends);
    ends.push(0);
    taken
}

fn primitive<T: ArrowPrimitiveType>(values: &mut Vec<T::Native>, nulls: Option<NullBuffer>) -> ArrayRef
where
    Vec<T::Native>: Into<arrow_buffer::ScalarBuffer<T::Native>>,
{
    Arc::new(PrimitiveArray::<T>::new(taken(values).into(), nulls))
}

fn readable(texts: &BinaryArray) -> (ArrayRef, u64) {
    let mut lost = 0;
    let kept = texts.iter().map(|bytes| {
        let text = std::str::from_utf8(bytes?).ok();
        lost += u64::from(text.is_none());
        text
    });
    let kept: StringArray = kept.collect();
    (Arc::new(kept), lost)
}

#[cfg(test)]
mod tests {
    use arrow_array::{Array, cast::AsArray as _};
    use arrow_schema::DataType;

    use super::Cells;
    use crate::kind::Kind;

    #[test]
    fn a_row_that_is_refused_leaves_nothing_behind() {
        for of in [Kind::Text, Kind::Integer, Kind::Set(Vec::new()), Kind::Boolean, Kind::Date, Kind::Double] {
            let mut cells = Cells::new(&of.arrow()).unwrap();
            let add = |cells: &mut Cells| {
                cells.bytes(&[b"a", b"b"]);
                cells.integer(1);
                cells.list(b"x,y");
                cells.boolean(true);
                cells.days(1);
                cells.double(0.5);
            };
            add(&mut cells);
            add(&mut cells);
            cells.truncate(1);
            cells.null();
            let (array, lost) = cells.finished().unwrap();
            assert_eq!((array.len(), array.null_count(), array.is_null(1), lost), (2, 1, true, 0), "{of:?}");
            assert_eq!(cells.finished().unwrap().0.len(), 0);
        }
    }

    #[test]
    fn text_that_is_no_utf8_is_null_and_counted_and_its_neighbours_stay() {
        let mut cells = Cells::new(&DataType::Utf8).unwrap();
        for text in [&b"before"[..], b"\xed\xa0\x80", b"\xc3", b"\xa4", b"after"] {
            cells.bytes(&[text]);
        }
        let (array, lost) = cells.finished().unwrap();
        let texts: Vec<_> = array.as_string::<i32>().iter().collect();
        assert_eq!((texts, lost), (vec![Some("before"), None, None, None, Some("after")], 3));
    }
}
