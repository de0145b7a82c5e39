//! Loads the tables of a batch, some in one snapshot, and notes what became of each.

use std::cell::Cell;
use std::collections::VecDeque;

use carelake_core::ledger::Taken;
use carelake_database::{Relation, Session};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure, Way};
use jiff::Timestamp;

use super::after::bring_up;
use super::lookout::Lookout;
use super::prepared::{Refusal, prepared, with_seen};
use super::source::{Door, Reached, failed};
use super::tables::Connections;
use super::world;
use crate::config::Source;
use crate::kept::{Batch, Entry, Kept, State};
use crate::publish::{LoadError, Position, Table, World};
use crate::window::{self, Outcome, Turn, View};

/// Tables that are read in one snapshot at most.
const MOST_TOGETHER: usize = 25;
/// How often a table is loaded again because somebody else asked for it meanwhile.
const MOST_TURNS: usize = 3;
/// How often a table is begun again because its connection was cut, or it gave way.
pub(super) const MOST_BREAKS: u32 = 3;

/// The load of a batch.
pub(super) struct Loading<'l> {
    pub(super) context: &'l Context<'l>,
    pub(super) kept: Kept<'l>,
    pub(super) source: &'l Source,
    pub(super) execution: &'l str,
    pub(super) batch: &'l Batch,
    pub(super) until: Timestamp,
    pub(super) door: &'l Door,
    pub(super) connections: &'l Connections<'l>,
    pub(super) lookout: &'l Lookout<'l>,
    /// Whether it stopped because the server is too busy.
    pub(super) waits: Cell<bool>,
}

/// A table that is to be loaded.
struct Waiting {
    entry: Entry,
    /// How often its load was broken off.
    breaks: u32,
}

/// A table that is loaded in the next snapshot.
pub(super) struct Ready {
    pub(super) entry: Entry,
    pub(super) breaks: u32,
    pub(super) table: Table,
    pub(super) turn: Turn,
}

/// A session that reads beside another, and the connection that it was allowed.
type Beside = (Taken, Box<dyn Session>);

/// How a snapshot ended.
#[derive(Default)]
pub(super) struct Ended {
    /// Tables that somebody else asked for meanwhile.
    pub(super) again: Vec<Ready>,
    /// Tables that are loaded with another session.
    later: Vec<Waiting>,
    /// The first failure that may pass; all are noted.
    pub(super) failure: Option<Failure>,
}

