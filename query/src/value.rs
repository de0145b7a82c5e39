//! Cells of Parquet columns as the values that SQL knows: integers, reals and text.
//!
//! A column of a batch is kept as it was decoded; a cell becomes a value when it is asked for.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, PrimitiveArray,
    StringArray,
};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::table::Kind;

/// A value as SQL sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A whole number; booleans are 0 and 1.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text; dates and times are text in the form of ISO 8601.
    Text(Cow<'a, str>),
}

/// One column of a batch.
#[derive(Debug)]
pub(crate) enum Cells {
    /// The query does not use the column.
    Unread,
    /// The file does not have the column.
    Absent,
    /// Every row has this value.
    Constant(Option<Box<str>>),
    Boolean(BooleanArray),
    Integer(Int64Array),
    Real(Float64Array),
    Text(StringArray),
    Date(Date32Array),
    Timestamp(TimeUnit, Int64Array),
    Decimal(Decimal128Array),
    List(ListArray, Box<Self>),
}

/// Returns the kind of a type, when SQL can show it.
pub(crate) fn kind(of: &DataType) -> Option<Kind> {
    use DataType::{
        Boolean, Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, List, UInt8, UInt16, UInt32, Utf8,
    };
    Some(match of {
        Utf8 => Kind::Text,
        Boolean => Kind::Boolean,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 => Kind::Integer,
        Float32 | Float64 => Kind::Real,
        Date32 => Kind::Date,
        DataType::Timestamp(_, _) => Kind::Timestamp,
        Decimal128(_, _) => Kind::Decimal,
        List(item) => kind(item.data_type()).map(|_| Kind::List)?,
        _ => return None,
    })
}

impl Cells {
    /// Takes a decoded column; `None` when its type is one that SQL cannot show.
    pub(crate) fn of(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string::<i32>().clone()),
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Int8 => Self::Integer(array.as_primitive::<Int8Type>().unary(i64::from)),
            DataType::Int16 => Self::Integer(array.as_primitive::<Int16Type>().unary(i64::from)),
            DataType::Int32 => Self::Integer(array.as_primitive::<Int32Type>().unary(i64::from)),
            DataType::Int64 => Self::Integer(array.as_primitive::<Int64Type>().clone()),
            DataType::UInt8 => Self::Integer(array.as_primitive::<UInt8Type>().unary(i64::from)),
            DataType::UInt16 => Self::Integer(array.as_primitive::<UInt16Type>().unary(i64::from)),
            DataType::UInt32 => Self::Integer(array.as_primitive::<UInt32Type>().unary(i64::from)),
            DataType::Float32 => Self::Real(array.as_primitive::<Float32Type>().unary(f64::from)),
            DataType::Float64 => Self::Real(array.as_primitive().clone()),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>().clone()),
            DataType::Timestamp(unit, _) => Self::Timestamp(*unit, ticks(*unit, array)),
            DataType::Decimal128(_, _) => Self::Decimal(array.as_primitive().clone()),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::List(list.clone(), Box::new(Self::of(list.values())?))
            }
            _ => return None,
        })
    }

    /// Returns the value of a row; null for a row that is not there.
    #[inline]
    pub(crate) fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Unread | Self::Absent | Self::Constant(None) => Value::Null,
            Self::Constant(Some(text)) => Value::Text(Cow::Borrowed(text)),
            Self::Boolean(cells) => at(cells, row).map_or(Value::Null, |()| Value::Integer(cells.value(row).into())),
            Self::Integer(cells) => at(cells, row).map_or(Value::Null, |()| Value::Integer(cells.value(row))),
            Self::Real(cells) => match at(cells, row).map(|()| cells.value(row)) {
                Some(number) if !number.is_nan() => Value::Real(number),
                _ => Value::Null,
            },
            Self::Text(cells) => at(cells, row).map_or(Value::Null, |()| Value::Text(Cow::Borrowed(cells.value(row)))),
            Self::Date(cells) => {
                at(cells, row).map_or(Value::Null, |()| Value::Text(Cow::Owned(date(cells.value(row)))))
            }
            Self::Timestamp(unit, cells) => {
                at(cells, row).map_or(Value::Null, |()| Value::Text(Cow::Owned(time(*unit, cells.value(row)))))
            }
            Self::Decimal(cells) => {
                at(cells, row).map_or(Value::Null, |()| Value::Text(Cow::Owned(cells.value_as_string(row))))
            }
            Self::List(lists, items) => {
                at(lists, row).map_or(Value::Null, |()| Value::Text(Cow::Owned(list(lists, items, row).to_string())))
            }
        }
    }

    /// Returns the value of a row as JSON.
    fn json(&self, row: usize) -> serde_json::Value {
        match (self, self.value(row)) {
            (Self::List(lists, items), Value::Text(_)) => list(lists, items, row),
            (Self::Boolean(_), Value::Integer(flag)) => (flag != 0).into(),
            (_, value) => value.json(),
        }
    }
}

impl Value<'_> {
    /// Returns the value with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        }
    }

    /// Returns the value as JSON: numbers as numbers, a real that is not finite as null.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Integer(number) => (*number).into(),
            Self::Real(number) => (*number).into(),
            Self::Text(text) => text.as_ref().into(),
        }
    }
}

/// Answers whether a row is there and not null.
#[inline]
fn at(cells: &impl Array, row: usize) -> Option<()> {
    (row < cells.len() && cells.is_valid(row)).then_some(())
}

/// Returns the ticks of a column of times.
fn ticks(unit: TimeUnit, array: &ArrayRef) -> Int64Array {
    fn bare<T: arrow_array::ArrowPrimitiveType<Native = i64>>(array: &PrimitiveArray<T>) -> Int64Array {
        array.reinterpret_cast()
    }
    match unit {
        TimeUnit::Second => bare(array.as_primitive::<TimestampSecondType>()),
        TimeUnit::Millisecond => bare(array.as_primitive::<TimestampMillisecondType>()),
        TimeUnit::Microsecond => bare(array.as_primitive::<TimestampMicrosecondType>()),
        TimeUnit::Nanosecond => bare(array.as_primitive::<TimestampNanosecondType>()),
    }
}

/// Returns the text of a day, such as 2026-11-01. A day outside the years -9999 to 9999 is told by its number.
pub(crate) fn date(days: i32) -> String {
    match Timestamp::from_second(i64::from(days) * 86_400) {
        Ok(midnight) => Offset::UTC.to_datetime(midnight).date().to_string(),
        Err(_) => format!("day {days}"),
    }
}

/// Returns the text of a time, such as 2026-11-01T00:00:00+00:00. The sign after the seconds sorts before the point of a
/// fraction, so texts are in the order of the times.
pub(crate) fn time(unit: TimeUnit, ticks: i64) -> String {
    let time = match unit {
        TimeUnit::Second => Timestamp::from_second(ticks),
        TimeUnit::Millisecond => Timestamp::from_millisecond(ticks),
        TimeUnit::Microsecond => Timestamp::from_microsecond(ticks),
        TimeUnit::Nanosecond => Ok(Timestamp::from_nanosecond(ticks.into()).unwrap_or_default()),
    };
    time.map_or_else(|_| format!("tick {ticks}"), |time| format!("{}+00:00", Offset::UTC.to_datetime(time)))
}

fn list(lists: &ListArray, items: &Cells, row: usize) -> serde_json::Value {
    let bounds = |at: usize| lists.value_offsets().get(at).and_then(|offset| usize::try_from(*offset).ok());
    let (from, to) = (bounds(row).unwrap_or(0), bounds(row + 1).unwrap_or(0));
    (from..to).map(|item| items.json(item)).collect()
}
