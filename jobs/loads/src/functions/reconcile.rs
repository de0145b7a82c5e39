//! Compares tables with their source, after an execution loaded them. A comparison begins with a window in its own snapshot, so that what
//! it finds is what no window shows.

use std::collections::{BTreeMap, VecDeque};

use arrow_array::ArrayRef;
use carelake_core::causes;
use carelake_database::{Kind, Relation, checksum};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use jiff::Timestamp;
use serde_json::Value;

use super::after::pass_on;
use super::loading::{Loading, MOST_BREAKS, failure};
use super::source::{Reached, failed};
use super::tables::with_batch;
use crate::config::ReconcileBy;
use crate::kept::{Compared, Entry};
use crate::latest;
use crate::publish::{LoadError, Mode, Table, World};
use crate::reconcile::{self as comparing, By, How, Reconciled};
use crate::window::{self, Outcome, Turn, View};

/// Compares what is left of a batch, as far as there is time.
pub(crate) fn reconcile(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    with_batch(context, payload, carry_out)
}

/// Compares tables and answers how many are left.
fn carry_out(loading: &Loading<'_>) -> Result<u64, Failure> {
    let mut left = VecDeque::new();
    for (database, table) in &loading.batch.tables {
        let entry = loading.kept.entry(&loading.source.name, (database, table), loading.now())?;
        left.extend(entry.filter(|entry| !is_done(loading, entry)).map(|entry| (entry, 0)));
    }
    let mut relations: BTreeMap<String, Vec<Relation>> = BTreeMap::new();
    let (mut free, mut first): (Option<Reached>, Option<Failure>) = (None, None);
    while loading.now() < loading.until && !(loading.context.services.is_cancelled)() {
        let Some((entry, breaks)) = left.pop_front() else { break };
        let mut reached = match free.take() {
            Some(reached) => reached,
            None => loading.door.reach()?,
        };
        if !relations.contains_key(&entry.database) {
            let found = reached.session.relations(std::slice::from_ref(&entry.database)).map_err(failed)?;
            relations.insert(entry.database.clone(), found);
        }
        let all = relations.get(&entry.database);
        // One that went meanwhile is noted by the next plan.
        let relation = all.and_then(|all| all.iter().find(|it| it.name == entry.table));
        let Some(relation) = relation else {
            free = Some(reached);
            continue;
        };
        match table(loading, &mut reached, (entry, breaks), relation) {
            Ok(Ended::Well) => free = Some(reached),
            Ok(Ended::Badly) => {}
            Ok(Ended::Broken(entry)) => {
                // Its columns may have changed just now, if somebody waited for it.
                relations.remove(&entry.database);
                left.push_back((*entry, breaks + 1));
            }
            Err(failure) => drop(first.get_or_insert(failure)),
        }
    }
    first.map_or(Ok(left.len() as u64), Err)
}

/// Returns whether a table was compared by this execution, and another try would find the same.
fn is_done(loading: &Loading<'_>, entry: &Entry) -> bool {
    let own = entry.compared.as_ref().filter(|compared| compared.execution == loading.execution);
    own.is_some_and(|compared| {
        let kind = compared.error.as_deref().and_then(|name| loading.context.kinds.named(name));
        compared.error.is_none() || kind.is_some_and(|kind| kind.is_permanent)
    })
}

/// How the comparison of a table ended.
enum Ended {
    /// The session can go on.
    Well,
    /// It failed for good, and its session is in a snapshot.
    Badly,
    /// Its connection was cut, or it gave way: it is compared later, by another session.
    Broken(Box<Entry>),
}