impl Loading<'_> {
    /// Loads tables and answers how many are left.
    pub(super) fn carry_out(&self) -> Result<u64, Failure> {
        let mut left: VecDeque<Waiting> = VecDeque::new();
        for (database, table) in &self.batch.tables {
            let entry = self.kept.entry(&self.source.name, (database, table), self.now())?;
            // Of an export there may be another one after each.
            let entry = entry.filter(|entry| self.batch.is_export || !self.is_done(entry));
            left.extend(entry.map(|entry| Waiting { entry, breaks: 0 }));
        }
        let mut first: Option<Failure> = None;
        while !left.is_empty() && self.now() < self.until && !(self.context.services.is_cancelled)() {
            if self.pauses()? {
                break;
            }
            let group: Vec<Waiting> = left.drain(..left.len().min(MOST_TOGETHER)).collect();
            match self.group(group) {
                Ok((later, failure)) => {
                    left.extend(later);
                    first = first.or(failure);
                }
                Err(failure) => drop(first.get_or_insert(failure)),
            }
        }
        match first {
            // Those that failed in a way that may pass are done again by the next attempt; the others are noted.
            Some(failure) => Err(failure),
            None => Ok(left.len() as u64),
        }
    }

    /// Returns whether the server is too busy to be read now; then the batch goes on later.
    fn pauses(&self) -> Result<bool, Failure> {
        if !self.source.pause_when.is_any() {
            return Ok(false);
        }
        let strain = self.door.open()?.strain().map_err(failed)?;
        let reason = self.source.pause_when.reason(strain);
        if let Some(reason) = &reason {
            self.context.log.warning(&format_args!("{}: nothing is read for a while: {reason}", self.source.name));
        }
        self.waits.set(reason.is_some());
        Ok(reason.is_some())
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

    /// Loads tables in one snapshot. Answers those that are loaded later, and the first failure that may pass.
    fn group(&self, group: Vec<Waiting>) -> Result<(Vec<Waiting>, Option<Failure>), Failure> {
        let mut reached = self.door.reach()?;
        let mut databases: Vec<String> = group.iter().map(|waiting| waiting.entry.database.clone()).collect();
        databases.dedup();
        let relations = reached.session.relations(&databases).map_err(failed)?;
        let world = self.world();
        let mut ready: Vec<Ready> = Vec::new();
        for Waiting { entry, breaks } in group {
            let relation = relations.iter().find(|it| it.database == entry.database && it.name == entry.table);
            let Some(relation) = relation else {
                // It went between plan and load: that is no error.
                let gone = Entry { state: State::Gone, gone_since: Some(self.now()), ..entry };
                self.note(gone)?;
                continue;
            };
            if self.batch.is_export {
                self.exported(&mut reached, entry, relation)?;
                continue;
            }
            let relation = &with_seen(&self.kept, self.source, relation, reached.session.as_mut(), self.now())?;
            match self.prepared(&mut reached, &entry, relation)? {
                Ok(table) => match window::take(&world, &table) {
                    Ok(Some(turn)) => {
                        self.lookout.keep([turn.claim().clone()]);
                        ready.push(Ready { entry, breaks, table, turn });
                    }
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
        let mut beside = self.beside(&ready)?;
        let done = self.turns(&mut reached, beside.as_mut().map(|(_, session)| session), &world, ready);
        if let Some((slot, session)) = beside {
            drop(session);
            self.lookout.leave(&slot);
            self.connections.give_back(&slot)?;
        }
        done
    }

    /// Opens a session that reads beside the first, if a table is large enough for two and the source allows one more.
    fn beside(&self, ready: &[Ready]) -> Result<Option<Beside>, Failure> {
        if self.source.is_dynamodb() || ready.iter().all(|one| one.table.pieces() < 2) {
            return Ok(None);
        }
        let Some(slot) = self.connections.one("reads beside")? else { return Ok(None) };
        match self.door.open() {
            Ok(session) => {
                self.lookout.keep([slot.clone()]);
                Ok(Some((slot, session)))
            }
            // One does it, too.
            Err(_) => {
                self.connections.give_back(&slot)?;
                Ok(None)
            }
        }
    }

    /// Loads tables in one snapshot, and those that somebody else asked for meanwhile in another.
    fn turns(
        &self,
        reached: &mut Reached,
        mut beside: Option<&mut Box<dyn Session>>,
        world: &World<'_>,
        mut ready: Vec<Ready>,
    ) -> Result<(Vec<Waiting>, Option<Failure>), Failure> {
        let (mut later, mut first) = (Vec::new(), None);
        for _ in 0..MOST_TURNS {
            if ready.is_empty() {
                break;
            }
            let ended = self.snapshot(reached.session.as_mut(), beside.as_deref_mut(), world, ready)?;
            first = first.or(ended.failure);
            if !ended.later.is_empty() {
                // The session is not used any more: whoever asked meanwhile is served by another one, too.
                later = ended.later;
                for one in ended.again {
                    later.push(self.put_off(world, one)?);
                }
                break;
            }
            ready = ended.again;
        }
        Ok((later, first))
    }

    /// Loads tables whose turns were taken.
    pub(super) fn snapshot(
        &self,
        session: &mut dyn Session,
        beside: Option<&mut Box<dyn Session>>,
        world: &World<'_>,
        ready: Vec<Ready>,
    ) -> Result<Ended, Failure> {
        let mut ended = Ended::default();
        self.lookout.watch([&*session].into_iter().chain(beside.as_deref().map(|beside| &**beside)));
        let mut view = View::open(session).map_err(failed)?;
        if let Some(beside) = beside {
            // One alone does it, too.
            view.share(beside.as_mut()).unwrap_or_default();
        }
        let mut is_over = false;
        for one in ready {
            if is_over || self.lookout.is_waited_for() {
                is_over = true;
                ended.later.push(self.put_off(world, one)?);
                continue;
            }
            let began = self.now();
            let loaded = window::load(world, &mut view, &one.turn, &one.table);
            let rows = loaded.as_ref().map_or(0, |outcome| outcome.account.read);
            self.context.log.under_way(&one.entry.publication, Way { rows, bytes: 0, is_over: true });
            match loaded {
                Ok(outcome) => {
                    self.tell(&one.table, &outcome, began);
                    let mut entry = self.published(one.entry, &outcome);
                    entry.warnings.extend(bring_up(self.context, world, &one.table));
                    self.note(entry.clone())?;
                    self.lookout.leave(one.turn.claim());
                    if let Some(turn) = window::give_back(world, one.turn, &one.table).map_err(failure)? {
                        self.lookout.keep([turn.claim().clone()]);
                        let table = Table { whole: false, since: None, ..one.table };
                        ended.again.push(Ready { entry, breaks: one.breaks, table, turn });
                    }
                }
                Err(error) => {
                    let gave_way = self.lookout.is_waited_for();
                    is_over = gave_way || error.is_cut();
                    if is_over && one.breaks < MOST_BREAKS {
                        self.tell_break(&one.table, gave_way);
                        let waiting = self.put_off(world, one)?;
                        ended.later.push(Waiting { breaks: waiting.breaks + 1, ..waiting });
                        continue;
                    }
                    if !error.kind().is_permanent {
                        ended.failure.get_or_insert_with(|| Failure::new(error.kind(), error.to_string()));
                    }
                    self.note_failed(one.entry, &error)?;
                    self.lookout.leave(one.turn.claim());
                    // Whoever left the work to this load is told by the failure, and does it at its next time.
                    window::let_go(world, one.turn).map_err(failure)?;
                }
            }
        }
        // A connection that was cut has no snapshot to let go, and one that gave way is closed.
        let closed = view.close();
        self.lookout.watch([]);
        if !is_over && ended.failure.is_none() {
            closed.map_err(failed)?;
        }
        Ok(ended)
    }

    /// Gives back the right to load a table that is loaded later: then it is looked at anew.
    fn put_off(&self, world: &World<'_>, one: Ready) -> Result<Waiting, Failure> {
        self.lookout.leave(one.turn.claim());
        window::let_go(world, one.turn).map_err(failure)?;
        Ok(Waiting { entry: one.entry, breaks: one.breaks })
    }

    /// Prepares a table as it is now; it may have changed since the plan.
    pub(super) fn prepared(
        &self,
        reached: &mut Reached,
        entry: &Entry,
        relation: &Relation,
    ) -> Result<Result<Table, Refusal>, Failure> {
        prepared(self.context, &self.kept, (self.source, self.batch), reached, (entry, relation))
    }

    pub(super) fn world(&self) -> World<'_> {
        world(self.context, self.execution)
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

    pub(super) fn note_failed(&self, entry: Entry, error: &LoadError) -> Result<(), Failure> {
        let (kind, reason) = (error.kind(), carelake_core::causes(error));
        self.note(Entry { state: State::Failed, reason, error: Some(kind.name.to_owned()), ..entry })
    }

    pub(super) fn note(&self, entry: Entry) -> Result<(), Failure> {
        let now = self.now();
        let entry = Entry { execution: Some(self.execution.to_owned()), ended_at: Some(now), ..entry };
        Ok(self.kept.keep(&self.source.name, &entry, now)?)
    }

    pub(super) fn tell_break(&self, table: &Table, gave_way: bool) {
        let publication = table.publication.to_string();
        let (message, figure) = if gave_way {
            ("a load gave way to somebody who waited for its table", "GiveWays")
        } else {
            ("the connection of a load was cut; it begins again", "Cuts")
        };
        self.context.log.warning(&format_args!("{publication}: {message}"));
        let source = format!("loads/{}", table.source);
        self.context.log.measured(message, Some(&source), &[Figure::new(figure, "Count", 1)]);
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
