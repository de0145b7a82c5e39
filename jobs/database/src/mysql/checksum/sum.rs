//! The checksum of batches.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use md5::{Digest as _, Md5};

use crate::kind::Kind;
use crate::mysql::sql::written;
use crate::mysql::times::date;

/// Returns the sum of the checksums of the rows of a batch; nothing where the values of a column have no text that the server writes
/// alike.
pub(crate) fn sum(columns: &[(&Kind, &ArrayRef)]) -> Option<u64> {
    if !columns.iter().all(|(kind, array)| written_as(kind, array.data_type())) {
        return None;
    }
    let rows = columns.first().map_or(0, |(_, array)| array.len());
    let mut sum = 0_u64;
    for row in 0..rows {
        let mut hash = Md5::new();
        for (kind, array) in columns {
            if array.is_null(row) {
                hash.update(b"-");
            } else {
                let text = text(array, kind, row);
                hash.update(format!("{}:", text.len()));
                hash.update(text);
            }
        }
        let hash: [u8; 16] = hash.finalize().into();
        let first = hash.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first) >> 4);
        sum = sum.wrapping_add(first);
    }
    Some(sum)
}

fn written_as(kind: &Kind, held: &DataType) -> bool {
    !matches!(kind, Kind::Float | Kind::Double | Kind::Geometry | Kind::Interval | Kind::List(_) | Kind::Money { .. })
        && kind.arrow() == *held
}

fn text(array: &dyn Array, kind: &Kind, row: usize) -> Vec<u8> {
    match kind {
        Kind::Integer => array.as_primitive::<Int64Type>().value(row).to_string().into_bytes(),
        Kind::Unsigned | Kind::Decimal { .. } => {
            array.as_primitive::<Decimal128Type>().value_as_string(row).into_bytes()
        }
        Kind::Boolean => vec![b'0' + u8::from(array.as_boolean().value(row))],
        Kind::Date => {
            let (year, month, day) = date(array.as_primitive::<Date32Type>().value(row).into());
            format!("{year:04}-{month:02}-{day:02}").into_bytes()
        }
        Kind::LocalTimestamp | Kind::Timestamp => {
            written(array.as_primitive::<TimestampMicrosecondType>().value(row)).into_bytes()
        }
        Kind::Time => span(array.as_primitive::<Int64Type>().value(row)).into_bytes(),
        Kind::Bytes => array
            .as_binary::<i32>()
            .value(row)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<String>()
            .into_bytes(),
        Kind::Set(_) => {
            let labels = array.as_list::<i32>().value(row);
            labels.as_string::<i32>().iter().flatten().collect::<Vec<_>>().join(",").into_bytes()
        }
        _ => array.as_string::<i32>().value(row).as_bytes().to_vec(),
    }
}

fn span(micros: i64) -> String {
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{sign}{hours:02}:{minutes:02}:{seconds:02}.{micros:06}")
}
