//! Making one run of several neighbours of a list, so that a list stays short.
//!
//! Neighbours of like size are joined, so that rows that were joined once are not written again with each handful of new ones: the
//! work stays a small multiple of the bytes. The rows keep the run that published them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::Schema;
use arrow_select::filter::filter_record_batch;
use jiff::civil::Date;
use serde_json::Value;

use super::draft::{Details, Draft};
use super::input::Input;
use super::manifest::{Joined, Manifest, manifest};
use super::pointer::{Entry, Pointer};
use super::publishing::{Desk, Published, Publishing};
use super::rollback::verb;
use super::served::{Served, ServedError};
use super::swap::{Join, Swap};
use super::{Keep, PublishError, Serves};
use crate::account::Account;
use crate::names::RunId;
use crate::table::{BatchWriter, LINEAGE, Label, PlacedPart, Shape, TableError};

/// The most runs that a list has: what an enumeration in a catalog, a folder of links and a reader's plan still take well.
pub const MOST_RUNS: usize = 100;
/// Sizes are alike when they are in the same power of this many rows.
const TIER: u64 = 4;

/// Returns the neighbours that are joined next: the longest stretch of like size, of several the one with the fewest rows; two
/// neighbours at least. Parts are never joined: each is replaced on its own.
pub(super) fn neighbours(list: &[Entry]) -> Option<Range<usize>> {
    let tier = |entry: &Entry| (entry.part.is_none()).then(|| entry.rows.max(1).ilog(TIER));
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for (at, entry) in list.iter().enumerate() {
        let Some(ours) = tier(entry) else { continue };
        match stretches.last_mut() {
            Some(last) if last.end == at && list.get(last.start).and_then(tier) == Some(ours) => last.end = at + 1,
            _ => stretches.push(at..at + 1),
        }
    }
    let rows =
        |range: &Range<usize>| list.get(range.clone()).unwrap_or_default().iter().map(|entry| entry.rows).sum::<u64>();
    let alike = stretches.into_iter().filter(|range| range.len() > 1);
    alike.max_by_key(|range| (range.len(), u64::MAX - rows(range))).or_else(|| {
        let is_pair =
            |at: &usize| list.get(*at..at + 2).is_some_and(|pair| pair.iter().all(|entry| entry.part.is_none()));
        (0..list.len().saturating_sub(1)).filter(is_pair).map(|at| at..at + 2).min_by_key(rows)
    })
}

/// Writes the run that takes the place of neighbours, and completes it. The rows of the runs `without` are left out.
fn join(
    publishing: &Publishing<'_>,
    pointer: &Pointer,
    range: Range<usize>,
    without: &BTreeSet<RunId>,
) -> Result<Join, ServedError> {
    let desk = publishing.desk();
    let entries = pointer.runs.get(range).unwrap_or_default();
    let gone: Vec<RunId> = entries.iter().map(|entry| entry.run_id.clone()).collect();
    let Some(served) = Served::of(desk.store, desk.publication)? else {
        return Err(PublishError::NoEarlierRun { publication: desk.publication.clone() }.into());
    };
    let served = served.only(|manifest| gone.contains(&manifest.run_id));
    let (run_id, found) = id_of(&desk, &served, without)?;
    let draft = publishing.draft(run_id.clone())?;
    let mut details = details(&served, pointer, without, (desk.now)())?;
    match found {
        Some(found) => {
            draft.again(&found)?;
            // It was made under an earlier pointer, and maybe by an earlier version.
            (details.inputs, details.schema) = (found.inputs, found.schema);
        }
        None => write(&desk, &draft, (&served, &run_id), without)?,
    }
    Ok(Join { gone, sealed: draft.seal(details)? })
}

/// Writes the rows of runs as those of one.
fn write(
    desk: &Desk<'_>,
    draft: &Draft<'_>,
    (served, run_id): (&Served, &RunId),
    without: &BTreeSet<RunId>,
) -> Result<(), ServedError> {
    let schema = served.schema()?;
    let label = |schema: &Schema| {
        let (name, run_id) = (desk.publication.path(), run_id.to_string());
        Label::of(schema, &name, &run_id, as_of(served), env!("CARGO_PKG_VERSION"))
    };
    let shape = Shape { partition_by: served.partitions(), ..Shape::default() };
    let internal = |error| PublishError::Table { publication: desk.publication.clone(), cause: error };
    let mut writer = BatchWriter::new(schema.clone(), shape, label).map_err(internal)?;
    let add = |placed: PlacedPart| draft.add(placed.into());
    for batch in served.batches(desk.store, &schema) {
        writer.push(&others(batch?, without).map_err(internal)?).map_err(internal)?;
        writer.take_finished().into_iter().try_for_each(add)?;
    }
    Ok(writer.finish().map_err(internal)?.into_iter().try_for_each(add)?)
}

