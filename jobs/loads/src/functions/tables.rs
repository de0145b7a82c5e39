//! Loads a batch of tables. What became of each is noted as it ends, so that another attempt does only what is left.

use carelake_core::ErrorKind;
use carelake_core::ledger::{Ask, Claimed};
use carelake_core::names::Publication;
use carelake_database::Relation;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::course::{Loaded, TablesTask};
use super::source::{Reached, failed, reach};
use super::{answer, kept, read, section};
use crate::config::Source;
use crate::kept::{Batch, Branch, Entry, Kept, State};
use crate::latest;
use crate::plan::{Asking, Prepared, Subject, prepare};
use crate::publish::{LoadError, Position, Table, World};
use crate::window::{self, Outcome, Turn, View};

/// After so long no other table is begun: a function has fifteen minutes.
const LONGEST: SignedDuration = SignedDuration::from_mins(8);
/// Tables that are read in one snapshot at most.
const MOST_TOGETHER: usize = 25;
/// Seconds after which the connection of a batch is another's, if nothing is heard.
const SLOT_SECS: u64 = 900;
/// How often a table is loaded again because somebody else asked for it meanwhile.
const MOST_TURNS: usize = 3;

/// Loads what is left of a batch, as far as there is time.
pub(crate) fn tables(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    with_batch(context, payload, |loading| loading.carry_out())
}

/// Takes a connection of the source for a batch, and does with the batch what is to be done.
pub(super) fn with_batch(
    context: &Context<'_>,
    payload: &Value,
    carry_out: impl FnOnce(&Loading<'_>) -> Result<u64, Failure>,
) -> Result<Value, Failure> {
    let TablesTask { execution, batch: task } = read(payload)?;
    let loads = section(context)?;
    let source = loads.source(&task.source)?;
    let (kept, now) = (kept(context), (context.services.now)());
    let batch = kept.batch(&execution, &task.batch, now)?.ok_or_else(|| {
        Failure::new(ErrorKind::INTERNAL, format!("batch {} of this execution is not there any more", task.batch))
    })?;
    let (ledger, owner) = (context.services.ledger, format!("{execution}/{}", task.batch));
    let (name, slots) = match (&source.dynamic, task.branch) {
        (Some(dynamic), Branch::Dynamic) => ("dynamic", dynamic.max_connections),
        _ => ("connections", source.max_connections),
    };
    let name = context.scope.qualify(&format!("loads/{}/{name}", source.name));
    let ask = Ask { owner: &owner, retake: true, now, ttl_secs: SLOT_SECS };
    let Claimed::Taken(slot) = ledger.claim_slot(&name, slots, &ask)? else {
        return answer(&Loaded { batch: task.batch, left: batch.tables.len() as u64, waits: true });
    };
    let loading = Loading { context, kept, source, execution: &execution, batch: &batch, until: now + LONGEST };
    let loaded = carry_out(&loading);
    ledger.release_claim(&slot)?;
    answer(&Loaded { batch: task.batch, left: loaded?, waits: false })
}

pub(super) struct Loading<'l> {
    pub(super) context: &'l Context<'l>,
    pub(super) kept: Kept<'l>,
    pub(super) source: &'l Source,
    pub(super) execution: &'l str,
    pub(super) batch: &'l Batch,
    pub(super) until: Timestamp,
}

