//! What is published of an input: each of its runs with all its rows in their order, and what is given filled in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::account::Account;
use carelake_core::hex;
use carelake_core::names::Publication;
use carelake_core::publish::{Input, Keep, Swap, current};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::error::MatchError;
use super::plan::{Plan, PlannedInput};
use super::publish::{Making, RunWriter, described, given, unchanged};
use super::served::{ServedFile, files};
use super::world::World;

/// Changes whenever the bytes do that follow from the same rows.
const FORM: u32 = 1;
const MADE_BY: &str = "matching.persons";
const INCOMPLETE: &str = "incomplete_fields";

/// What is known of a row that was looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct RowChange {
    pub(super) person: Option<String>,
    pub(super) outcome: String,
    /// Columns with the value that each is given.
    pub(super) given: Vec<(String, String)>,
}

/// The rows of an input that were looked up: by run, file and row.
pub(super) type Changes = BTreeMap<(String, String), BTreeMap<u32, RowChange>>;

/// Publishes an input with what is given. Runs of which nothing differs stay. Answers whether anything moved, and the sequences before and
/// after.
pub(super) fn publish(
    world: &World<'_>,
    plan: &Plan,
    input: &PlannedInput,
    changes: &Changes,
) -> Result<Published, MatchError> {
    let publication = input.persons(&plan.matcher);
    let pointer = current(world.store, &publication)?;
    let before = pointer.as_ref().map(|pointer| pointer.sequence);
    let served = input.served(world)?;
    let mut by_run: BTreeMap<String, Vec<ServedFile>> =
        input.runs.iter().map(|run| (run.to_string(), Vec::new())).collect();
    for file in files(&served) {
        by_run.entry(file.run_id.to_string()).or_default().push(file);
    }
    let mut publishing = None;
    let mut sealed = Vec::new();
    for manifest in &served.manifests {
        let run = manifest.run_id.to_string();
        let of_run: BTreeMap<&str, &BTreeMap<u32, RowChange>> =
            changes.iter().filter(|((of, _), _)| *of == run).map(|((_, path), rows)| (path.as_str(), rows)).collect();
        let files: Vec<(&str, &str)> = manifest.files.iter().map(|file| (&*file.path, &*file.sha256)).collect();
        let identity = format!("{FORM} {files:?} {}", serde_json::to_string(&of_run).unwrap_or_default());
        let identity = hex(&Sha256::digest(identity));
        if unchanged(world, &publication, pointer.as_ref(), (&run, &identity))?.is_some() {
            continue;
        }
        let publishing = match &mut publishing {
            Some(publishing) => publishing,
            none => none.insert(world.open(&publication)?),
        };
        let rows = of_run.values().map(|rows| rows.len() as u64).sum::<u64>();
        let repaired = of_run.values().flat_map(|rows| rows.values()).filter(|row| !row.given.is_empty()).count();
        let content = Input::Publication {
            publication: input.publication.clone(),
            content: input.content,
            runs: vec![manifest.run_id.clone()],
        };
        let account = Account { read: manifest.rows, published: manifest.rows, ..Account::default() };
        let mut making = Making {
            publication: &publication,
            identity: &identity,
            part: &run,
            made_by: MADE_BY,
            as_of: manifest.as_of,
            inputs: vec![content],
            counts: BTreeMap::from([(input.feed(), account)]),
            details: json!({ "of": run, "looked_up": rows, "repaired": repaired }),
        };
        let id = given(world, &mut making)?;
        let mut writer = RunWriter::begin(publishing, id.clone())?;
        let mut schema = Arc::new(Schema::empty());
        for file in by_run.get(&run).into_iter().flatten() {
            let none = BTreeMap::new();
            let rows = of_run.get(file.path.as_str()).copied().unwrap_or(&none);
            let filling =
                Filling { matcher: &plan.matcher, publication: &input.publication, run: &id.run_id.to_string(), rows };
            let (of_file, batches) = filling.file(world, file)?;
            publishing.beat()?;
            writer.file(world, &making, &file.path, (&of_file, &batches))?;
            schema = of_file;
        }
        sealed.push(writer.seal(world, making, &schema)?);
    }
    let parts: BTreeSet<String> = input.runs.iter().map(ToString::to_string).collect();
    let entries = pointer.iter().flat_map(|pointer| &pointer.runs);
    let gone: Vec<_> = entries.filter(|entry| !entry.part.as_ref().is_some_and(|part| parts.contains(part))).collect();
    let retract: Vec<_> = gone.iter().map(|entry| entry.run_id.clone()).collect();
    if sealed.is_empty() && retract.is_empty() {
        return Ok(Published { path: publication.path(), before, after: before });
    }
    let publishing = match publishing {
        Some(publishing) => publishing,
        None => world.open(&publication)?,
    };
    let published = publishing.commit(Swap { runs: sealed, retract, ..Swap::default() }, Keep::ALL)?;
    Ok(Published { path: publication.path(), before, after: Some(published.sequence) })
}

/// A publication, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) path: String,
    pub(super) before: Option<u64>,
    pub(super) after: Option<u64>,
}

struct Filling<'f> {
    matcher: &'f str,
    publication: &'f Publication,
    run: &'f str,
    rows: &'f BTreeMap<u32, RowChange>,
}

