//! Publishing what was given.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::Schema;
use carelake_core::account::Account;
use carelake_core::names::{Baseline, Column};
use carelake_core::publish::{Desk, Details, FileInput, Input, Keep, Opening, Published, Publishing, Serves, Swap};
use carelake_core::table::{BatchWriter, LINEAGE, Label, Lineage, PlacedPart, Shape, TableError, type_name};
use jiff::civil::Date;

use crate::error::FilesError;
use crate::given::Given;

/// The first part of the names of these publications.
pub const ROOM: &str = "files";
/// Seconds after which the lease of a process that died is free again.
const LEASE_SECS: u64 = 15 * 60;

/// What is to be published, and how.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// A file, or a folder of files.
    pub path: &'r Path,
    /// The columns of CSV files; Parquet files have their own.
    pub columns: Option<&'r [Column]>,
    /// Whether it is added to what is served, and does not replace it.
    pub append: bool,
    /// The date that it is as of.
    pub as_of: Date,
    /// The version of carelake.
    pub code_version: &'r str,
}

/// Publishes files as one run of a list. The same files are the same run: publishing them twice changes nothing.
///
/// # Errors
/// [`FilesError`]; what is served stays as it was.
pub fn publish(desk: Desk<'_>, request: &Request<'_>) -> Result<Published, FilesError> {
    let name = desk.publication.path();
    if desk.publication.dataset() != ROOM || desk.publication.feed().is_none_or(|rest| rest.contains('/')) {
        return Err(FilesError::Name { name });
    }
    let started_at = (desk.now)();
    let given = Given::find(request.path, request.columns)?;
    let sha256 = given.sha256();
    let identity = format!("{name} {} {sha256}", request.as_of);
    let run =
        desk.ledger.id_for(&identity, request.as_of, started_at).map_err(carelake_core::publish::PublishError::from)?;
    let opening = Opening {
        serves: Serves::Log,
        owner: run.run_id.to_string(),
        execution: None,
        baseline: Baseline::default(),
        lease_secs: LEASE_SECS,
    };
    let publishing = Publishing::open(desk, opening)?;
    let draft = publishing.draft(run.run_id.clone())?;
    let lineage = |file: &str| Lineage {
        run_id: run.run_id.to_string(),
        ingested_at: run.first_given_at,
        source_file: file.to_owned(),
    };
    let whole = lineage("").added_to(&arrow_array::RecordBatch::new_empty(Arc::clone(&given.schema)))?.schema();
    let shape = Shape { partition_by: given.partitions.clone(), ..Shape::default() };
    let label =
        |schema: &Schema| Label::of(schema, &name, &run.run_id.to_string(), request.as_of, request.code_version);
    let mut writer = BatchWriter::new(whole, shape, label)?;
    let add = |placed: PlacedPart| draft.add(placed.into());
    let mut counts: BTreeMap<String, Account> = BTreeMap::new();
    for file in &given.files {
        let mut rows = 0;
        given.read(file, request.columns, |batch| {
            rows += batch.num_rows() as u64;
            writer.push(&lineage(&file.name).added_to(&batch)?)?;
            Ok(writer.take_finished().into_iter().try_for_each(add)?)
        })?;
        counts.insert(file.name.clone(), Account { read: rows, published: rows, ..Account::default() });
    }
    let schema = columns(writer.file_schema(), request.columns)?;
    writer.finish()?.into_iter().try_for_each(add)?;
    let inputs = given.files.iter().map(|file| {
        let (bytes, sha256) = (file.bytes, file.sha256.clone());
        Input::File(FileInput { source: ROOM.to_owned(), file: file.name.clone(), bytes, sha256 })
    });
    let sealed = draft.seal(Details {
        origin: sha256,
        made_by: ROOM.to_owned(),
        part: None,
        joined: Vec::new(),
        as_of: request.as_of,
        started_at,
        schema,
        inputs: inputs.collect(),
        counts,
        measures: BTreeMap::new(),
        losses: Vec::new(),
        details: Default::default(),
        code_version: request.code_version.to_owned(),
    })?;
    Ok(publishing.commit(Swap { replace_all: !request.append, ..Swap::run(sealed) }, Keep::ALL)?)
}

/// Describes the columns of the files, with what was declared of them.
fn columns(schema: &Schema, declared: Option<&[Column]>) -> Result<Vec<Column>, TableError> {
    let column = |field: &Arc<arrow_schema::Field>| {
        let told = declared.unwrap_or_default().iter().find(|column| column.name == *field.name());
        let lineage = LINEAGE.iter().find(|column| column.name == field.name());
        let description = told.map(|column| column.description.clone());
        Ok(Column {
            name: field.name().clone(),
            kind: type_name(field.data_type()).ok_or(TableError::Schema)?,
            nullable: true,
            description: description.or_else(|| Some(lineage?.description.to_owned())).unwrap_or_default(),
        })
    };
    schema.fields().iter().map(column).collect()
}
