//! Runs of what the room publishes: rows become files, and the files a run whose id follows from what it holds.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};
use carelake_core::ledger::Given;
use carelake_core::names::Publication;
use carelake_core::publish::{
    Details, Draft, Entry, Input, Part, Pointer, PublishError, Publishing, Sealed, manifest, manifest_columns,
};
use carelake_core::table::{BatchWriter, DESCRIPTION, Label, Shape};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::error::MatchError;
use super::world::World;

/// What a run is made of, besides its rows.
pub(super) struct Making<'m> {
    pub(super) publication: &'m Publication,
    /// Hash of all that its bytes follow from.
    pub(super) identity: &'m str,
    /// The part that it is.
    pub(super) part: &'m str,
    pub(super) made_by: &'static str,
    pub(super) as_of: Date,
    pub(super) inputs: Vec<Input>,
    pub(super) counts: std::collections::BTreeMap<String, carelake_core::account::Account>,
    pub(super) details: Value,
}

/// Returns the entry of a part that was made of the same.
pub(super) fn unchanged(
    world: &World<'_>,
    publication: &Publication,
    pointer: Option<&Pointer>,
    (part, identity): (&str, &str),
) -> Result<Option<Entry>, MatchError> {
    let entries = pointer.map(|pointer| pointer.runs.as_slice()).unwrap_or_default();
    let Some(entry) = entries.iter().find(|entry| entry.part.as_deref() == Some(part)) else { return Ok(None) };
    let manifest = manifest(world.store, publication, &entry.run_id)?;
    let is_same = manifest.details.get("identity").and_then(Value::as_str) == Some(identity);
    Ok(is_same.then(|| entry.clone()))
}

/// Takes the id of a run: the same whenever it is made of the same, so that a retry finds its own files. One that was made before and is
/// served no more says of its inputs what it said then.
pub(super) fn given(world: &World<'_>, making: &mut Making<'_>) -> Result<Given, MatchError> {
    let mut asked = format!("matching {} {} {}", making.publication, making.part, making.identity);
    loop {
        let given = world.ledger.id_for(&asked, making.as_of, (world.now)())?;
        match manifest(world.store, making.publication, &given.run_id) {
            // Another run has the id, because the ledger was begun anew.
            Ok(other) if other.details.get("identity").and_then(Value::as_str) != Some(making.identity) => {
                asked.push_str(" again");
            }
            Ok(found) => {
                making.inputs = found.inputs;
                return Ok(given);
            }
            Err(PublishError::NoSuchRun { .. }) => return Ok(given),
            Err(error) => return Err(error.into()),
        }
    }
}

/// A run that is being written.
pub(super) struct RunWriter<'w> {
    draft: Draft<'w>,
    given: Given,
    schema: Option<SchemaRef>,
}

impl<'w> RunWriter<'w> {
    pub(super) fn begin(publishing: &Publishing<'w>, given: Given) -> Result<Self, MatchError> {
        let draft = publishing.draft(given.run_id.clone())?;
        Ok(Self { draft, given, schema: None })
    }

    /// Adds a file of these rows.
    pub(super) fn file(
        &mut self,
        world: &World<'_>,
        making: &Making<'_>,
        path: &str,
        (schema, batches): (&SchemaRef, &[RecordBatch]),
    ) -> Result<(), MatchError> {
        let (name, run_id) = (making.publication.path(), self.given.run_id.to_string());
        let label = |schema: &Schema| Label::of(schema, &name, &run_id, making.as_of, world.code_version);
        let shape = Shape { file_bytes: usize::MAX, ..Shape::default() };
        let mut writer = BatchWriter::new(Arc::clone(schema), shape, label)?;
        batches.iter().try_for_each(|batch| writer.push(batch))?;
        self.schema = Some(Arc::clone(writer.file_schema()));
        for placed in writer.finish()? {
            self.draft.add(Part { path: path.to_owned(), rows: placed.part.rows, bytes: placed.part.bytes })?;
        }
        Ok(())
    }

    /// Completes the run.
    pub(super) fn seal(self, world: &World<'_>, making: Making<'_>, schema: &Schema) -> Result<Sealed, MatchError> {
        let mut details = json!({ "identity": making.identity });
        if let (Value::Object(all), Value::Object(own)) = (&mut details, making.details) {
            all.extend(own);
        }
        let columns = manifest_columns(self.schema.as_deref().unwrap_or(schema))?;
        Ok(self.draft.seal(Details {
            origin: making.part.to_owned(),
            made_by: making.made_by.to_owned(),
            part: Some(making.part.to_owned()),
            joined: Vec::new(),
            as_of: making.as_of,
            started_at: self.given.first_given_at,
            schema: columns,
            inputs: making.inputs,
            counts: making.counts,
            measures: Default::default(),
            losses: Vec::new(),
            details,
            code_version: world.code_version.to_owned(),
        })?)
    }
}

/// Describes a column.
pub(super) fn described(name: &str, kind: arrow_schema::DataType, meaning: &str) -> Field {
    let meaning = std::collections::HashMap::from([(DESCRIPTION.to_owned(), meaning.to_owned())]);
    Field::new(name, kind, true).with_metadata(meaning)
}
