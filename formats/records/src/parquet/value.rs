//! Values of Parquet as text.

use std::fmt::Display;
use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, StructArray, downcast_dictionary_array};
use arrow_schema::{DataType, TimeUnit};

use super::schema::Column;
use super::time;
use crate::batch::Kind;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{NONE, RECORD_BYTES, RECORD_VALUES, Shape, Tree};

/// Makes trees of rows.
#[derive(Debug)]
pub(super) struct Values {
    limits: Limits,
    /// What is wanted of the row that was read last.
    pub(super) tree: Tree,
    /// Whether all its texts were UTF-8.
    pub(super) is_text: bool,
    /// Bytes of all values that were read.
    pub(super) bytes: u64,
}

impl Values {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, tree: Tree::default(), is_text: true, bytes: 0 }
    }

    /// Reads a row.
    pub(super) fn record(&mut self, rows: &StructArray, row: usize, columns: &[Column]) -> Result<(), ReadError> {
        self.tree.clear();
        self.is_text = true;
        self.group(rows, row, NONE, columns, 0)?;
        self.bytes += self.tree.made.len() as u64;
        Ok(())
    }

    fn group(
        &mut self,
        group: &StructArray,
        row: usize,
        label: u32,
        columns: &[Column],
        depth: usize,
    ) -> Result<(), ReadError> {
        let node = self.tree.push(label, Shape::Record, 0, 0);
        for (values, column) in group.columns().iter().zip(columns) {
            self.value(values.as_ref(), row, column.label, &column.fields, depth + 1)?;
        }
        self.tree.close(node, 0);
        Ok(())
    }

    fn list(&mut self, items: &dyn Array, label: u32, columns: &[Column], depth: usize) -> Result<(), ReadError> {
        let node = self.tree.push(label, Shape::List, 0, 0);
        for item in 0..items.len() {
            self.value(items, item, label, columns, depth + 1)?;
        }
        self.tree.close(node, 0);
        Ok(())
    }

    fn value(
        &mut self,
        values: &dyn Array,
        row: usize,
        label: u32,
        columns: &[Column],
        depth: usize,
    ) -> Result<(), ReadError> {
        if depth > self.limits.depth {
            return Err(Malformed::new(Reason::TooDeep, "columns are nested deeper than is read").into());
        }
        if self.tree.len() >= RECORD_VALUES || self.tree.made.len() > RECORD_BYTES {
            return Err(too_wide());
        }
        if values.is_null(row) {
            self.tree.push(label, Shape::Value(Kind::Null), 0, 0);
            return Ok(());
        }
        match values.data_type() {
            DataType::Struct(_) => self.group(values.as_struct(), row, label, columns, depth),
            DataType::List(_) => self.list(&values.as_list::<i32>().value(row), label, columns, depth),
            DataType::LargeList(_) => self.list(&values.as_list::<i64>().value(row), label, columns, depth),
            DataType::FixedSizeList(..) => self.list(&values.as_fixed_size_list().value(row), label, columns, depth),
            DataType::Map(..) => self.list(&values.as_map().value(row), label, columns, depth),
            DataType::Dictionary(..) => downcast_dictionary_array!(
                values => self.value(values.values().as_ref(), values.key(row).unwrap_or_default(), label, columns, depth + 1),
                _ => self.scalar(values, row, label)
            ),
            _ => self.scalar(values, row, label),
        }
    }

    fn scalar(&mut self, values: &dyn Array, row: usize, label: u32) -> Result<(), ReadError> {
        let from = self.tree.made.len();
        let kind = self.write(values, row);
        if self.tree.made.len() - from > self.limits.value_bytes {
            return Err(too_wide());
        }
        if matches!(kind, Kind::Text) {
            self.is_text &= simdutf8::basic::from_utf8(self.tree.made.get(from..).unwrap_or_default()).is_ok();
        }
        self.tree.push_made(label, kind, from);
        Ok(())
    }

    /// Appends the text of a value, and answers what it is.
    fn write(&mut self, values: &dyn Array, row: usize) -> Kind {
        let made = &mut self.tree.made;
        match values.data_type() {
            DataType::Boolean => {
                made.extend_from_slice(if values.as_boolean().value(row) { b"true" } else { b"false" });
                Kind::Boolean
            }
            DataType::Int8 => digits(made, values.as_primitive::<Int8Type>().value(row)),
            DataType::Int16 => digits(made, values.as_primitive::<Int16Type>().value(row)),
            DataType::Int32 => digits(made, values.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 => digits(made, values.as_primitive::<Int64Type>().value(row)),
            DataType::UInt8 => digits(made, values.as_primitive::<UInt8Type>().value(row)),
            DataType::UInt16 => digits(made, values.as_primitive::<UInt16Type>().value(row)),
            DataType::UInt32 => digits(made, values.as_primitive::<UInt32Type>().value(row)),
            DataType::UInt64 => digits(made, values.as_primitive::<UInt64Type>().value(row)),
            DataType::Float16 => float(made, values.as_primitive::<Float16Type>().value(row).to_f32()),
            DataType::Float32 => float(made, values.as_primitive::<Float32Type>().value(row)),
            DataType::Float64 => float(made, values.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal32(_, scale) => decimal(made, values.as_primitive::<Decimal32Type>().value(row), *scale),
            DataType::Decimal64(_, scale) => decimal(made, values.as_primitive::<Decimal64Type>().value(row), *scale),
            DataType::Decimal128(_, scale) => decimal(made, values.as_primitive::<Decimal128Type>().value(row), *scale),
            DataType::Decimal256(_, scale) => decimal(made, values.as_primitive::<Decimal256Type>().value(row), *scale),
            DataType::Utf8 => text(made, values.as_string::<i32>().value(row).as_bytes()),
            DataType::LargeUtf8 => text(made, values.as_string::<i64>().value(row).as_bytes()),
            DataType::Utf8View => text(made, values.as_string_view().value(row).as_bytes()),
            DataType::Binary => text(made, values.as_binary::<i32>().value(row)),
            DataType::LargeBinary => text(made, values.as_binary::<i64>().value(row)),
            DataType::BinaryView => text(made, values.as_binary_view().value(row)),
            DataType::FixedSizeBinary(_) => text(made, values.as_fixed_size_binary().value(row)),
            DataType::Date32 => time::date(made, i64::from(values.as_primitive::<Date32Type>().value(row))),
            DataType::Date64 => time::date(made, values.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000)),
            DataType::Timestamp(unit, zone) => {
                time::timestamp(made, timestamp(values, row, *unit), *unit, zone.is_some())
            }
            DataType::Time32(unit) | DataType::Time64(unit) => time::time(made, time_of_day(values, row, *unit), *unit),
            _ => Kind::Null,
        }
    }
}

