//! Runs of loads: rows with their metadata become files, and the files a run.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use carelake_core::account::Account;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Details, Draft, Input, PublishError, Publishing, Sealed, manifest, manifest_columns};
use carelake_core::table::{BatchWriter, DESCRIPTION, Label, PlacedPart, Shape};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::error::LoadError;
use super::world::World;

/// The column that says whether a row is there (`u`) or gone (`d`).
pub const OP: &str = "_op";
/// The column with the sequence of the pointer that served the row first.
pub const SEQ: &str = "_seq";
/// The column that says whether the source marks a row as deleted.
pub const DELETED: &str = "_deleted";
/// A row as it is now.
pub const THERE: &str = "u";
/// A row that is gone: its key, and nothing else.
pub const GONE: &str = "d";
const RUN_ID: &str = "_run_id";
const SOURCE_FILE: &str = "_source_file";
const INGESTED_AT: &str = "_ingested_at";
/// Bytes of rows in memory after which a file is written: with the copy that is sorted and what is encoded it stays below 256 MiB.
const FILE_BYTES: usize = 48 << 20;
/// Rows of which columns are kept that are the same in every row: those of a batch.
const SAME_ROWS: usize = 8192;

/// What makes runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// A load of the whole table.
    Full,
    /// A window.
    Window,
    /// A comparison with the source.
    Reconcile,
    /// The merge of the log.
    Latest,
    /// What changed about the tables of a source.
    Schemas,
}

impl Maker {
    /// Returns its name in manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "loads.full",
            Self::Window => "loads.window",
            Self::Reconcile => "loads.reconcile",
            Self::Latest => "loads.latest",
            Self::Schemas => "loads.schemas",
        }
    }
}

/// A run that has an id.
#[derive(Debug, Clone)]
pub struct Given {
    /// The id.
    pub run_id: RunId,
    /// When the ledger gave it: what `_ingested_at` says.
    pub at: Timestamp,
}

/// Takes an id for a run that reads anew: one that no run of the publication has.
///
/// # Errors
/// [`LoadError::Ledger`], or what is published cannot be read.
pub fn given(world: &World<'_>, publication: &Publication, what: &str) -> Result<Given, LoadError> {
    let now = (world.now)();
    let mut identity = format!("loads {publication} {what} {now}");
    loop {
        let given = world.ledger.id_for(&identity, TimeZone::UTC.to_datetime(now).date(), now)?;
        match manifest(world.store, publication, &given.run_id) {
            Err(PublishError::NoSuchRun { .. }) => return Ok(Given { run_id: given.run_id, at: given.first_given_at }),
            Ok(_) => identity.push_str(" again"),
            Err(error) => return Err(error.into()),
        }
    }
}

/// How the files of a run are.
#[derive(Debug, Clone, Default)]
pub struct Files<'f> {
    /// The columns whose values are folders.
    pub partition_by: &'f [String],
    /// The columns by which the rows of a file are sorted; none where they come in their order.
    pub sort_by: &'f [String],
}

/// What the manifest tells besides the files.
#[derive(Debug)]
pub struct Telling {
    /// What made the run.
    pub maker: Maker,
    /// The part of the publication that it is.
    pub part: Option<String>,
    /// What was read.
    pub inputs: Vec<Input>,
    /// What became of the rows.
    pub counts: BTreeMap<String, Account>,
    /// What else there is to tell.
    pub details: Value,
}

/// A run that is being written.
pub struct RunWriter<'w> {
    draft: Draft<'w>,
    writer: BatchWriter,
    given: Given,
    code_version: String,
    /// Rows so far.
    pub rows: u64,
}

impl<'w> RunWriter<'w> {
    /// Begins a run with rows of this schema, metadata included.
    ///
    /// # Errors
    /// As [`Publishing::draft`]; [`LoadError::Table`] where a column to sort or distribute by is not there.
    pub fn begin(
        world: &World<'_>,
        publishing: &Publishing<'w>,
        publication: &Publication,
        schema: &SchemaRef,
        files: &Files<'_>,
        given: Given,
    ) -> Result<Self, LoadError> {
        let (name, run_id) = (publication.path(), given.run_id.to_string());
        let label = |schema: &Schema| Label::of(schema, &name, &run_id, given.run_id.as_of(), world.code_version);
        let shape = Shape {
            partition_by: files.partition_by.to_vec(),
            sort_by: files.sort_by.to_vec(),
            file_bytes: FILE_BYTES,
        };
        let writer = BatchWriter::new(Arc::clone(schema), shape, label)?;
        let draft = publishing.draft(given.run_id.clone())?;
        Ok(Self { draft, writer, given, code_version: world.code_version.to_owned(), rows: 0 })
    }

    /// Returns the id of the run.
    #[must_use]
    pub const fn run_id(&self) -> &RunId {
        &self.given.run_id
    }

