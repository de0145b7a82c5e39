//! One run: the rows of some deliveries that are served, written once, under an id that follows from what its bytes follow from.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::{RecordBatch, new_null_array};
use arrow_schema::{Field, Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_core::hex;
use carelake_core::ledger::Given;
use carelake_core::names::{Column, Publication};
use carelake_core::publish::{
    Desk, Details, Draft, Input, Manifest, Part, PublishError, Publishing, Sealed, manifest, manifest_columns,
};
use carelake_core::table::{
    BatchWriter, DESCRIPTION, EncodedPart, Folder, LINEAGE, Label, Lineage, PlacedPart, Shape, Splicer,
};
use jiff::civil::Date;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ROOM;
use crate::common::{CommonTable, arrow_type};
use crate::error::IntakeError;

/// The folder of the rows of a partner.
const PARTNER: &str = "partner";
/// Bytes of rows in memory after which a file is written.
const FILE_BYTES: usize = 128 << 20;
/// The member of a manifest's details that tells what the bytes of its run follow from.
const IDENTITY: &str = "identity";

/// A publication of intake that is being changed.
pub(crate) struct Shelf<'s> {
    pub(crate) desk: Desk<'s>,
    pub(crate) feed: &'s str,
    pub(crate) partner: &'s str,
    pub(crate) table: &'s CommonTable,
    pub(crate) code_version: &'s str,
}

/// A delivery that a run is made of.
#[derive(Debug, Clone)]
pub(crate) struct Contribution {
    pub(crate) delivery: String,
    pub(crate) date: Date,
    pub(crate) sha256: String,
    pub(crate) account: Account,
    /// The hash of everything that its rows in the run follow from.
    pub(crate) content: String,
}

/// Where the rows of a run go: with the name of the file that they came from.
pub(crate) type Sink<'k> = dyn FnMut(&RecordBatch, &str) -> Result<(), IntakeError> + 'k;

/// Where the files of a run go that are encoded already.
pub(crate) type Taking<'k> = dyn FnMut(EncodedPart) -> Result<(), IntakeError> + 'k;

/// What a run is filled with.
pub(crate) struct Content<'c> {
    /// Hands over its rows.
    pub(crate) rows: &'c dyn Fn(&mut Sink<'_>) -> Result<(), IntakeError>,
    /// The same rows, if they are encoded somewhere.
    pub(crate) encoded: Option<Encoded<'c>>,
}

/// Rows that are encoded, all of one file.
pub(crate) struct Encoded<'c> {
    pub(crate) source_file: &'c str,
    /// Hands over files of their columns; answers false, and hands over nothing, where they lack some.
    pub(crate) splice: Box<Splice<'c>>,
}

type Splice<'c> = dyn Fn(&Splicer, &mut Taking<'_>) -> Result<bool, IntakeError> + 'c;

