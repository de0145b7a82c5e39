//! The judged rows of a delivery, kept beside the publication: what a merge needs, without reading or judging the delivery again.
//!
//! A part has the columns of [`part_schema`](crate::judged::part_schema), and two of its own: the hash of the key and, of an
//! `append` feed, that of the row, of an `upsert` feed its rank. Whoever compares reads these and not the rows.

use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::store::Store;
use carelake_core::table::{EncodedPart, Encoder, Encoding, Splicer};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterPropertiesBuilder};
use parquet::file::reader::ChunkReader;
use xxhash_rust::xxh3::xxh3_128;

use super::cells::Cells;
use super::pieces::Pieces;
use crate::error::IntakeError;
use crate::feed::{FeedTable, Mode};
use crate::judged::HIDDEN;

/// The hash of the key.
pub(super) const KEY: &str = "_key";
/// The hash of the row.
pub(super) const ROW: &str = "_row";
/// What rows of a key are ordered by; the first wins.
pub(super) const RANK: &str = "_rank";
/// Bytes of a hash.
const HASH_BYTES: i32 = 16;
/// What tells rows of different deliveries apart and nothing else.
const OF_DELIVERY: [&str; 1] = ["delivery_date"];

/// Adds the columns by which rows are compared with those of other deliveries; of a `full` feed there are none.
pub(super) fn comparable(batch: &RecordBatch, table: &FeedTable, mode: Mode) -> Result<RecordBatch, IntakeError> {
    if mode == Mode::Full {
        return Ok(batch.clone());
    }
    let rows = batch.num_rows();
    let keys = Cells::of(batch, table.key.iter().map(String::as_str))?.hashes(rows)?;
    let mut added: Vec<(&str, ArrayRef)> = vec![(KEY, hashes(&keys)?)];
    match mode {
        Mode::Full => {}
        Mode::Append => {
            let columns = table.table.columns.iter().map(|column| column.name.as_str());
            let columns = columns.filter(|name| !OF_DELIVERY.contains(name));
            added.push((ROW, hashes(&Cells::of(batch, columns)?.hashes(rows)?)?));
        }
        Mode::Upsert => {
            let mut ranks = BinaryBuilder::new();
            Cells::ordered(batch, &table.order)?.each(rows, |bytes| ranks.append_value(bytes))?;
            added.push((RANK, Arc::new(ranks.finish())));
        }
    }
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| (**field).clone());
    let new = added.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), false));
    let schema = Schema::new(fields.chain(new).collect::<Vec<_>>());
    let columns = batch.columns().iter().cloned().chain(added.into_iter().map(|(_, column)| column));
    Ok(RecordBatch::try_new(Arc::new(schema), columns.collect())?)
}

pub(super) fn hashes(hashes: &[u128]) -> Result<ArrayRef, IntakeError> {
    let mut column = FixedSizeBinaryBuilder::with_capacity(hashes.len(), HASH_BYTES);
    hashes.iter().try_for_each(|hash| column.append_value(hash.to_be_bytes()))?;
    Ok(Arc::new(column.finish()))
}

/// Encodes rows as a file that is kept, and names it by its bytes: another content never takes its place.
pub(super) fn encode(what: &str, schema: &SchemaRef, rows: &[RecordBatch]) -> Result<(String, Vec<u8>), IntakeError> {
    let mut encoder = Encoder::new(Vec::new(), Arc::clone(schema), Encoding::default());
    rows.iter().try_for_each(|batch| encoder.write(batch))?;
    let bytes = encoder.finish()?;
    Ok((format!("{what}-{:032x}", xxh3_128(&bytes)), bytes))
}

/// Says of the columns that are compared and never published how they are written.
pub(super) fn bare(mut properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
    // Nothing of a hash can be told shorter.
    for hash in [KEY, ROW] {
        properties = properties.set_column_dictionary_enabled(hash.into(), false);
        properties = properties.set_column_compression(hash.into(), Compression::UNCOMPRESSED);
    }
    // Numbers of rows rise: each is told by its distance to the one before.
    let number = HIDDEN[0];
    properties = properties.set_column_dictionary_enabled(number.into(), false);
    properties = properties.set_column_encoding(number.into(), parquet::basic::Encoding::DELTA_BINARY_PACKED);
    // They are read from end to end: the least and the greatest value of a page would rule nothing out.
    let never_looked_up = [KEY, ROW, RANK].into_iter().chain(HIDDEN);
    never_looked_up.fold(properties, |properties, column| {
        properties.set_column_statistics_enabled(column.into(), EnabledStatistics::None)
    })
}

/// A file that is kept.
#[derive(Debug)]
pub(super) struct Part {
    /// Where it is in the output.
    pub(super) key: String,
    /// The same bytes on this machine, as long as it was made just now.
    pub(super) here: Option<File>,
}

impl Part {
    /// Returns a file that was kept before.
    pub(super) const fn at(key: String) -> Self {
        Self { key, here: None }
    }

    /// Reads some columns, all of them where none are named.
    pub(super) fn read(
        &self,
        store: &dyn Store,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<RecordBatch, IntakeError>> + use<>, IntakeError> {
        let reader = match self.local(store).map_err(|cause| self.failed(cause.into()))? {
            Some(file) => open(file, columns),
            None => open(Pieces::fetch(store, &self.key, columns)?, columns),
        };
        let key = self.key.clone();
        let batches = reader.map_err(|cause| self.failed(cause))?;
        Ok(batches.map(move |batch| batch.map_err(|cause| IntakeError::Kept { key: key.clone(), cause: cause.into() })))
    }

    /// Makes files of its columns as they are; answers false where it lacks some.
    pub(super) fn splice(
        &self,
        store: &dyn Store,
        splicer: &Splicer,
        take: impl FnMut(EncodedPart) -> Result<(), IntakeError>,
    ) -> Result<bool, IntakeError> {
        match self.local(store).map_err(|cause| self.failed(cause.into()))? {
            Some(file) => splicer.splice(&file, take),
            None => splicer.splice(&Pieces::fetch(store, &self.key, &[])?, take),
        }
    }

    fn local(&self, store: &dyn Store) -> io::Result<Option<File>> {
        match &self.here {
            Some(file) => file.try_clone().map(Some),
            None => store.local_path(&self.key).map(File::open).transpose(),
        }
    }

    fn failed(&self, cause: ParquetError) -> IntakeError {
        IntakeError::Kept { key: self.key.clone(), cause }
    }
}

fn open<R: ChunkReader + 'static>(input: R, columns: &[&str]) -> Result<ParquetRecordBatchReader, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(input)?;
    let mask = match columns {
        [] => ProjectionMask::all(),
        _ => ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied()),
    };
    builder.with_projection(mask).build()
}

/// Returns whether a column holds hashes.
pub(super) fn is_hash(kind: &DataType) -> bool {
    *kind == DataType::FixedSizeBinary(HASH_BYTES)
}