    /// Takes rows.
    ///
    /// # Errors
    /// Where they cannot be encoded or kept.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), LoadError> {
        self.rows += batch.num_rows() as u64;
        self.writer.push(batch)?;
        self.writer.take_finished().into_iter().try_for_each(|placed| add(&self.draft, placed))
    }

    /// Removes what was written.
    pub fn discard(self) {
        self.draft.discard();
    }

    /// Completes the run.
    ///
    /// # Errors
    /// Where it cannot be encoded, kept or verified.
    pub fn seal(self, telling: Telling) -> Result<Sealed, LoadError> {
        let Self { draft, writer, given, code_version, .. } = self;
        let schema = manifest_columns(writer.file_schema())?;
        writer.finish()?.into_iter().try_for_each(|placed| add(&draft, placed))?;
        Ok(draft.seal(Details {
            origin: String::new(),
            made_by: telling.maker.name().to_owned(),
            part: telling.part,
            joined: Vec::new(),
            as_of: given.run_id.as_of(),
            started_at: given.at,
            schema,
            inputs: telling.inputs,
            counts: telling.counts,
            measures: BTreeMap::new(),
            losses: Vec::new(),
            details: telling.details,
            code_version,
        })?)
    }
}

fn add(draft: &Draft<'_>, placed: PlacedPart) -> Result<(), LoadError> {
    Ok(draft.add(placed.into())?)
}

/// Returns the columns of a log: those of the source, then those of metadata.
#[must_use]
pub fn with_metadata(lake: &Schema) -> SchemaRef {
    let meaning = |name: &str, kind: DataType, meaning: &str| {
        let meaning = HashMap::from([(DESCRIPTION.to_owned(), meaning.to_owned())]);
        Arc::new(Field::new(name, kind, true).with_metadata(meaning))
    };
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let is_source = |field: &&Arc<Field>| field.name() != DELETED;
    let mut fields: Vec<Arc<Field>> = lake.fields().iter().filter(is_source).cloned().collect();
    fields.push(meaning(OP, DataType::Utf8, "u: the row as it is now; d: the row is gone, its key tells which"));
    fields.push(meaning(SEQ, DataType::Int64, "the sequence of the pointer that served the row first"));
    if lake.index_of(DELETED).is_ok() {
        fields.push(meaning(DELETED, DataType::Boolean, "whether the source marks the row as deleted"));
    }
    fields.push(meaning(RUN_ID, DataType::Utf8, "the run that published the row"));
    fields.push(meaning(SOURCE_FILE, DataType::Utf8, "source, database and table, by their exact names"));
    fields.push(meaning(INGESTED_AT, instant, "when the run began"));
    Arc::new(Schema::new(fields))
}

/// What the metadata of rows say.
#[derive(Debug, Clone)]
pub struct Stamp {
    given: Given,
    sequence: u64,
    origin: String,
    /// The columns of [`SAME_ROWS`] rows: they are the same in every row.
    same: BTreeMap<&'static str, ArrayRef>,
}

impl Stamp {
    /// Takes the run, the sequence of the pointer that will serve it, and source, database and table.
    #[must_use]
    pub fn new(given: Given, sequence: u64, origin: String) -> Self {
        let mut stamp = Self { given, sequence, origin, same: BTreeMap::new() };
        stamp.same = stamp.columns(SAME_ROWS);
        stamp
    }

    fn columns(&self, rows: usize) -> BTreeMap<&'static str, ArrayRef> {
        let sequence = i64::try_from(self.sequence).unwrap_or(i64::MAX);
        let at = TimestampMicrosecondArray::from_value(self.given.at.as_microsecond(), rows);
        BTreeMap::from([
            (SEQ, Arc::new(Int64Array::from_value(sequence, rows)) as ArrayRef),
            (RUN_ID, repeated(&self.given.run_id.to_string(), rows)),
            (SOURCE_FILE, repeated(&self.origin, rows)),
            (INGESTED_AT, Arc::new(at.with_timezone("UTC"))),
        ])
    }

    /// Adds the columns of metadata; `op` says of each row whether it is there or gone.
    ///
    /// # Errors
    /// [`LoadError::Arrow`] where a column is missing.
    pub fn on(&self, batch: &RecordBatch, op: ArrayRef, schema: &SchemaRef) -> Result<RecordBatch, LoadError> {
        let rows = batch.num_rows();
        let more = (rows > SAME_ROWS).then(|| self.columns(rows));
        let same = more.as_ref().unwrap_or(&self.same);
        let column = |field: &Arc<Field>| -> ArrayRef {
            let name = field.name().as_str();
            match same.get(name) {
                _ if name == OP => Arc::clone(&op),
                Some(column) => column.slice(0, rows),
                None => batch
                    .column_by_name(name)
                    .cloned()
                    .unwrap_or_else(|| arrow_array::new_null_array(field.data_type(), rows)),
            }
        };
        Ok(RecordBatch::try_new(Arc::clone(schema), schema.fields().iter().map(column).collect())?)
    }
}

/// Returns the column of rows that are gone.
#[must_use]
pub fn gone(rows: usize) -> ArrayRef {
    repeated(GONE, rows)
}

/// Returns the column of rows that are there.
#[must_use]
pub fn there(rows: usize) -> ArrayRef {
    static SAME: LazyLock<ArrayRef> = LazyLock::new(|| repeated(THERE, SAME_ROWS));
    if rows > SAME_ROWS { repeated(THERE, rows) } else { SAME.slice(0, rows) }
}

fn repeated(text: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows)))
}
