//! The files of a publication as streams in the order of the key.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::publish::{Manifest, Served};
use carelake_core::store::Store;
use jiff::Unit;
use jiff::civil::Date;

use crate::overlap::{Batches, Sorter, keyed_schema, keys, with_key};
use crate::publish::{LoadError, SEQ, Table};

/// Files that are read as streams: each is in the order of the key, or is put there.
pub struct Sources {
    files: Vec<(Served, bool)>,
    /// The columns as files and folders tell them.
    told: SchemaRef,
    /// The same, with the types that columns have which only folders tell.
    schema: SchemaRef,
    key: Vec<String>,
}

impl Sources {
    /// Takes the files of these runs. Runs that were joined are not in the order of the key.
    #[must_use]
    pub fn of(served: &Served, manifests: &[Manifest], schema: &SchemaRef, key: &[String]) -> Self {
        let folders = served.partitions();
        let as_told = |field: &Arc<Field>| {
            let is_folder = folders.contains(field.name());
            if is_folder { Arc::new(Field::new(field.name(), DataType::Utf8, true)) } else { Arc::clone(field) }
        };
        let told = Arc::new(Schema::new(schema.fields().iter().map(as_told).collect::<Vec<_>>()));
        let each = |manifest: &Manifest| {
            let is_sorted = manifest.joined.is_empty();
            let files = manifest.files.iter().map(move |file| {
                let alone = Manifest { files: vec![file.clone()], ..manifest.clone() };
                let (publication, pointer) = (served.publication.clone(), served.pointer.clone());
                (Served { publication, pointer, manifests: vec![alone] }, is_sorted)
            });
            files.collect::<Vec<_>>()
        };
        let files = manifests.iter().flat_map(each).collect();
        Self { files, told, schema: Arc::clone(schema), key: key.to_vec() }
    }

    /// Returns the files as streams with keys in front, to which the sequence of the row is appended.
    ///
    /// # Errors
    /// Where a file that has to be sorted cannot be.
    pub fn streams<'s>(&'s self, store: &'s dyn Store, scratch: &Path) -> Result<Vec<Batches<'s>>, LoadError> {
        let stream = |(served, is_sorted): &'s (Served, bool)| -> Result<Batches<'s>, LoadError> {
            let batches = served.batches(store, &self.told);
            let keyed = batches.map(|batch| Ok(with_key(&typed(&batch?, &self.schema)?, &self.key, Some(SEQ))?));
            if *is_sorted {
                let path = served.manifests.iter().flat_map(|manifest| &manifest.files).next();
                let path = path.map(|file| file.path.clone()).unwrap_or_default();
                return Ok(Box::new(InOrder {
                    batches: keyed,
                    last: Vec::new(),
                    publication: served.publication.path(),
                    path,
                }));
            }
            let mut sorter = Sorter::new(keyed_schema(&self.schema), scratch);
            for batch in keyed {
                sorter.push(batch?)?;
            }
            Ok(sorter.finish()?)
        };
        self.files.iter().map(stream).collect()
    }
}

/// Gives columns that folders told as text their types.
fn typed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, LoadError> {
    let column = |(column, field): (&ArrayRef, &Arc<Field>)| -> Result<ArrayRef, LoadError> {
        if column.data_type() == field.data_type() {
            return Ok(Arc::clone(column));
        }
        let unknown = || LoadError::Kind { kind: field.data_type().to_string() };
        let texts = column.as_string_opt::<i32>().ok_or_else(unknown)?;
        Ok(match field.data_type() {
            DataType::Int64 => Arc::new(parsed::<i64>(texts).collect::<Int64Array>()),
            DataType::Boolean => Arc::new(parsed::<bool>(texts).collect::<BooleanArray>()),
            DataType::Date32 => {
                let epoch = Date::constant(1970, 1, 1);
                let days = |date: Date| Some(date.since((Unit::Day, epoch)).ok()?.get_days());
                Arc::new(parsed::<Date>(texts).map(|date| date.and_then(days)).collect::<Date32Array>())
            }
            _ => return Err(unknown()),
        })
    };
    let columns = batch.columns().iter().zip(schema.fields()).map(column);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)?)
}

fn parsed<T: FromStr>(texts: &StringArray) -> impl Iterator<Item = Option<T>> {
    texts.iter().map(|text| text?.parse().ok())
}

/// Returns the columns of what is served, with the types that columns have in the lake which only folders tell.
///
/// # Errors
/// Where two runs have a column with two types.
pub fn schema_of(served: &Served, table: &Table) -> Result<SchemaRef, LoadError> {
    let folders = served.partitions();
    let kept = |field: &Arc<Field>| {
        let column = table.columns.iter().find(|column| column.name == *field.name());
        match column.filter(|_| folders.contains(field.name())) {
            Some(column) => Arc::new(Field::new(field.name(), column.kept(), true)),
            None => Arc::clone(field),
        }
    };
    Ok(Arc::new(Schema::new(served.schema()?.fields().iter().map(kept).collect::<Vec<_>>())))
}

/// Makes sure that rows come in the order of their keys.
struct InOrder<B> {
    batches: B,
    last: Vec<u8>,
    publication: String,
    path: String,
}

impl<B: Iterator<Item = Result<RecordBatch, LoadError>>> InOrder<B> {
    fn checked(&mut self, batch: RecordBatch) -> Result<RecordBatch, LoadError> {
        let keys = keys(&batch)?;
        for key in keys.iter().flatten() {
            if key < self.last.as_slice() {
                let (publication, path) = (self.publication.clone(), self.path.clone());
                return Err(LoadError::Unsorted { publication, path });
            }
            self.last.clear();
            self.last.extend_from_slice(key);
        }
        Ok(batch)
    }
}

impl<B: Iterator<Item = Result<RecordBatch, LoadError>>> Iterator for InOrder<B> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batches.next()?;
        Some(batch.and_then(|batch| self.checked(batch)))
    }
}

/// Returns the first key of each of these runs, without a sequence; none of one without rows.
///
/// # Errors
/// Where a file cannot be read.
pub fn first_keys(
    store: &dyn Store,
    served: &Served,
    schema: &SchemaRef,
    key: &[String],
) -> Result<Vec<Option<Vec<u8>>>, LoadError> {
    let is_key = |field: &&Arc<Field>| key.contains(field.name());
    let fields: Vec<Arc<Field>> = schema.fields().iter().filter(is_key).cloned().collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let first = |manifest: &Manifest| -> Result<Option<Vec<u8>>, LoadError> {
        let alone = served.only(|other| other.run_id == manifest.run_id);
        for batch in alone.batches(store, &schema) {
            let keyed = with_key(&batch?.slice(0, 1), key, None)?;
            if keyed.num_rows() > 0 {
                return Ok(Some(keys(&keyed)?.value(0).to_vec()));
            }
        }
        Ok(None)
    };
    served.manifests.iter().map(first).collect()
}