fn timestamp(values: &dyn Array, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => values.as_primitive::<TimestampSecondType>().value(row),
        TimeUnit::Millisecond => values.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => values.as_primitive::<TimestampMicrosecondType>().value(row),
        TimeUnit::Nanosecond => values.as_primitive::<TimestampNanosecondType>().value(row),
    }
}

fn time_of_day(values: &dyn Array, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => i64::from(values.as_primitive::<Time32SecondType>().value(row)),
        TimeUnit::Millisecond => i64::from(values.as_primitive::<Time32MillisecondType>().value(row)),
        TimeUnit::Microsecond => values.as_primitive::<Time64MicrosecondType>().value(row),
        TimeUnit::Nanosecond => values.as_primitive::<Time64NanosecondType>().value(row),
    }
}

fn text(made: &mut Vec<u8>, text: &[u8]) -> Kind {
    made.extend_from_slice(text);
    Kind::Text
}

fn digits(made: &mut Vec<u8>, value: impl Display) -> Kind {
    // To write to memory does not fail.
    let _ = write!(made, "{value}");
    Kind::Number
}

/// Appends the shortest digits that are this number and no other; what is no number is text.
fn float<F: Into<f64> + Display + Copy>(made: &mut Vec<u8>, value: F) -> Kind {
    let wide: f64 = value.into();
    if wide == 0.0 {
        return digits(made, 0);
    }
    digits(made, value);
    if wide.is_finite() { Kind::Number } else { Kind::Text }
}

/// Appends a decimal, exact, without a fraction of zeros.
fn decimal(made: &mut Vec<u8>, value: impl Display, scale: i8) -> Kind {
    let all = value.to_string();
    let (sign, all) = all.strip_prefix('-').map_or(("", all.as_str()), |all| ("-", all));
    made.extend_from_slice(sign.as_bytes());
    let Ok(scale) = usize::try_from(scale) else {
        made.extend_from_slice(all.as_bytes());
        if all != "0" {
            made.extend(std::iter::repeat_n(b'0', usize::from(scale.unsigned_abs())));
        }
        return Kind::Number;
    };
    let filled = format!("{all:0>width$}", width = scale + 1);
    let (whole, fraction) = filled.split_at_checked(filled.len() - scale).unwrap_or((&filled, ""));
    made.extend_from_slice(whole.as_bytes());
    if fraction.bytes().any(|digit| digit != b'0') {
        made.push(b'.');
        made.extend_from_slice(fraction.as_bytes());
    }
    Kind::Number
}

fn too_wide() -> ReadError {
    Malformed::new(Reason::TooWide, "a value or record is longer than is read").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(write: impl Fn(&mut Vec<u8>) -> Kind) -> (Kind, String) {
        let mut made = Vec::new();
        let kind = write(&mut made);
        (kind, String::from_utf8(made).unwrap())
    }

    #[test]
    fn decimals_are_exact_and_lose_a_fraction_of_zeros() {
        let cases = [
            (1250_i128, 2, "12.50"),
            (1200, 2, "12"),
            (-5, 2, "-0.05"),
            (0, 2, "0"),
            (12345678901234567890123, 0, "12345678901234567890123"),
            (7, -3, "7000"),
            (0, -3, "0"),
        ];
        for (value, scale, digits) in cases {
            assert_eq!(text_of(|made| decimal(made, value, scale)), (Kind::Number, digits.to_owned()));
        }
    }

    #[test]
    fn floats_are_their_shortest_plain_digits() {
        let cases = [
            (12345.0, "12345"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e21, "1000000000000000000000"),
            (1e-7, "0.0000001"),
            (-0.0, "0"),
        ];
        for (value, digits) in cases {
            assert_eq!(text_of(|made| float(made, value)), (Kind::Number, digits.to_owned()));
        }
        assert_eq!(text_of(|made| float(made, 0.1_f32)), (Kind::Number, "0.1".to_owned()));
        assert_eq!(text_of(|made| float(made, f64::NAN)).0, Kind::Text);
    }
}