/// Returns the id of the run that these runs become: the same whenever they do; and its manifest where it is complete. One that another run of the output has, because the
/// ledger was begun anew, is passed over.
fn id_of(
    desk: &Desk<'_>,
    served: &Served,
    without: &BTreeSet<RunId>,
) -> Result<(RunId, Option<Manifest>), ServedError> {
    let names = served.manifests.iter().map(|manifest| manifest.run_id.to_string());
    let names = names.chain(without.iter().map(|run_id| format!("-{run_id}")));
    let mut identity = format!("join {} {}", desk.publication, names.collect::<Vec<_>>().join(" "));
    loop {
        let given = desk.ledger.id_for(&identity, as_of(served), (desk.now)()).map_err(PublishError::from)?;
        match manifest(desk.store, desk.publication, &given.run_id) {
            Ok(other) if other.joined != joined(served, without) => identity.push_str(" again"),
            Ok(found) => return Ok((given.run_id, Some(found))),
            Err(PublishError::NoSuchRun { .. }) => return Ok((given.run_id, None)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Returns the runs that are taken in, in order.
fn joined(served: &Served, without: &BTreeSet<RunId>) -> Vec<Joined> {
    served.manifests.iter().flat_map(taken_in).filter(|taken| !without.contains(&taken.run_id)).collect()
}

/// Returns the latest date of the runs.
fn as_of(served: &Served) -> Date {
    served.manifests.iter().map(|manifest| manifest.as_of).max().unwrap_or_default()
}

/// Leaves out the rows of these runs.
fn others(batch: RecordBatch, without: &BTreeSet<RunId>) -> Result<RecordBatch, TableError> {
    if without.is_empty() {
        return Ok(batch);
    }
    let column = LINEAGE[0].name;
    let runs = batch.column_by_name(column).and_then(|column| column.as_string_opt::<i32>());
    let runs = runs.ok_or_else(|| TableError::NoColumn { column: column.to_owned() })?;
    let without: BTreeSet<String> = without.iter().map(ToString::to_string).collect();
    let stays: BooleanArray = runs.iter().map(|run| Some(run.is_none_or(|run| !without.contains(run)))).collect();
    Ok(filter_record_batch(&batch, &stays)?)
}

fn details(
    served: &Served,
    pointer: &Pointer,
    without: &BTreeSet<RunId>,
    now: jiff::Timestamp,
) -> Result<Details, ServedError> {
    let mut counts: BTreeMap<String, Account> = BTreeMap::new();
    for (source, account) in served.manifests.iter().flat_map(|manifest| &manifest.counts) {
        counts.entry(source.clone()).or_default().add(account);
    }
    let made_by = |manifest: &Manifest| manifest.made_by.clone();
    let first = served.manifests.first().map(made_by).unwrap_or_default();
    Ok(Details {
        origin: String::new(),
        // Rows of several makers are compared with nothing.
        made_by: if served.manifests.iter().map(made_by).all(|maker| maker == first) { first } else { String::new() },
        part: None,
        joined: joined(served, without),
        as_of: as_of(served),
        started_at: now,
        schema: served.columns()?,
        inputs: vec![Input::Publication {
            publication: served.publication.clone(),
            content: pointer.content,
            runs: served.manifests.iter().map(|manifest| manifest.run_id.clone()).collect(),
        }],
        counts,
        measures: BTreeMap::new(),
        losses: Vec::new(),
        details: Value::Null,
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Returns the runs that a run brings into a joined one: those that it took in itself, or itself.
fn taken_in(manifest: &Manifest) -> Vec<Joined> {
    if manifest.joined.is_empty() {
        vec![Joined { run_id: manifest.run_id.clone(), origin: manifest.origin.clone(), rows: manifest.rows }]
    } else {
        manifest.joined.clone()
    }
}

/// Joins the neighbours of a list of which the list would become too long.
pub(super) fn shortened(publishing: &Publishing<'_>, mut swap: Swap) -> Result<Swap, PublishError> {
    let desk = publishing.desk();
    if publishing.tenure().opening.serves == Serves::Snapshot || !swap.joins.is_empty() {
        return Ok(swap);
    }
    let Some(pointer) = super::current(desk.store, desk.publication)? else { return Ok(swap) };
    if swap.is_done(&pointer) {
        return Ok(swap);
    }
    apart(publishing, &pointer, &mut swap)?;
    if swap.list(desk.publication, pointer.kind, &pointer.runs)?.len() <= MOST_RUNS || !swap.joins.is_empty() {
        return Ok(swap);
    }
    // What the swap takes out or replaces stays as it is: it is named by its own id.
    let is_named = |entry: &Entry| {
        let replaces = swap.runs.iter().any(|run| run.replaces.as_ref() == Some(&entry.run_id));
        replaces || swap.retract.contains(&entry.run_id)
    };
    let bound: Vec<Entry> = pointer
        .runs
        .iter()
        .map(|entry| {
            let part = if is_named(entry) { Some(String::new()) } else { entry.part.clone() };
            Entry { part, ..entry.clone() }
        })
        .collect();
    if let Some(range) = neighbours(&bound) {
        swap.joins.push(
            join(publishing, &pointer, range, &BTreeSet::new())
                .map_err(|error| PublishError::Served(Box::new(error)))?,
        );
    }
    Ok(swap)
}

/// Takes runs that a swap replaces or retracts out of the joined runs that hold them, which are written again without.
fn apart(publishing: &Publishing<'_>, pointer: &Pointer, swap: &mut Swap) -> Result<(), PublishError> {
    let desk = publishing.desk();
    let replaced = swap.runs.iter().filter_map(|run| run.replaces.clone());
    let gone = replaced.chain(swap.retract.iter().cloned()).filter(|run_id| pointer.entry(run_id).is_none());
    let gone: BTreeSet<RunId> = gone.collect();
    if gone.is_empty() || swap.replace_all {
        return Ok(());
    }
    for (at, entry) in pointer.runs.iter().enumerate().filter(|(_, entry)| entry.joined > 0) {
        let whole = manifest(desk.store, desk.publication, &entry.run_id)?;
        let held: BTreeSet<RunId> = gone.iter().filter(|run_id| whole.holds(run_id)).cloned().collect();
        if held.is_empty() {
            continue;
        }
        let join =
            join(publishing, pointer, at..at + 1, &held).map_err(|error| PublishError::Served(Box::new(error)))?;
        swap.joins.push(join);
        swap.retract.retain(|run_id| !held.contains(run_id));
        swap.runs
            .iter_mut()
            .filter(|run| run.replaces.as_ref().is_some_and(|run_id| held.contains(run_id)))
            .for_each(|run| run.replaces = None);
    }
    Ok(())
}

/// Joins every stretch of neighbours that are no parts, by one move of the pointer. Nothing is done where there are none.
///
/// # Errors
/// [`PublishError::Serves`] of a snapshot, and as any commit.
pub fn compact(desk: Desk<'_>) -> Result<Option<Published>, PublishError> {
    compact_by(desk, &|_| Some(String::new()))
}

/// Joins neighbours of one group, as [`compact`] does those of all: of a day that is over, for example. What is in no group stays as it is.
///
/// # Errors
/// As [`compact`].
pub fn compact_by(desk: Desk<'_>, group: &dyn Fn(&Entry) -> Option<String>) -> Result<Option<Published>, PublishError> {
    let publishing = Publishing::open(desk, verb("compact", Serves::Log))?;
    let Some(pointer) = super::current(desk.store, desk.publication)? else { return Ok(None) };
    let mut stretches: Vec<(String, Range<usize>)> = Vec::new();
    for (at, entry) in pointer.runs.iter().enumerate().filter(|(_, entry)| entry.part.is_none()) {
        let Some(group) = group(entry) else { continue };
        match stretches.last_mut() {
            Some((last, range)) if range.end == at && *last == group => range.end = at + 1,
            _ => stretches.push((group, at..at + 1)),
        }
    }
    let joins = stretches.into_iter().map(|(_, range)| range).filter(|range| range.len() > 1);
    let joins = joins.map(|range| join(&publishing, &pointer, range, &BTreeSet::new())).collect::<Result<Vec<_>, _>>();
    let joins = joins.map_err(|error| PublishError::Served(Box::new(error)))?;
    if joins.is_empty() {
        return Ok(None);
    }
    publishing.commit(Swap { joins, ..Swap::default() }, Keep::ALL).map(Some)
}