/// Compares a table that was broken off so many times. Answers a failure that may pass; all are noted.
fn table(
    loading: &Loading<'_>,
    reached: &mut Reached,
    (entry, breaks): (Entry, u32),
    relation: &Relation,
) -> Result<Ended, Failure> {
    let table = match loading.prepared(reached, &entry, relation)? {
        Ok(table) => table,
        Err((kind, reason)) => return note_failed(loading, entry, kind.name, reason).map(|()| Ended::Well),
    };
    // Of an export there is nothing that could be compared: it says itself what is gone.
    if matches!(table.mode, Mode::Full | Mode::Exported { .. }) {
        return Ok(Ended::Well);
    }
    let world = loading.world();
    // A table that another load has is due again next time.
    let Some(mut turn) = window::take(&world, &table).map_err(failure)? else { return Ok(Ended::Well) };
    let began = loading.now();
    let settings = loading.source.settings(&entry.database, &entry.table);
    let by = if settings.reconcile_by == ReconcileBy::Row { By::Row } else { By::Cursor };
    // What differed the last time may again.
    let begins_whole = entry.compared.as_ref().is_none_or(|last| last.error.is_none() && last.differing == 0);
    let how = How { begins_whole, ..How::by_ranges(by) };
    let lookout = loading.lookout;
    lookout.keep([turn.claim().clone()]);
    lookout.watch([reached.session.as_ref()]);
    let ended = compared(loading, &world, reached, &mut turn, &table, how);
    let gave_way = lookout.is_waited_for();
    lookout.watch([]);
    lookout.leave(turn.claim());
    match ended {
        Ok((outcome, found)) => {
            tell(loading, &table, &found, began);
            note(loading, entry, &table, &outcome, &found)?;
            // Whoever came meanwhile left its work to this one.
            while let Some(next) = window::give_back(&world, turn, &table).map_err(failure)? {
                turn = next;
                again(&world, reached, &turn, &table).map_err(failure)?;
            }
            for why in pass_on(loading.context, &world, &table) {
                loading.context.log.warning(&format_args!("{}: {why}", table.publication));
            }
            // A look that came as the snapshot was let go may have cancelled what the session does next.
            Ok(if gave_way { Ended::Badly } else { Ended::Well })
        }
        Err(error) => {
            // Whoever left its work to this one does it at its next time.
            window::let_go(&world, turn).map_err(failure)?;
            if (gave_way || error.is_cut()) && breaks < MOST_BREAKS {
                loading.tell_break(&table, gave_way);
                return Ok(Ended::Broken(Box::new(entry)));
            }
            note_failed(loading, entry, error.kind().name, causes(&error))?;
            if error.kind().is_permanent { Ok(Ended::Badly) } else { Err(failure(error)) }
        }
    }
}

/// Brings a table up to a snapshot, and compares it with that.
fn compared(
    loading: &Loading<'_>,
    world: &World<'_>,
    reached: &mut Reached,
    turn: &mut Turn,
    table: &Table,
    how: How,
) -> Result<(Outcome, Reconciled), LoadError> {
    let engine = loading.source.engine;
    let mut view = View::open(reached.session.as_mut())?;
    let outcome = window::load(world, &mut view, turn, table)?;
    turn.moved(outcome.sequence);
    let sum = |columns: &[(&Kind, &ArrayRef)]| checksum(engine, columns);
    let found = match outcome.reason {
        // It was read whole: nothing can differ.
        Some(_) => Reconciled::default(),
        None => comparing::reconcile(world, &mut view, turn, table, how, &sum)?,
    };
    view.close()?;
    latest::settle(world, table)?;
    Ok((outcome, found))
}

fn again(world: &World<'_>, reached: &mut Reached, turn: &Turn, table: &Table) -> Result<(), LoadError> {
    let mut view = View::open(reached.session.as_mut())?;
    window::load(world, &mut view, turn, table)?;
    view.close()?;
    latest::settle(world, table)?;
    Ok(())
}

/// Notes what a comparison found, and whether the cursor is still to be trusted.
fn note(
    loading: &Loading<'_>,
    entry: Entry,
    table: &Table,
    outcome: &Outcome,
    found: &Reconciled,
) -> Result<(), Failure> {
    let now = loading.now();
    let mut account = entry.account.clone().unwrap_or_default();
    account.add(&outcome.account);
    let missed = match table.mode {
        Mode::Incremental { cursor } => {
            let is_trusted = table.relation.columns.get(cursor).is_some_and(|column| column.is_kept_by_server);
            if is_trusted || found.changed == 0 { 0 } else { entry.missed + 1 }
        }
        _ => entry.missed,
    };
    let compared = Compared {
        execution: loading.execution.to_owned(),
        at: now,
        ranges: found.ranges,
        differing: found.differing,
        changed: found.changed,
        gone: found.gone,
        error: None,
        reason: String::new(),
    };
    let entry = loading.published(entry, outcome);
    let entry = Entry { account: Some(account), compared: Some(compared), compared_at: Some(now), missed, ..entry };
    Ok(loading.kept.keep(&loading.source.name, &entry, now)?)
}

fn note_failed(loading: &Loading<'_>, entry: Entry, error: &str, reason: String) -> Result<(), Failure> {
    let now = loading.now();
    let compared = Compared::failed(loading.execution, now, error, reason);
    Ok(loading.kept.keep(&loading.source.name, &Entry { compared: Some(compared), ..entry }, now)?)
}

fn tell(loading: &Loading<'_>, table: &Table, found: &Reconciled, began: Timestamp) {
    let publication = table.publication.to_string();
    for warning in &found.warnings {
        loading.context.log.warning(&format_args!("{publication}: {warning}"));
    }
    loading.context.log.measured(
        "a table was compared with its source",
        Some(&publication),
        &[
            Figure::new("RangesCompared", "Count", found.ranges),
            Figure::new("RangesDiffering", "Count", found.differing),
            Figure::new("RowsMissed", "Count", found.changed),
            Figure::new("RowsGone", "Count", found.gone),
            Figure::new("Seconds", "Seconds", loading.now().duration_since(began).as_secs_f64()),
        ],
    );
}