impl Shelf<'_> {
    /// Returns what the bytes of a run of these deliveries follow from, but for the version of carelake.
    pub(crate) fn identity(&self, made_of: &[Contribution]) -> String {
        let mut hash = Sha256::new();
        for part in [&self.desk.publication.path(), self.partner] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for one in made_of {
            let account = serde_json::to_string(&one.account).unwrap_or_default();
            for part in [&one.delivery, &one.date.to_string(), &one.sha256, &one.content, &account] {
                hash.update(part.as_bytes());
                hash.update([0]);
            }
        }
        hex(&hash.finalize())
    }

    /// Writes a run, or finds it complete.
    pub(crate) fn write(
        &self,
        publishing: &Publishing<'_>,
        made_of: &[Contribution],
        identity: &str,
        content: &Content<'_>,
    ) -> Result<Sealed, IntakeError> {
        let started_at = (self.desk.now)();
        let as_of = made_of.iter().map(|one| one.date).max().unwrap_or_default();
        let (given, found) = self.id_for(identity, as_of)?;
        let draft = publishing.draft(given.run_id.clone())?;
        let schema = match found {
            Some(found) => {
                draft.again(&found)?;
                found.schema
            }
            None => self.fill(&draft, &given, as_of, content)?,
        };
        let inputs = made_of.iter().map(|one| Input::Delivery {
            feed: self.feed.to_owned(),
            delivery: one.delivery.clone(),
            sha256: one.sha256.clone(),
        });
        let details = Details {
            origin: made_of.last().map(|one| one.delivery.clone()).unwrap_or_default(),
            made_by: ROOM.to_owned(),
            part: None,
            joined: Vec::new(),
            as_of,
            started_at,
            schema,
            inputs: inputs.collect(),
            counts: made_of.iter().map(|one| (one.delivery.clone(), one.account.clone())).collect(),
            measures: BTreeMap::new(),
            losses: Vec::new(),
            details: json!({ IDENTITY: identity }),
            code_version: self.code_version.to_owned(),
        };
        Ok(draft.seal(details)?)
    }

    /// Returns the id of the run, and its manifest where an earlier attempt completed it. An id that another run of the output has,
    /// because the ledger was begun anew, is passed over.
    fn id_for(&self, identity: &str, as_of: Date) -> Result<(Given, Option<Manifest>), IntakeError> {
        let Desk { store, ledger, publication, now } = self.desk;
        let mut name = format!("{publication} {identity} {}", self.code_version);
        loop {
            let given = ledger.id_for(&name, as_of, now())?;
            match manifest(store, publication, &given.run_id) {
                Ok(found) if found.details.get(IDENTITY).and_then(Value::as_str) == Some(identity) => {
                    return Ok((given, Some(found)));
                }
                Ok(_) => name.push_str(" again"),
                Err(PublishError::NoSuchRun { .. }) => return Ok((given, None)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn fill(
        &self,
        draft: &Draft<'_>,
        given: &Given,
        as_of: Date,
        content: &Content<'_>,
    ) -> Result<Vec<Column>, IntakeError> {
        let (publication, run_id) = (self.desk.publication.path(), given.run_id.to_string());
        let label = |schema: &Schema| Label::of(schema, &publication, &run_id, as_of, self.code_version);
        let lineage = |source_file: &str| Lineage {
            run_id: run_id.clone(),
            ingested_at: given.first_given_at,
            source_file: source_file.to_owned(),
        };
        // All rows are of one partner, so that none need be looked at for where it belongs.
        let folder = Folder::default().with(PARTNER, Some(self.partner));
        let schema = self.schema();
        if let Some(encoded) = &content.encoded {
            let splicer = Splicer {
                label: label(&schema),
                schema: Arc::clone(&schema),
                lineage: lineage(encoded.source_file),
                file_bytes: FILE_BYTES as u64,
            };
            let mut files = 0..;
            let is_done = (encoded.splice)(&splicer, &mut |EncodedPart { rows, bytes }| {
                let path = folder.file(files.next().unwrap_or_default());
                Ok(draft.add(Part { path, rows, bytes })?)
            })?;
            if is_done {
                return Ok(manifest_columns(&schema)?);
            }
        }
        let shape = Shape { file_bytes: FILE_BYTES, ..Shape::default() };
        let mut writer = BatchWriter::new(schema, shape, label)?;
        let folder = folder.file(0);
        let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        let add = |placed: PlacedPart| {
            let path = format!("{folder}/{}", placed.path);
            draft.add(Part { path, rows: placed.part.rows, bytes: placed.part.bytes })
        };
        let fields = self.table.columns.iter().map(|column| Field::new(&column.name, arrow_type(column), true));
        let table: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        (content.rows)(&mut |batch, source_file| {
            writer.push(&lineage(source_file).added_to(&conform(batch, &table)?)?)?;
            Ok(writer.take_finished().into_iter().try_for_each(add)?)
        })?;
        let columns = manifest_columns(writer.file_schema())?;
        writer.finish()?.into_iter().try_for_each(add)?;
        Ok(columns)
    }

    /// Returns the columns of the rows: those of the table, then those of metadata; the partner is in the folder only.
    fn schema(&self) -> SchemaRef {
        let described = |field: Field, meaning: &str| {
            field.with_metadata(HashMap::from([(DESCRIPTION.to_owned(), meaning.to_owned())]))
        };
        let columns = self.table.columns.iter();
        let columns =
            columns.map(|column| described(Field::new(&column.name, arrow_type(column), true), &column.description));
        let metadata =
            LINEAGE.iter().map(|field| described(Field::new(field.name, field.kind.arrow(), true), field.description));
        Arc::new(Schema::new(columns.chain(metadata).collect::<Vec<_>>()))
    }
}

/// Gives a batch the columns of a schema and no others; one that did not exist when the rows were judged is null.
pub(crate) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, IntakeError> {
    let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
        Some(column) => Arc::clone(column),
        None => new_null_array(field.data_type(), batch.num_rows()),
    };
    let columns = schema.fields().iter().map(column).collect();
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// Returns the publication of a table of a feed.
#[must_use]
pub fn publication(table: &str, feed: &str) -> Publication {
    Publication::from_path(&format!("{ROOM}/{table}/{feed}"))
}
