//! Mends what crashes and rollbacks left behind, without reading a row of a source: the rows that are there now follow from the log again,
//! and what the ledger says of tables is what the pointers say.

use carelake_core::ErrorKind;
use carelake_core::publish::current_runs;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde::Serialize;
use serde_json::Value;

use super::after::handed;
use super::course::{BatchTask, Loaded, TablesTask};
use super::loading::{Loading, bookmark, failure};
use super::source::failed;
use super::tables::with_batch;
use super::{kept, section};
use crate::kept::{Batch, Branch, Entry, State};
use crate::latest;
use crate::plan::Selection;
use crate::publish::TableState;
use crate::window;

/// What was mended of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// The source.
    pub source: String,
    /// The table, as it is shown.
    pub table: String,
    /// Rows that are there now; none of a table that has none of its own.
    pub rows: u64,
    /// Parts that were written: none where the rows followed from the log already.
    pub written: u64,
    /// Whether the ledger said something else than the pointer.
    pub status: bool,
    /// Why it could not be mended, if so.
    pub error: Option<String>,
}

/// Mends the tables of sources that were loaded once; `execution` is a name of its own.
///
/// # Errors
/// Those of the configuration, the sources' catalogues, and the ledger. What a single table fails with is told of it.
pub fn mend(context: &Context<'_>, execution: &str, selection: &Selection) -> Result<Vec<Mended>, Failure> {
    let (kept, now) = (kept(context), (context.services.now)());
    let mut mended = Vec::new();
    for source in section(context)?.sources.iter().filter(|source| selection.has_source(source)) {
        let entries = kept.entries(&source.name, now)?;
        let is_meant = |entry: &&Entry| {
            selection.has_table(source, &entry.database, &entry.table)
                && entry.state != State::Gone
                && entry.mode.is_some()
        };
        let tables: Vec<(String, String)> =
            entries.iter().filter(is_meant).map(|entry| (entry.database.clone(), entry.table.clone())).collect();
        if tables.is_empty() {
            continue;
        }
        let batch = format!("{}/mend", source.name);
        kept.hand_over(execution, &batch, &Batch { tables, ..Batch::default() }, now)?;
        let task = BatchTask { source: source.name.clone(), branch: Branch::Fixed, batch, is_large: false };
        let task = TablesTask { execution: execution.to_owned(), batch: task };
        let payload =
            serde_json::to_value(task).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        let told: Value = with_batch(context, &payload, |loading| tables_of(loading, &mut mended))?;
        if super::read::<Loaded>(&told)?.waits {
            let why = format!("{}: all its connections are taken by loads; try again when they are over", source.name);
            return Err(Failure::new(ErrorKind::PUBLISH_CONFLICT, why));
        }
    }
    Ok(mended)
}

fn tables_of(loading: &Loading<'_>, mended: &mut Vec<Mended>) -> Result<u64, Failure> {
    let (source, now) = (loading.source, loading.now());
    let mut reached = loading.door.reach()?;
    let mut databases: Vec<String> = loading.batch.tables.iter().map(|(database, _)| database.clone()).collect();
    databases.dedup();
    let relations = reached.session.relations(&databases).map_err(failed)?;
    for (database, table) in &loading.batch.tables {
        let Some(entry) = loading.kept.entry(&source.name, (database, table), now)? else { continue };
        let Some(relation) = relations.iter().find(|it| it.database == *database && it.name == *table) else {
            continue;
        };
        let mut one = Mended {
            source: source.name.clone(),
            table: entry.shown(),
            rows: 0,
            written: 0,
            status: false,
            error: None,
        };
        let world = loading.world();
        match loading.prepared(&mut reached, &entry, relation)? {
            Err((_, reason)) => one.error = Some(reason),
            Ok(table) => match window::take(&world, &table).map_err(failure)? {
                None => one.error = Some("a load of it is under way, which does the same".to_owned()),
                Some(turn) => {
                    let settled = latest::settle(&world, &table);
                    match settled.and_then(|settled| handed(loading.context, &world, &table).map(|_| settled)) {
                        Ok(settled) => (one.rows, one.written) = (settled.rows, settled.written),
                        Err(error) => one.error = Some(carelake_core::causes(&error)),
                    }
                    one.status = status(loading, &entry)?;
                    // A load that came meanwhile is done by the next one.
                    window::let_go(&world, turn).map_err(failure)?;
                }
            },
        }
        mended.push(one);
    }
    Ok(0)
}

/// Brings what the ledger says of a table to what its pointer says, and answers whether it said something else.
fn status(loading: &Loading<'_>, entry: &Entry) -> Result<bool, Failure> {
    let publication = carelake_core::names::Publication::from_path(&entry.publication);
    let Some((pointer, manifests)) = current_runs(loading.context.services.output, &publication)? else {
        return Ok(false);
    };
    let state = TableState::of(Some(&pointer), &entry.shown()).map_err(failure)?;
    let mut told = entry.clone();
    told.bookmark = state.and_then(|state| bookmark(state.position.as_ref()));
    // A run that is served was loaded, whether or not somebody lived to note it.
    let loaded = manifests.last().map(|manifest| manifest.written_at);
    if let Some(at) = loaded.filter(|at| entry.last_ok.is_none_or(|known| known < *at)) {
        told.last_ok = Some(at);
        if told.state == State::Planned {
            told.state = State::Published;
        }
    }
    if told == *entry {
        return Ok(false);
    }
    loading.kept.keep(&loading.source.name, &told, loading.now())?;
    Ok(true)
}
