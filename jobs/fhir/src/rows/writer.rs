//! Runs: rows become files, one type after another, and the files a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_core::ledger::Given;
use carelake_core::names::Publication;
use carelake_core::publish::{Details, Draft, Input, Part, Publishing, Sealed, manifest_columns};
use carelake_core::table::{BatchWriter, Folder, Label, PlacedPart, Shape};
use serde_json::Value;

use super::schema::{RESOURCE_TYPE, text};
use crate::error::FhirError;
use crate::world::World;

/// A run that is being written. Rows of one type go into one folder, in the order in which they come.
pub struct RunWriter<'w> {
    draft: Draft<'w>,
    /// By the folder of the type; of rows that have no type, one without a folder.
    writers: BTreeMap<String, BatchWriter>,
    is_by_type: bool,
    schema: SchemaRef,
    label: Box<dyn Fn(&Schema) -> Label + 'w>,
    given: Given,
    code_version: String,
    made_by: &'static str,
}

impl<'w> RunWriter<'w> {
    /// Begins a run with rows of this schema, whose types are folders where `is_by_type`.
    ///
    /// # Errors
    /// As [`Publishing::draft`].
    pub fn begin(
        world: &World<'w>,
        publishing: &Publishing<'w>,
        publication: &Publication,
        (schema, is_by_type): (&SchemaRef, bool),
        given: Given,
        made_by: &'static str,
    ) -> Result<Self, FhirError> {
        let (name, run_id, as_of) = (publication.path(), given.run_id.to_string(), given.run_id.as_of());
        let code_version = world.code_version;
        let label = Box::new(move |schema: &Schema| Label::of(schema, &name, &run_id, as_of, code_version));
        let draft = publishing.draft(given.run_id.clone())?;
        let inner: Vec<Arc<Field>> =
            schema.fields().iter().filter(|field| !is_by_type || field.name() != RESOURCE_TYPE).cloned().collect();
        let schema = Arc::new(Schema::new(inner));
        Ok(Self {
            draft,
            writers: BTreeMap::new(),
            is_by_type,
            schema,
            label,
            given,
            code_version: code_version.to_owned(),
            made_by,
        })
    }

    /// Returns the draft, for files of the room's own.
    #[must_use]
    pub const fn draft(&self) -> &Draft<'w> {
        &self.draft
    }

    /// Takes rows; neighbours of one type are together.
    ///
    /// # Errors
    /// Where they cannot be encoded or kept.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), FhirError> {
        if !self.is_by_type {
            return self.put(String::new(), batch);
        }
        let at = batch.schema().index_of(RESOURCE_TYPE)?;
        let types = text(batch, RESOURCE_TYPE)?.clone();
        let inner: Vec<usize> = (0..batch.num_columns()).filter(|column| *column != at).collect();
        let inner = batch.project(&inner)?;
        let mut from = 0;
        while from < types.len() {
            let name = types.value(from);
            let count = (from..types.len()).take_while(|row| types.value(*row) == name).count();
            let folder = Folder::default().with(RESOURCE_TYPE, Some(name)).to_string();
            self.put(folder, &inner.slice(from, count))?;
            from += count;
        }
        Ok(())
    }

    fn put(&mut self, folder: String, batch: &RecordBatch) -> Result<(), FhirError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if !self.writers.contains_key(&folder) {
            let writer = BatchWriter::new(Arc::clone(&self.schema), Shape::default(), |schema| (self.label)(schema))?;
            self.writers.insert(folder.clone(), writer);
        }
        let Some(writer) = self.writers.get_mut(&folder) else { return Ok(()) };
        writer.push(&batch.clone().with_schema(Arc::clone(&self.schema))?)?;
        writer.take_finished().into_iter().try_for_each(|placed| add(&self.draft, &folder, placed))
    }

    /// Completes the run.
    ///
    /// # Errors
    /// Where it cannot be encoded, kept or verified.
    pub fn seal(
        self,
        part: Option<String>,
        inputs: Vec<Input>,
        counts: BTreeMap<String, Account>,
        details: Value,
    ) -> Result<Sealed, FhirError> {
        let Self { draft, writers, schema, given, code_version, made_by, .. } = self;
        for (folder, writer) in writers {
            writer.finish()?.into_iter().try_for_each(|placed| add(&draft, &folder, placed))?;
        }
        Ok(draft.seal(Details {
            origin: String::new(),
            made_by: made_by.to_owned(),
            part,
            joined: Vec::new(),
            as_of: given.run_id.as_of(),
            started_at: given.first_given_at,
            schema: manifest_columns(&schema)?,
            inputs,
            counts,
            measures: BTreeMap::new(),
            losses: Vec::new(),
            details,
            code_version,
        })?)
    }
}

/// Adds a file to a run.
fn add(draft: &Draft<'_>, folder: &str, placed: PlacedPart) -> Result<(), FhirError> {
    let mut part = Part::from(placed);
    if !folder.is_empty() {
        part.path = format!("{folder}/{}", part.path);
    }
    Ok(draft.add(part)?)
}
