//! How many rows there are and what their checksum is, whatever their order: computed of batches as a server computes it of its own
//! rows, so that only two numbers go over the wire.
//!
//! For MySQL and MariaDB `mysql/checksum` says how. For PostgreSQL every value is hashed, with a seed for the place of its column, null being 0; the hashes of a row are put together by exclusive
//! or, and rows are summed, what is above 64 bits being left out. Lists are left out, on both sides.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};

use crate::address::Engine;
use crate::kind::Kind;
use crate::lookup3;
use crate::mysql;

/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
const TO_2000: i64 = 946_684_800_000_000;

/// Returns with what the values of a column are hashed, so that alike values of two columns do not cancel each other.
pub(crate) const fn seed(place: usize) -> u64 {
    ((place as u64 + 1) << 32) | 0x00c0_ffee
}

/// Returns the sum of the checksums of the rows of a batch, to be added (`wrapping_add`) to those of others; nothing where a column is
/// not as its kind says, or its values have no text that the server writes alike. [`crate::Session::checksum`] answers the same of the same columns in the same order.
#[must_use]
pub fn checksum(engine: Engine, columns: &[(&Kind, &ArrayRef)]) -> Option<u64> {
    if engine != Engine::Postgres {
        return mysql::sum(columns);
    }
    let rows = columns.first().map_or(0, |(_, array)| array.len());
    let mut sums = vec![0_u64; rows];
    for (place, (kind, array)) in columns.iter().enumerate() {
        if array.data_type() != &kind.arrow() {
            return None;
        }
        add(kind, array, seed(place), &mut sums);
    }
    Some(sums.into_iter().fold(0, u64::wrapping_add))
}

fn each<T>(values: impl Iterator<Item = Option<T>>, sums: &mut [u64], hash: impl Fn(T) -> u64) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum ^= value.map_or(0, &hash);
    }
}

fn add(kind: &Kind, array: &ArrayRef, seed: u64, sums: &mut [u64]) {
    let text = |text: &str| lookup3::of_bytes(text.as_bytes(), seed);
    let integer = |value: i64| lookup3::of_integer(value, seed);
    match kind {
        Kind::Integer => each(array.as_primitive::<Int64Type>().iter(), sums, integer),
        Kind::Time => each(array.as_primitive::<Int64Type>().iter(), sums, |value| text(&value.to_string())),
        Kind::Timestamp | Kind::LocalTimestamp => {
            each(array.as_primitive::<TimestampMicrosecondType>().iter(), sums, |value| {
                integer(value.wrapping_sub(TO_2000))
            });
        }
        Kind::Decimal { scale, .. } | Kind::Money { scale } => {
            each(array.as_primitive::<Decimal128Type>().iter(), sums, |value| text(&digits(value, *scale)));
        }
        Kind::Unsigned => each(array.as_primitive::<Decimal128Type>().iter(), sums, |value| text(&value.to_string())),
        Kind::Float => {
            each(array.as_primitive::<Float32Type>().iter(), sums, |value| text(&format!("{:08x}", value.to_bits())));
        }
        Kind::Double => {
            each(array.as_primitive::<Float64Type>().iter(), sums, |value| text(&format!("{:016x}", value.to_bits())));
        }
        Kind::Boolean => each(array.as_boolean().iter(), sums, |value| text(if value { "true" } else { "false" })),
        Kind::Date => each(array.as_primitive::<Date32Type>().iter(), sums, |value| text(&value.to_string())),
        Kind::Text | Kind::Padded => each(array.as_string::<i32>().iter(), sums, text),
        Kind::Bytes | Kind::Geometry => each(array.as_binary::<i32>().iter(), sums, |value| text(&hex(value))),
        Kind::Interval => {
            let parts = array.as_struct();
            let [months, days, micros] = parts.columns() else { return };
            let (months, days) =
                (months.as_primitive::<Int32Type>().values(), days.as_primitive::<Int32Type>().values());
            let parts = micros.as_primitive::<Int64Type>().iter().zip(days).zip(months);
            each(
                parts.map(|((micros, days), months)| {
                    micros.map(|micros| format!("{micros:016x}{days:08x}{months:08x}"))
                }),
                sums,
                |value| text(&value),
            );
        }
        Kind::Set(_) | Kind::List(_) => {}
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Returns a number with all digits after its point.
fn digits(value: i128, scale: u8) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let mut digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    if scale > 0 {
        digits.insert(digits.len() - scale, '.');
    }
    format!("{sign}{digits}")
}