impl Filling<'_> {
    /// Returns the rows of a file as they are published.
    fn file(&self, world: &World<'_>, file: &ServedFile) -> Result<(SchemaRef, Vec<RecordBatch>), MatchError> {
        let (mut before, mut found, mut schema) = (0, Vec::new(), None);
        let told = file.folder_columns();
        for batch in file.batches(world.store)? {
            let own: Vec<usize> = (0..batch.num_columns().saturating_sub(told)).collect();
            let batch = batch.project(&own)?;
            let filled = self.batch(&batch, before)?;
            before = before.saturating_add(u32::try_from(batch.num_rows()).unwrap_or(u32::MAX));
            schema.get_or_insert_with(|| filled.schema());
            found.push(filled);
        }
        Ok((schema.unwrap_or_else(|| Arc::new(Schema::empty())), found))
    }

    fn batch(&self, batch: &RecordBatch, before: u32) -> Result<RecordBatch, MatchError> {
        let count = batch.num_rows();
        let end = before.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        let rows: BTreeMap<usize, &RowChange> =
            self.rows.range(before..end).map(|(row, change)| ((row - before) as usize, change)).collect();
        let mut given: HashMap<&str, BTreeMap<usize, &str>> = HashMap::new();
        for (row, change) in &rows {
            for (column, value) in &change.given {
                given.entry(column).or_default().insert(*row, value);
            }
        }
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        let schema = batch.schema();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let name = field.name().as_str();
            let filled = match given.remove(name) {
                Some(values) => self.filled(name, column, &values)?,
                None if name == "_run_id" => {
                    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(self.run, count)))
                }
                None if name == INCOMPLETE => without(column, &rows),
                None => Arc::clone(column),
            };
            fields.push(Arc::clone(field));
            columns.push(filled);
        }
        if let Some(column) = given.keys().min() {
            let (matcher, publication) = (self.matcher.to_owned(), self.publication.path());
            return Err(MatchError::NoColumn { matcher, publication, column: (*column).to_owned() });
        }
        let (added, values) = added(count, &rows);
        fields.extend(added.into_iter().map(Arc::new));
        columns.extend(values);
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }

    /// Fills cells. Every other stays what it is.
    fn filled(&self, name: &str, column: &ArrayRef, values: &BTreeMap<usize, &str>) -> Result<ArrayRef, MatchError> {
        let kind = || MatchError::Kind {
            matcher: self.matcher.to_owned(),
            publication: self.publication.path(),
            column: name.to_owned(),
            kind: column.data_type().to_string(),
        };
        Ok(match column.data_type() {
            DataType::Utf8 => {
                let texts = column.as_string::<i32>();
                Arc::new(StringArray::from_iter(
                    texts.iter().enumerate().map(|(row, text)| values.get(&row).copied().or(text)),
                ))
            }
            DataType::Date32 => {
                let days = column.as_primitive::<arrow_array::types::Date32Type>();
                let cells = days.iter().enumerate().map(|(row, day)| match values.get(&row) {
                    Some(text) => text.parse::<Date>().ok().and_then(days_of).map(Some).ok_or_else(kind),
                    None => Ok(day),
                });
                Arc::new(cells.collect::<Result<Date32Array, MatchError>>()?)
            }
            DataType::Int64 => {
                let numbers = column.as_primitive::<arrow_array::types::Int64Type>();
                let cells = numbers.iter().enumerate().map(|(row, number)| match values.get(&row) {
                    Some(text) => text.parse::<i64>().map(Some).map_err(|_| kind()),
                    None => Ok(number),
                });
                Arc::new(cells.collect::<Result<Int64Array, MatchError>>()?)
            }
            _ => return Err(kind()),
        })
    }
}

fn days_of(day: Date) -> Option<i32> {
    day.since(jiff::civil::date(1970, 1, 1)).ok().map(|span| span.get_days())
}

/// Takes the names of columns that are given out of the list of those that are missing.
fn without(column: &ArrayRef, rows: &BTreeMap<usize, &RowChange>) -> ArrayRef {
    let Some(lists) = column.as_list_opt::<i32>() else { return Arc::clone(column) };
    if lists.values().as_string_opt::<i32>().is_none() || rows.values().all(|row| row.given.is_empty()) {
        return Arc::clone(column);
    }
    let mut builder = lists_of_texts();
    for row in 0..lists.len() {
        if lists.is_null(row) {
            builder.append(false);
            continue;
        }
        let names = lists.value(row);
        let is_given =
            |name: &str| rows.get(&row).is_some_and(|change| change.given.iter().any(|(given, _)| given == name));
        for name in names.as_string::<i32>().iter().flatten().filter(|name| !is_given(name)) {
            builder.values().append_value(name);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn lists_of_texts() -> ListBuilder<StringBuilder> {
    ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true))
}

/// Returns the columns that are added.
fn added(count: usize, rows: &BTreeMap<usize, &RowChange>) -> ([Field; 3], [ArrayRef; 3]) {
    let list = DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)));
    let fields = [
        described("person_id", DataType::Utf8, "the person of the reference, of rows that are certainly one"),
        described("_match", DataType::Utf8, "exact, proposed or none; null of a row that lacked nothing"),
        described("_repaired", list, "the columns that were given"),
    ];
    let of = |row: usize| rows.get(&row).copied();
    let persons = StringArray::from_iter((0..count).map(|row| of(row).and_then(|change| change.person.as_deref())));
    let outcomes = StringArray::from_iter((0..count).map(|row| of(row).map(|change| change.outcome.as_str())));
    let mut repaired = lists_of_texts();
    for row in 0..count {
        for (column, _) in of(row).iter().flat_map(|change| &change.given) {
            repaired.values().append_value(column);
        }
        repaired.append(true);
    }
    (fields, [Arc::new(persons), Arc::new(outcomes), Arc::new(repaired.finish())])
}
