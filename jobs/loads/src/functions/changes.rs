//! What sources change about their tables: noted when it is seen, and published with the end of the execution.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use carelake_core::ErrorKind;
use carelake_core::account::Account;
use carelake_core::names::Publication;
use carelake_core::publish::{Input, Keep, Swap, current, reconcile_link};
use carelake_core::table::DESCRIPTION;
use carelake_database::{Altered, Relation, Session};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::loading::failure;
use super::source::failed;
use super::{kept, world};
use crate::kept::{Kept, Told};
use crate::publish::{Files, LoadError, Maker, RunWriter, Stamp, Telling, World, given, there, with_metadata};
use crate::schema::{Change, Dated, Evolved, note};

/// The last word of the publication. No database has it: names of the lake do not begin so.
const SCHEMAS: &str = "_schemas";
/// Changes of a run, at most: the pointer names them until the next one.
const MOST: usize = 500;

/// What the pointer keeps: the changes of the last run, by the names under which the ledger has them.
#[derive(Default, Serialize, Deserialize)]
struct Last {
    told: BTreeSet<String>,
}

/// Notes what changed about a table since it was last looked at.
pub(super) fn note_changes(
    kept: Kept<'_>,
    session: &mut dyn Session,
    (source, relation): (&str, &Relation),
    evolved: &Evolved,
    now: Timestamp,
) -> Result<(), Failure> {
    let dated = evolved.changes.iter().map(|change| {
        let at =
            altered(change, relation, evolved).map(|what| session.changed_at(relation, what)).transpose()?.flatten();
        Ok(Dated { change: change.clone(), at: at.and_then(|at| Timestamp::from_microsecond(at).ok()) })
    });
    let dated = dated.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let table = (relation.database.as_str(), relation.name.as_str());
    Ok(note(kept, source, table, (&evolved.shape, &dated), now)?)
}

/// Returns what to ask the server for.
fn altered(change: &Change, relation: &Relation, evolved: &Evolved) -> Option<Altered> {
    let Some(column) = change.column() else {
        return Some(if *change == Change::MadeAgain { Altered::Table } else { Altered::Key });
    };
    let now = relation.columns.iter().find(|it| it.name == column).map(|it| it.number);
    let known = || evolved.shape.columns.iter().find(|it| it.name == column).map(|it| it.number);
    now.or_else(known).map(Altered::Column)
}

/// Publishes the changes of a source's tables that were noted and are not published yet. Where somebody else does, they are left to them.
pub(super) fn publish_changes(context: &Context<'_>, execution: &str, source: &str) -> Result<(), Failure> {
    let (kept, now) = (kept(context), (context.services.now)());
    let world = world(context, execution);
    let publication = Publication::from_path(&format!("loads/{source}/{SCHEMAS}"));
    loop {
        let mut found = kept.to_tell(source, now)?;
        if found.is_empty() {
            break;
        }
        let is_all = found.len() <= MOST;
        found.truncate(MOST);
        match append(&world, &publication, source, &found) {
            Ok(()) => {}
            Err(error) if error.kind().name == ErrorKind::PUBLISH_CONFLICT.name => return Ok(()),
            Err(error) => return Err(failure(error)),
        }
        let names: Vec<String> = found.into_iter().map(|(name, _)| name).collect();
        kept.forget_told(source, &names, now)?;
        if is_all {
            break;
        }
    }
    reconcile_link(world.store, &publication).map_err(|error| failure(error.into()))?;
    if let Some(Err(why)) = context.tables.map(|tables| tables.flip(&publication)) {
        context.log.warning(&format_args!("{publication}: the catalog says what was served before: {}", why.reason));
    }
    Ok(())
}

/// Appends a run with the changes, unless the last one has them.
pub(crate) fn append(
    world: &World<'_>,
    publication: &Publication,
    source: &str,
    found: &[(String, Told)],
) -> Result<(), LoadError> {
    let publishing = world.open(publication)?;
    let damaged = |cause| LoadError::State { table: publication.to_string(), cause };
    let state = current(world.store, publication)?.map(|pointer| pointer.state).filter(|state| !state.is_null());
    let last: Last = state.map(serde_json::from_value).transpose().map_err(damaged)?.unwrap_or_default();
    let new: Vec<&Told> = found.iter().filter(|(name, _)| !last.told.contains(name)).map(|(_, told)| told).collect();
    if new.is_empty() {
        return Ok(());
    }
    let schema = with_metadata(&columns());
    let given = given(world, publication, "schemas")?;
    let stamp = Stamp::new(given.clone(), publishing.sequence(), format!("{source}/{SCHEMAS}"));
    let mut run = RunWriter::begin(world, &publishing, publication, &schema, &Files::default(), given)?;
    run.push(&stamp.on(&batch(source, &new)?, there(new.len()), &schema)?)?;
    let rows = new.len() as u64;
    let input = Input::Table { source: source.to_owned(), table: "changes of tables".to_owned(), from: None, to: None };
    let sealed = run.seal(Telling {
        maker: Maker::Schemas,
        part: None,
        inputs: vec![input],
        counts: BTreeMap::from([(source.to_owned(), Account { read: rows, published: rows, ..Account::default() })]),
        details: serde_json::Value::Null,
    })?;
    let told = Last { told: found.iter().map(|(name, _)| name.clone()).collect() };
    let state = Some(serde_json::to_value(&told).map_err(damaged)?);
    publishing.commit(Swap { state, ..Swap::run(sealed) }, Keep::ALL)?;
    Ok(())
}

fn columns() -> SchemaRef {
    let at = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let column = |name: &str, kind: DataType, meaning: &str| {
        Field::new(name, kind, true).with_metadata(HashMap::from([(DESCRIPTION.to_owned(), meaning.to_owned())]))
    };
    Arc::new(Schema::new(vec![
        column("source", DataType::Utf8, "the source"),
        column("database", DataType::Utf8, "the database, by its exact name"),
        column("table", DataType::Utf8, "the table, by its exact name"),
        column("column", DataType::Utf8, "the column, by its exact name; nothing where it is the table"),
        column("change", DataType::Utf8, "added, dropped, renamed, widened, other_class, key_changed or made_again"),
        column("before", DataType::Utf8, "what was there: a type, the columns of a key, a name"),
        column("after", DataType::Utf8, "what is there since"),
        column("seen_at", at.clone(), "when a load saw it"),
        column("changed_at", at, "when it was made, if the source remembers"),
        column("changed_by", DataType::Utf8, "who made it, if the source knows"),
    ]))
}

fn batch(source: &str, told: &[&Told]) -> Result<RecordBatch, LoadError> {
    let text = |of: fn(&Told) -> Option<&str>| -> ArrayRef {
        Arc::new(told.iter().map(|told| of(told)).collect::<StringArray>())
    };
    let at = |of: fn(&Told) -> Option<Timestamp>| -> ArrayRef {
        let micros = told.iter().map(|told| of(told).map(Timestamp::as_microsecond));
        Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let sources: ArrayRef = Arc::new(StringArray::from_iter_values(told.iter().map(|_| source)));
    let all = vec![
        sources,
        text(|told| Some(&told.database)),
        text(|told| Some(&told.table)),
        text(|told| told.column.as_deref()),
        text(|told| Some(&told.change)),
        text(|told| told.before.as_deref()),
        text(|told| told.after.as_deref()),
        at(|told| Some(told.seen_at)),
        at(|told| told.changed_at),
        text(|told| told.changed_by.as_deref()),
    ];
    Ok(RecordBatch::try_new(columns(), all)?)
}
