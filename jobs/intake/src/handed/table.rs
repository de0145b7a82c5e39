//! Refused rows as a batch, and back.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{BinaryBuilder, StringBuilder, UInt32Builder, UInt64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use carelake_records::Place;

use crate::judged::Rejected;
use crate::kept::KeptRows;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let of = |name: &str, kind: DataType, is_nullable| Field::new(name, kind, is_nullable);
    Arc::new(Schema::new(vec![
        of("part", DataType::Utf8, true),
        of("number", DataType::UInt64, false),
        of("item", DataType::UInt32, false),
        of("rule", DataType::Utf8, false),
        of("column", DataType::Utf8, true),
        of("raw", DataType::Binary, false),
    ]))
});

/// Returns the columns.
pub(super) fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

/// Returns refused rows as a batch.
pub(super) fn batch_of(rejects: &[Rejected]) -> Result<RecordBatch, ArrowError> {
    let (mut parts, mut rules, mut columns) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut numbers, mut items, mut raws) = (UInt64Builder::new(), UInt32Builder::new(), BinaryBuilder::new());
    for reject in rejects {
        parts.append_option(reject.part.as_deref());
        numbers.append_value(reject.place.number);
        items.append_value(reject.place.item);
        rules.append_value(&reject.rule);
        columns.append_option(reject.column.as_deref());
        raws.append_value(&reject.raw);
    }
    RecordBatch::try_new(
        schema(),
        vec![
            Arc::new(parts.finish()),
            Arc::new(numbers.finish()),
            Arc::new(items.finish()),
            Arc::new(rules.finish()),
            Arc::new(columns.finish()),
            Arc::new(raws.finish()),
        ],
    )
}

/// Returns the refused rows of such batches.
pub(super) fn rejects_of(kept: &KeptRows) -> Result<Vec<Rejected>, ArrowError> {
    let mut rejects = Vec::new();
    for batch in kept.iter() {
        let batch = batch?;
        let [parts, rules, columns] =
            ["part", "rule", "column"].map(|name| batch.column_by_name(name).and_then(|it| it.as_string_opt::<i32>()));
        let numbers = batch.column_by_name("number").and_then(|it| it.as_primitive_opt::<UInt64Type>());
        let items = batch.column_by_name("item").and_then(|it| it.as_primitive_opt::<UInt32Type>());
        let raws = batch.column_by_name("raw").and_then(|it| it.as_binary_opt::<i32>());
        let (Some(parts), Some(rules), Some(columns), Some(numbers), Some(items), Some(raws)) =
            (parts, rules, columns, numbers, items, raws)
        else {
            return Err(ArrowError::SchemaError("a column of refused rows is missing".to_owned()));
        };
        for at in 0..batch.num_rows() {
            rejects.push(Rejected {
                part: parts.is_valid(at).then(|| parts.value(at).into()),
                place: Place { number: numbers.value(at), item: items.value(at) },
                rule: Cow::Owned(rules.value(at).to_owned()),
                column: columns.is_valid(at).then(|| columns.value(at).to_owned()),
                raw: raws.value(at).to_vec(),
            });
        }
    }
    Ok(rejects)
}
