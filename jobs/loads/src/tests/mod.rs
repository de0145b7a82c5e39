//! Loads of a source whose every move is known.

mod changes;
mod faults;
mod hand_on;
mod latest;
mod model;
mod naive;
mod pieces;
mod property;
mod reconcile;
mod windows;
mod world;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use carelake_database::Kind;
use xxhash_rust::xxh3::xxh3_64;

/// The sum over a row that the model's server answers.
fn sum_of(texts: &[Option<String>]) -> u64 {
    xxh3_64(format!("{texts:?}").as_bytes())
}

/// The same of batches.
fn sum(columns: &[(&Kind, &ArrayRef)]) -> Option<u64> {
    let rows = columns.first()?.1.len();
    let text = |(kind, column): &(&Kind, &ArrayRef), row: usize| -> Option<String> {
        if column.is_null(row) {
            return None;
        }
        Some(match kind {
            Kind::Integer => column.as_primitive::<Int64Type>().value(row).to_string(),
            Kind::Timestamp => column.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
            Kind::Text => column.as_string::<i32>().value(row).to_owned(),
            Kind::Boolean => column.as_boolean().value(row).to_string(),
            other => panic!("{other:?} has no text here"),
        })
    };
    let row = |row: usize| sum_of(&columns.iter().map(|column| text(column, row)).collect::<Vec<_>>());
    Some((0..rows).map(row).fold(0, u64::wrapping_add))
}