impl Loading<'_> {
    /// Loads tables and answers how many are left.
    fn carry_out(&self) -> Result<u64, Failure> {
        let mut left: Vec<Entry> = Vec::new();
        for (database, table) in &self.batch.tables {
            let entry = self.kept.entry(&self.source.name, (database, table), self.now())?;
            left.extend(entry.filter(|entry| !self.is_done(entry)));
        }
        let application = format!("carelake/{}", self.execution);
        let mut first: Option<Failure> = None;
        while !left.is_empty() && self.now() < self.until && !(self.context.services.is_cancelled)() {
            let group: Vec<Entry> = left.drain(..left.len().min(MOST_TOGETHER)).collect();
            let mut reached = reach(self.context.secrets, self.source, &application)?;
            if let Err(failure) = self.group(&mut reached, group) {
                first.get_or_insert(failure);
            }
        }
        match first {
            // Those that failed in a way that may pass are done again by the next attempt; the others are noted.
            Some(failure) => Err(failure),
            None => Ok(left.len() as u64),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.context.services.now)()
    }

    fn is_done(&self, entry: &Entry) -> bool {
        let may_pass = || {
            let kind = entry.error.as_deref().and_then(|name| self.context.kinds.named(name));
            entry.state == State::Failed && kind.is_some_and(|kind| !kind.is_permanent)
        };
        entry.execution.as_deref() == Some(self.execution) && entry.state != State::Planned && !may_pass()
    }

    /// Loads tables in one snapshot. Answers the first failure that may pass; all are noted.
    fn group(&self, reached: &mut Reached, entries: Vec<Entry>) -> Result<(), Failure> {
        let mut databases: Vec<String> = entries.iter().map(|entry| entry.database.clone()).collect();
        databases.dedup();
        let relations = reached.session.relations(&databases).map_err(failed)?;
        let world = self.world();
        let mut turns: Vec<(Entry, Table, Turn)> = Vec::new();
        for entry in entries {
            let relation = relations.iter().find(|it| it.database == entry.database && it.name == entry.table);
            let Some(relation) = relation else {
                // It went between plan and load: that is no error.
                let gone = Entry { state: State::Gone, gone_since: Some(self.now()), ..entry };
                self.note(gone)?;
                continue;
            };
            match self.prepared(reached, &entry, relation)? {
                Ok(table) => match window::take(&world, &table) {
                    Ok(Some(turn)) => turns.push((entry, table, turn)),
                    // Whoever has it looks once more before it ends.
                    Ok(None) => self.note(Entry { state: State::Left, ..entry })?,
                    Err(error) => self.note_failed(entry, &error)?,
                },
                Err((error, reason)) => {
                    let error = Some(error.name.to_owned());
                    self.note(Entry { state: State::Failed, reason, error, ..entry })?;
                }
            }
        }
        let mut first = None;
        for _ in 0..MOST_TURNS {
            if turns.is_empty() {
                break;
            }
            let (again, failure) = self.snapshot(reached, &world, turns)?;
            turns = again;
            first = first.or(failure);
        }
        first.map_or(Ok(()), Err)
    }

    /// Loads tables whose turns were taken, and answers those that somebody else asked for meanwhile.
    #[expect(clippy::type_complexity, reason = "tables with their turns, as they came")]
    fn snapshot(
        &self,
        reached: &mut Reached,
        world: &World<'_>,
        turns: Vec<(Entry, Table, Turn)>,
    ) -> Result<(Vec<(Entry, Table, Turn)>, Option<Failure>), Failure> {
        let mut view = View::open(reached.session.as_mut()).map_err(failed)?;
        let (mut again, mut first) = (Vec::new(), None);
        for (entry, table, turn) in turns {
            let began = self.now();
            match window::load(world, &mut view, &turn, &table) {
                Ok(outcome) => {
                    self.tell(&table, &outcome, began);
                    let mut entry = self.published(entry, &outcome);
                    // The log is served: what is not merged now is made up for by the next load.
                    if let Err(error) = latest::settle(world, &table) {
                        entry
                            .warnings
                            .push(format!("the rows of now are those of before: {}", carelake_core::causes(&error)));
                    }
                    self.note(entry.clone())?;
                    if let Some(turn) = window::give_back(world, turn, &table).map_err(failure)? {
                        again.push((entry, Table { whole: false, since: None, ..table }, turn));
                    }
                }
                Err(error) => {
                    if !error.kind().is_permanent {
                        first.get_or_insert_with(|| Failure::new(error.kind(), error.to_string()));
                    }
                    self.note_failed(entry, &error)?;
                    // Whoever left the work to this load is told by the failure, and does it at its next time.
                    drop(window::give_back(world, turn, &table).map_err(failure)?);
                }
            }
        }
        // A connection that was cut has no snapshot to let go.
        let closed = view.close();
        if first.is_none() {
            closed.map_err(failed)?;
        }
        Ok((again, first))
    }

    /// Prepares a table as it is now; it may have changed since the plan.
    pub(super) fn prepared(
        &self,
        reached: &mut Reached,
        entry: &Entry,
        relation: &Relation,
    ) -> Result<Result<Table, (&'static ErrorKind, String)>, Failure> {
        let (source, now) = (self.source, self.now());
        let table = (entry.database.as_str(), entry.table.as_str());
        let settings = source.settings(table.0, table.1);
        let publication = Publication::from_path(&entry.publication);
        let kept = self.kept.shape(&source.name, table, now)?;
        let mask_key = reached.mask_key.clone();
        let subject = Subject {
            source,
            relation,
            settings: &settings,
            publication: &publication,
            kept: kept.as_ref(),
            is_distrusted: entry.is_distrusted(),
            asking: Asking {
                is_whole: self.batch.is_whole,
                since: self.batch.since,
                accepts_loss: self.batch.accepts_loss,
            },
            mask_key: mask_key.as_deref(),
        };
        // The plan asked how many rows hold nothing.
        let is_incremental = entry.mode.as_deref() == Some("incremental");
        let nulls = |column| if is_incremental { Ok(0) } else { reached.nulls(relation, column) };
        Ok(match prepare(subject, nulls).map_err(failed)? {
            Prepared::Ready(ready) => {
                if kept.as_ref() != Some(&ready.evolved.shape) {
                    self.kept.keep_shape(&source.name, table, &ready.evolved.shape, now)?;
                }
                Ok(ready.table)
            }
            Prepared::Drift(why, _) => Err((ErrorKind::SCHEMA_DRIFT, why)),
            Prepared::NeedsMode(why) | Prepared::Wrong(why) => Err((ErrorKind::INVALID_CONFIG, why)),
            Prepared::Left => Err((ErrorKind::INVALID_CONFIG, "is no table any more".to_owned())),
        })
    }

    pub(super) fn world(&self) -> World<'_> {
        let Context { services, scratch, scope, code_version, .. } = *self.context;
        World {
            store: services.output,
            ledger: services.ledger,
            scratch,
            scope,
            execution: Some(self.execution),
            code_version,
            now: services.now,
        }
    }

    pub(super) fn published(&self, entry: Entry, outcome: &Outcome) -> Entry {
        let is_whole = outcome.reason.is_some();
        Entry {
            state: State::Published,
            last_ok: Some(self.now()),
            account: Some(outcome.account.clone()),
            bookmark: bookmark(outcome.position.as_ref()),
            error: None,
            compared_at: if is_whole { Some(self.now()) } else { entry.compared_at },
            // Whoever has a table read whole gives its cursor another chance.
            missed: if self.batch.is_whole { 0 } else { entry.missed },
            ..entry
        }
    }

    fn note_failed(&self, entry: Entry, error: &LoadError) -> Result<(), Failure> {
        let (kind, reason) = (error.kind(), carelake_core::causes(error));
        self.note(Entry { state: State::Failed, reason, error: Some(kind.name.to_owned()), ..entry })
    }

    fn note(&self, entry: Entry) -> Result<(), Failure> {
        let now = self.now();
        let entry = Entry { execution: Some(self.execution.to_owned()), ended_at: Some(now), ..entry };
        Ok(self.kept.keep(&self.source.name, &entry, now)?)
    }

    pub(super) fn tell(&self, table: &Table, outcome: &Outcome, began: Timestamp) {
        let secs = self.now().duration_since(began).as_secs_f64();
        let (publication, rows) = (table.publication.to_string(), outcome.account.published);
        for warning in &outcome.warnings {
            self.context.log.warning(&format_args!("{publication}: {warning}"));
        }
        self.context.log.measured(
            "a table was loaded",
            Some(&publication),
            &[
                Figure::new("RowsRead", "Count", outcome.account.read),
                Figure::new("RowsPublished", "Count", rows),
                Figure::new("Bytes", "Bytes", outcome.bytes),
                Figure::new("Seconds", "Seconds", secs),
            ],
        );
    }
}

/// Returns where the next window begins, where that is no value.
pub(super) fn bookmark(position: Option<&Position>) -> Option<String> {
    match position? {
        Position::Time(at) => Timestamp::from_microsecond(*at).ok().map(|at| at.to_string()),
        Position::Transaction { xmin, .. } => Some(format!("transaction {xmin}")),
        // A key is a value.
        Position::Keys { .. } => None,
    }
}

pub(super) fn failure(error: LoadError) -> Failure {
    Failure::new(error.kind(), carelake_core::causes(&error))
}
