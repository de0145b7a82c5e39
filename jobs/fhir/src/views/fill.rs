//! The rows of all views of one part of resources, in one reading.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{Schema, SchemaRef};
use carelake_core::publish::Served;
use carelake_fhirpath::{Filler, Reader, References, View, Views};

use crate::error::FhirError;
use crate::rows::{INGESTED_AT, RESOURCE, RUN_ID, SOURCE_FILE, published, text};
use crate::world::World;

/// Rows of a view that are held before they are handed on.
const MOST_ROWS: usize = 4096;

/// Takes rows of a view, by its place.
pub(super) type Put<'p> = dyn FnMut(usize, &RecordBatch) -> Result<(), FhirError> + 'p;

/// Fills the views of resources.
pub(super) struct Filling<'f> {
    views: &'f Arc<Views>,
    filler: Filler,
    reader: Reader,
    /// Of each view, what its rows came from.
    origins: Vec<Origins>,
    /// Rows of each view so far.
    pub(super) rows: Vec<u64>,
}

/// What rows came from: run, file and time, each with how many rows follow.
#[derive(Default)]
struct Origins(Vec<(String, String, i64, usize)>);

impl<'f> Filling<'f> {
    pub(super) fn new(views: &'f Arc<Views>, references: &Arc<References>) -> Self {
        let count = views.iter().len();
        Self {
            views,
            filler: Filler::new(views, references),
            reader: Reader::new(views.names()),
            origins: (0..count).map(|_| Origins::default()).collect(),
            rows: vec![0; count],
        }
    }

    /// Hands on the rows of one part: of the views that are wanted.
    pub(super) fn part(
        &mut self,
        world: &World<'_>,
        part: &Served,
        wanted: &[bool],
        put: &mut Put<'_>,
    ) -> Result<(), FhirError> {
        let names: BTreeSet<&str> =
            self.views.iter().zip(wanted).filter(|(_, is)| **is).map(|(view, _)| view.resource_type()).collect();
        let folders: Vec<String> = names.iter().map(|name| format!("resource_type={name}/")).collect();
        let mut part = part.clone();
        for manifest in &mut part.manifests {
            manifest.files.retain(|file| folders.iter().any(|folder| file.path.starts_with(folder)));
        }
        let schema = read();
        for batch in part.batches(world.store, &schema) {
            self.batch(&batch?, wanted, put)?;
        }
        (0..self.rows.len()).try_for_each(|view| self.flush(view, wanted, put))
    }

    fn batch(&mut self, batch: &RecordBatch, wanted: &[bool], put: &mut Put<'_>) -> Result<(), FhirError> {
        let (texts, runs, files) = (text(batch, RESOURCE)?, text(batch, RUN_ID)?, text(batch, SOURCE_FILE)?);
        let times = batch
            .column_by_name(INGESTED_AT)
            .and_then(|column| column.as_any().downcast_ref::<TimestampMicrosecondArray>());
        let times = times.ok_or_else(|| FhirError::Damaged { key: INGESTED_AT.to_owned() })?;
        for row in 0..batch.num_rows() {
            // It was read when it was taken.
            let Ok(resource) = self.reader.read(texts.value(row).as_bytes()) else {
                return Err(FhirError::Damaged { key: RESOURCE.to_owned() });
            };
            let before: Vec<usize> = (0..self.rows.len()).map(|view| self.filler.rows(view)).collect();
            self.filler.push(&resource, None);
            let mut is_full = false;
            for (view, before) in before.into_iter().enumerate() {
                let now = self.filler.rows(view);
                if let Some(origins) = self.origins.get_mut(view).filter(|_| now > before) {
                    origins.note(runs.value(row), files.value(row), times.value(row), now - before);
                }
                is_full |= now >= MOST_ROWS;
            }
            if is_full {
                (0..self.rows.len()).try_for_each(|view| self.flush(view, wanted, put))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, view: usize, wanted: &[bool], put: &mut Put<'_>) -> Result<(), FhirError> {
        let batch = self.filler.finish(view)?;
        let origins = self.origins.get_mut(view).map(std::mem::take).unwrap_or_default();
        let is_wanted = wanted.get(view).copied().unwrap_or_default();
        if batch.num_rows() == 0 || !is_wanted {
            return Ok(());
        }
        if let Some(rows) = self.rows.get_mut(view) {
            *rows += batch.num_rows() as u64;
        }
        let columns: Vec<ArrayRef> = batch.columns().iter().cloned().chain(origins.columns()).collect();
        put(view, &RecordBatch::try_new(with_metadata(&batch.schema()), columns)?)
    }

    /// Returns how often something was found, by what it is counted under.
    pub(super) fn found(&self) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for count in self.filler.counts() {
            *found.entry(count.name()).or_default() += count.rows;
        }
        found
    }
}

impl Origins {
    fn note(&mut self, run: &str, file: &str, at: i64, rows: usize) {
        match self.0.last_mut() {
            Some((of, from, when, count)) if of == run && from == file && *when == at => *count += rows,
            _ => self.0.push((run.to_owned(), file.to_owned(), at, rows)),
        }
    }

    fn columns(self) -> [ArrayRef; 3] {
        let each = |pick: fn(&(String, String, i64, usize)) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(
                self.0.iter().flat_map(|origin| std::iter::repeat_n(pick(origin), origin.3)),
            ))
        };
        let times = self.0.iter().flat_map(|origin| std::iter::repeat_n(origin.2, origin.3));
        let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
        [each(|origin| &origin.0), each(|origin| &origin.1), Arc::new(times)]
    }
}

/// The columns of resources that views are made of.
fn read() -> SchemaRef {
    let wanted = [RESOURCE, RUN_ID, SOURCE_FILE, INGESTED_AT];
    let all = published();
    let fields = all.fields().iter().filter(|field| wanted.contains(&field.name().as_str())).cloned();
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Adds the columns of metadata.
pub(super) fn with_metadata(rows: &Schema) -> SchemaRef {
    let all = published();
    let own = all
        .fields()
        .iter()
        .filter(|field| [RUN_ID, SOURCE_FILE, INGESTED_AT].contains(&field.name().as_str()))
        .cloned();
    Arc::new(Schema::new(rows.fields().iter().cloned().chain(own).collect::<Vec<_>>()))
}

/// Returns the schema of a view with the columns of metadata.
pub(super) fn schema(view: &View) -> SchemaRef {
    with_metadata(&view.schema())
}
