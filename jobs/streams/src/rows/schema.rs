//! The columns of changes, of the rows that are there now, and of staged batches.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use carelake_core::table::DESCRIPTION;

use crate::config::{Attribute, Stream};
use crate::record::IDENTITY_BYTES;

/// What happened.
pub const OP: &str = "op";
/// Whether a time to live ended.
pub const TTL: &str = "ttl";
/// When the change arrived at the stream.
pub const ARRIVED_AT: &str = "arrived_at";
/// Its place in the shard.
pub const SEQUENCE: &str = "sequence";
/// The name of the event.
pub const EVENT_ID: &str = "event_id";
/// In staged batches: what tells a record from every other.
pub const IDENTITY: &str = "_identity";
/// In staged batches: nothing of a row; else what became of the record.
pub const OUTCOME: &str = "_outcome";
/// In staged batches: what is counted of a row, with commas between.
pub const COUNTED: &str = "_counted";

fn described(name: &str, kind: DataType, meaning: &str) -> Field {
    let meaning = HashMap::from([(DESCRIPTION.to_owned(), meaning.to_owned())]);
    Field::new(name, kind, true).with_metadata(meaning)
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn declared(attribute: &Attribute) -> Field {
    described(&attribute.name, attribute.kind.arrow(), &format!("{} of the record", attribute.from))
}

/// Returns the columns of changes, without those of metadata.
#[must_use]
pub fn rows(stream: &Stream) -> SchemaRef {
    let mut fields = vec![
        described(OP, DataType::Utf8, "INSERT, MODIFY or REMOVE"),
        described(TTL, DataType::Boolean, "whether the row was removed because its time to live ended"),
    ];
    fields.extend(stream.keys.iter().chain(&stream.attributes).map(declared));
    for enrichment in &stream.enrich {
        let from = enrichment.source.told();
        let column = |it: &Attribute| described(&it.name, it.kind.arrow(), &format!("{} of {from}", it.from));
        fields.extend(enrichment.columns.iter().map(column));
    }
    fields.push(described(
        "image",
        DataType::Utf8,
        "the row as it was sent, as JSON; of one that is gone, what it was",
    ));
    if stream.keeps_old {
        fields.push(described("old_image", DataType::Utf8, "the row as it was before, as JSON"));
    }
    fields.push(described(
        "event_time",
        instant(),
        "when it happened; when it arrived, where the record does not tell",
    ));
    fields.push(described(ARRIVED_AT, instant(), "when it arrived at the stream"));
    fields.push(described("shard", DataType::Utf8, "the shard, where that is known"));
    fields.push(described(SEQUENCE, DataType::Utf8, "its place in the shard"));
    fields.push(described(EVENT_ID, DataType::Utf8, "the name of the event"));
    let times = stream.time_parts.iter();
    fields.extend(times.map(|part| described(part.name(), DataType::Utf8, "of event_time, in UTC")));
    Arc::new(Schema::new(fields))
}

/// Returns the columns of staged batches.
#[must_use]
pub fn staged(stream: &Stream) -> SchemaRef {
    let identity = DataType::FixedSizeBinary(i32::try_from(IDENTITY_BYTES).unwrap_or(i32::MAX));
    let mut fields: Vec<Arc<Field>> = vec![
        Arc::new(Field::new(IDENTITY, identity, false)),
        Arc::new(Field::new(OUTCOME, DataType::Utf8, true)),
        Arc::new(Field::new(COUNTED, DataType::Utf8, true)),
    ];
    fields.extend(rows(stream).fields().iter().cloned());
    Arc::new(Schema::new(fields))
}

/// Adds the columns of metadata.
#[must_use]
pub fn with_metadata(rows: &Schema) -> SchemaRef {
    let metadata = [
        described("_run_id", DataType::Utf8, "the run that published the row"),
        described("_source_file", DataType::Utf8, "the stream"),
        described("_ingested_at", instant(), "when the run began"),
    ];
    let fields = rows.fields().iter().cloned().chain(metadata.into_iter().map(Arc::new));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
