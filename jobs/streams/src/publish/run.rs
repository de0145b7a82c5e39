//! Runs of streams: rows become files, and the files a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_core::ledger::Given;
use carelake_core::names::Publication;
use carelake_core::publish::{Details, Draft, Input, Publishing, Sealed, manifest_columns};
use carelake_core::table::{BatchWriter, Label, PlacedPart, Shape};
use serde_json::Value;

use super::error::StreamError;
use super::world::World;

/// A run that is being written. Its rows come in the order that its files have.
pub struct RunWriter<'w> {
    draft: Draft<'w>,
    writer: BatchWriter,
    given: Given,
    code_version: String,
    made_by: &'static str,
}

impl<'w> RunWriter<'w> {
    /// Begins a run with rows of this schema. `folders` are the columns whose values are folders; each has one file, however large.
    ///
    /// # Errors
    /// As [`Publishing::draft`]; [`StreamError::Table`] where a column of a folder is not there.
    pub fn begin(
        world: &World<'_>,
        publishing: &Publishing<'w>,
        publication: &Publication,
        (schema, folders): (&SchemaRef, &[String]),
        given: Given,
        made_by: &'static str,
    ) -> Result<Self, StreamError> {
        let (name, run_id) = (publication.path(), given.run_id.to_string());
        let label = |schema: &Schema| Label::of(schema, &name, &run_id, given.run_id.as_of(), world.code_version);
        let shape = Shape { partition_by: folders.to_vec(), sort_by: Vec::new(), file_bytes: usize::MAX };
        let writer = BatchWriter::new(Arc::clone(schema), shape, label)?;
        let draft = publishing.draft(given.run_id.clone())?;
        Ok(Self { draft, writer, given, code_version: world.code_version.to_owned(), made_by })
    }

    /// Returns the draft, for files of the room's own.
    #[must_use]
    pub const fn draft(&self) -> &Draft<'w> {
        &self.draft
    }

    /// Takes rows.
    ///
    /// # Errors
    /// Where they cannot be encoded or kept.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), StreamError> {
        self.writer.push(batch)?;
        self.writer.take_finished().into_iter().try_for_each(|placed| add(&self.draft, placed))
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
    ) -> Result<Sealed, StreamError> {
        let Self { draft, writer, given, code_version, made_by } = self;
        let schema = manifest_columns(writer.file_schema())?;
        writer.finish()?.into_iter().try_for_each(|placed| add(&draft, placed))?;
        Ok(draft.seal(Details {
            origin: String::new(),
            made_by: made_by.to_owned(),
            part,
            joined: Vec::new(),
            as_of: given.run_id.as_of(),
            started_at: given.first_given_at,
            schema,
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
///
/// # Errors
/// As [`Draft::add`].
fn add(draft: &Draft<'_>, placed: PlacedPart) -> Result<(), StreamError> {
    Ok(draft.add(placed.into())?)
}
