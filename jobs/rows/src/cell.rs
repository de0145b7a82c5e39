//! What a cell holds: one value of a column that is no list and no struct.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::Offset;

/// The value of a cell that is not null. It is shown as text: bytes in base64, times in UTC as 2026-11-01T00:00:00+00:00.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Whole(i128),
    /// A decimal, as units of its scale: digits behind the point.
    Decimal(i128, i8),
    /// A decimal of more than 38 digits.
    Digits(String),
    /// A number of 64 bits with a point.
    Real(f64),
    /// A number of 32 bits with a point.
    Single(f32),
    /// A day, counted from 1970-01-01.
    Day(i64),
    /// A time of some day: nanoseconds since midnight.
    Clock(i64),
    /// A moment: nanoseconds since 1970, and whether that is UTC or the time of some place.
    Instant(i128, bool),
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => f.write_str(&STANDARD.encode(bytes)),
            Self::Bool(is_so) => write!(f, "{is_so}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(units, scale) => decimal(*units, *scale, f),
            Self::Digits(text) => f.write_str(text),
            Self::Real(number) => write!(f, "{number:?}"),
            Self::Single(number) => write!(f, "{number:?}"),
            Self::Day(days) => {
                match days.checked_mul(86_400).and_then(|seconds| Timestamp::from_second(seconds).ok()) {
                    Some(midnight) => write!(f, "{}", Offset::UTC.to_datetime(midnight).date()),
                    None => write!(f, "day {days}"),
                }
            }
            Self::Clock(nanos) => {
                let time = Time::midnight().checked_add(jiff::SignedDuration::from_nanos(*nanos));
                match time {
                    Ok(time) => write!(f, "{time}"),
                    Err(_) => write!(f, "nanosecond {nanos}"),
                }
            }
            Self::Instant(nanos, is_utc) => match Timestamp::from_nanosecond(*nanos) {
                Ok(at) => write!(f, "{}{}", Offset::UTC.to_datetime(at), if *is_utc { "+00:00" } else { "" }),
                Err(_) => write!(f, "nanosecond {nanos}"),
            },
        }
    }
}

fn decimal(units: i128, scale: i8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if units < 0 { "-" } else { "" };
    let digits = units.unsigned_abs().to_string();
    let Ok(places) = usize::try_from(scale) else {
        return write!(f, "{sign}{digits}{}", "0".repeat(usize::from(scale.unsigned_abs())));
    };
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - places).unwrap_or((&digits, ""));
    if places == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
}

/// The cells of a column.
pub struct Cells<'a>(Box<dyn Fn(usize) -> Option<Cell<'a>> + 'a>);

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cells")
    }
}

impl<'a> Cells<'a> {
    /// Takes a column; none where its cells are lists, structs or of a type that Parquet has not.
    #[must_use]
    pub fn of(array: &'a dyn Array) -> Option<Self> {
        let utc = |zone: &Option<std::sync::Arc<str>>| zone.is_some();
        Some(match array.data_type() {
            DataType::Null => Self(Box::new(|_| None)),
            DataType::Utf8 => reading(array.as_string_opt::<i32>()?, |it, row| Cell::Text(it.value(row))),
            DataType::LargeUtf8 => reading(array.as_string_opt::<i64>()?, |it, row| Cell::Text(it.value(row))),
            DataType::Utf8View => reading(array.as_string_view_opt()?, |it, row| Cell::Text(it.value(row))),
            DataType::Binary => reading(array.as_binary_opt::<i32>()?, |it, row| Cell::Bytes(it.value(row))),
            DataType::LargeBinary => reading(array.as_binary_opt::<i64>()?, |it, row| Cell::Bytes(it.value(row))),
            DataType::BinaryView => reading(array.as_binary_view_opt()?, |it, row| Cell::Bytes(it.value(row))),
            DataType::FixedSizeBinary(_) => {
                reading(array.as_fixed_size_binary_opt()?, |it, row| Cell::Bytes(it.value(row)))
            }
            DataType::Boolean => reading(array.as_boolean_opt()?, |it, row| Cell::Bool(it.value(row))),
            DataType::Int8 => plain::<Int8Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::Int16 => plain::<Int16Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::Int32 => plain::<Int32Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::Int64 => plain::<Int64Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::UInt8 => plain::<UInt8Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::UInt16 => plain::<UInt16Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::UInt32 => plain::<UInt32Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::UInt64 => plain::<UInt64Type>(array, |it| Cell::Whole(it.into()))?,
            DataType::Float16 => plain::<Float16Type>(array, |it| Cell::Single(it.to_f32()))?,
            DataType::Float32 => plain::<Float32Type>(array, Cell::Single)?,
            DataType::Float64 => plain::<Float64Type>(array, Cell::Real)?,
            DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale)?,
            DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale)?,
            DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale)?,
            DataType::Decimal256(_, _) => {
                let array = array.as_primitive_opt::<Decimal256Type>()?;
                reading(array, |it, row| Cell::Digits(it.value_as_string(row)))
            }
            DataType::Date32 => plain::<Date32Type>(array, |it| Cell::Day(it.into()))?,
            DataType::Date64 => plain::<Date64Type>(array, |it| Cell::Day(it.div_euclid(86_400_000)))?,
            DataType::Time32(TimeUnit::Second) => {
                plain::<Time32SecondType>(array, |it| clock(it.into(), 1_000_000_000))?
            }
            DataType::Time32(_) => plain::<Time32MillisecondType>(array, |it| clock(it.into(), 1_000_000))?,
            DataType::Time64(TimeUnit::Microsecond) => plain::<Time64MicrosecondType>(array, |it| clock(it, 1_000))?,
            DataType::Time64(_) => plain::<Time64NanosecondType>(array, |it| clock(it, 1))?,
            DataType::Timestamp(TimeUnit::Second, zone) => {
                instants::<TimestampSecondType>(array, 1_000_000_000, utc(zone))?
            }
            DataType::Timestamp(TimeUnit::Millisecond, zone) => {
                instants::<TimestampMillisecondType>(array, 1_000_000, utc(zone))?
            }
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                instants::<TimestampMicrosecondType>(array, 1_000, utc(zone))?
            }
            DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
                instants::<TimestampNanosecondType>(array, 1, utc(zone))?
            }
            _ => return None,
        })
    }

    /// Returns the cell of a row; none where it is null, or there is no such row.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<Cell<'a>> {
        (self.0)(row)
    }
}

fn reading<'a, A: Array>(array: &'a A, read: impl Fn(&'a A, usize) -> Cell<'a> + 'a) -> Cells<'a> {
    Cells(Box::new(move |row| (row < array.len() && array.is_valid(row)).then(|| read(array, row))))
}

fn plain<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    read: impl Fn(T::Native) -> Cell<'a> + 'a,
) -> Option<Cells<'a>> {
    let array: &PrimitiveArray<T> = array.as_primitive_opt()?;
    Some(reading(array, move |array, row| read(array.value(row))))
}

fn decimals<T: DecimalType>(array: &dyn Array, scale: i8) -> Option<Cells<'_>>
where
    T::Native: Into<i128>,
{
    plain::<T>(array, move |units| Cell::Decimal(units.into(), scale))
}

fn instants<T: ArrowPrimitiveType<Native = i64>>(array: &dyn Array, nanos: i128, is_utc: bool) -> Option<Cells<'_>> {
    plain::<T>(array, move |ticks| Cell::Instant(i128::from(ticks) * nanos, is_utc))
}

const fn clock<'a>(ticks: i64, nanos: i64) -> Cell<'a> {
    Cell::Clock(ticks.saturating_mul(nanos))
}
