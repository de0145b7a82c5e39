//! A session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::address::Target;
use crate::error::DatabaseError;
use crate::moment::Moment;
use crate::postgres::cancel::Cancel;
use crate::postgres::connection::{Wire, start};
use crate::postgres::fault::Fault;
use crate::postgres::rows::{self, Known};
use crate::postgres::server::{self, About};
use crate::postgres::types::{Types, Wired};
use crate::postgres::{bounds, catalogue, changed, checksum, grants, moment, quoted, strain, waiting};
use crate::reading::{Bound, Condition, Counts, Reading, Taker};
use crate::relation::{Relation, RelationKind};
use crate::session::{Altered, Canceller, Grant, Server, Session, Snapshot, Strain, between};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// What begins and ends a part of a transaction.
const PART: (&str, &str) = ("SAVEPOINT part", "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");

/// From this version on blocks are gone to, where others look at all of them.
const RANGES_OF_BLOCKS: u32 = 140_000;

/// A session with PostgreSQL.
pub(super) struct Postgres {
    wire: Wire,
    about: About,
    types: Types,
    cancel: Cancel,
    /// Whether a snapshot is open.
    is_open: bool,
}

impl Postgres {
    /// Connects, logs in and sets the session up.
    pub(super) fn open(target: &Target) -> Result<Self, DatabaseError> {
        let said = |fault: Fault| fault.said(target, "connecting", None, false);
        let (mut wire, key) = start(target).map_err(said)?;
        let mut types = Types::default();
        let about = server::set_up(&mut wire, target, &mut types).map_err(said)?;
        let cancel = Cancel { target: target.clone(), key, is_asked: Arc::new(AtomicBool::new(false)) };
        Ok(Self { wire, about, types, cancel, is_open: false })
    }

    fn said(&self, fault: Fault, doing: &str, table: Option<&str>) -> DatabaseError {
        let is_cancelled = fault.is_cancelled() && self.cancel.is_asked.swap(false, Ordering::SeqCst);
        fault.said(&self.cancel.target, doing, table, is_cancelled)
    }

    /// Does something, and says of a fault what was being done.
    fn doing<T>(&mut self, doing: &str, what: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, DatabaseError> {
        what(self).map_err(|fault| self.said(fault, doing, None))
    }

    /// Does something with a table.
    fn with_table<T>(
        &mut self,
        doing: &str,
        relation: &Relation,
        what: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, DatabaseError> {
        let shown = relation.shown();
        self.apart(what).map_err(|fault| self.said(fault, &format!("{doing} {shown}"), Some(&shown)))
    }

    /// Learns the types of a table that another session found.
    fn learn(&mut self, relation: &Relation) -> Result<(), Fault> {
        let used = relation.columns.iter().map(|column| Wired::of(column.wire).oid);
        self.types.learn(&mut self.wire, used)
    }

    fn begin_anew(&mut self, join: Option<&Snapshot>) -> Result<Option<Snapshot>, Fault> {
        self.wire.run(BEGIN)?;
        self.is_open = true;
        let shared = match join {
            Some(of) => {
                let joined = self.wire.run(&format!("SET TRANSACTION SNAPSHOT {}", quoted::value(&of.0)));
                joined.map(|()| Some(of.clone()))
            }
            None => self.wire.value("SELECT pg_catalog.pg_export_snapshot()", &[]).map(|found| found.map(Snapshot)),
        };
        match shared {
            // It is gone, or nobody can have it: a snapshot of its own is what is left.
            Err(Fault::Code(_)) => {
                self.wire.run("ROLLBACK")?;
                self.wire.run(BEGIN)?;
                // The snapshot is taken by the first statement, and that is now.
                self.wire.run("SELECT 1")?;
                Ok(None)
            }
            found => found,
        }
    }

    /// Does something within the snapshot, or within one of its own, and gives every lock back: who waits for a table that was read
    /// need not wait for the tables after it. What fails does not end the snapshot.
    fn apart<T>(&mut self, what: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let (begin, end) = if self.is_open { PART } else { (BEGIN, "ROLLBACK") };
        self.wire.run(begin)?;
        let done = what(self);
        let ended = self.wire.run(end);
        done.and_then(|done| ended.map(|()| done))
    }

    fn copy(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, Fault> {
        self.learn(reading.relation)?;
        let known = Known { types: &self.types, is_checked: self.about.is_checked };
        let read = rows::read(&mut self.wire, reading, taker, known, &self.about.server.zone);
        if let Err(Fault::NotTaken(_) | Fault::Special(_)) = &read {
            // The rest of the rows is on its way.
            self.cancel.ask()?;
            self.wire.settle()?;
        }
        read
    }
}

impl Session for Postgres {
    fn server(&self) -> &Server {
        &self.about.server
    }

    fn label(&mut self, application: &str) -> Result<(), DatabaseError> {
        let statement = "SELECT pg_catalog.set_config('application_name', $1, false)";
        self.doing("naming the session", |it| it.wire.rows(statement, &[application]).map(drop))
    }

    fn databases(&mut self) -> Result<Vec<String>, DatabaseError> {
        self.doing("listing schemas", |it| catalogue::schemas(&mut it.wire))
    }

    fn relations(&mut self, databases: &[String]) -> Result<Vec<Relation>, DatabaseError> {
        let counts_from_zero = self.about.version < 140_000;
        self.doing("listing tables", |it| {
            catalogue::relations(&mut it.wire, &mut it.types, databases, counts_from_zero)
        })
    }

    fn moment(&mut self) -> Result<Moment, DatabaseError> {
        self.doing("asking for open transactions", |it| moment::moment(&mut it.wire))
    }

    fn begin(&mut self, join: Option<&Snapshot>) -> Result<Option<Snapshot>, DatabaseError> {
        self.end()?;
        self.doing("opening a snapshot", |it| it.begin_anew(join))
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        if !std::mem::take(&mut self.is_open) {
            return Ok(());
        }
        self.doing("closing a snapshot", |it| it.wire.run("ROLLBACK"))
    }

    fn read(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, DatabaseError> {
        self.with_table("reading", reading.relation, |it| it.copy(reading, taker))
    }

    fn checksum(
        &mut self,
        relation: &Relation,
        columns: &[usize],
        conditions: &[Condition],
    ) -> Result<(u64, u64), DatabaseError> {
        self.with_table("comparing", relation, |it| {
            it.learn(relation)?;
            let known = Known { types: &it.types, is_checked: it.about.is_checked };
            checksum::checksum(&mut it.wire, relation, columns, conditions, known, &it.about.server.zone)
        })
    }

    fn bounds(&mut self, relation: &Relation, parts: usize) -> Result<Vec<Vec<Bound>>, DatabaseError> {
        self.with_table("cutting", relation, |it| bounds::bounds(&mut it.wire, relation, parts))
    }

    fn pieces(&mut self, relation: &Relation, parts: usize) -> Result<Vec<Vec<Condition>>, DatabaseError> {
        let is_of_blocks = matches!(relation.kind, RelationKind::Table | RelationKind::MaterializedView);
        if self.about.version < RANGES_OF_BLOCKS || !is_of_blocks {
            return Ok(between(relation, self.bounds(relation, parts)?));
        }
        self.with_table("cutting", relation, |it| bounds::blocks(&mut it.wire, relation, parts))
    }

    fn file(&mut self, relation: &Relation) -> Result<Option<u64>, DatabaseError> {
        if relation.file.is_none() {
            return Ok(None);
        }
        let found = self.doing("looking at a table", |it| {
            let asked = "SELECT pg_catalog.pg_relation_filenode($1::pg_catalog.oid::pg_catalog.regclass)";
            it.wire.value(asked, &[&relation.identity.0])
        })?;
        Ok(found.and_then(|found| found.parse().ok()))
    }

    fn changed_at(&mut self, relation: &Relation, what: Altered) -> Result<Option<i64>, DatabaseError> {
        self.doing("asking when a table was changed", |it| changed::at(&mut it.wire, relation, what))
    }

    fn listed(&mut self, statement: &str, most: usize) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        self.doing("reading a list", |it| {
            let first: String = statement.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
            if !["select", "with"].contains(&first.to_ascii_lowercase().as_str()) {
                return Err(Fault::Statement);
            }
            let limit = i32::try_from(most).ok().and_then(|most| most.checked_add(1)).unwrap_or(i32::MAX);
            let rows = it.wire.rows_at_most(statement, &[], limit)?;
            if rows.len() > most { Err(Fault::TooMany) } else { Ok(rows) }
        })
    }

    fn waited_for(&mut self, other: u64) -> Result<Duration, DatabaseError> {
        let version = self.about.version;
        self.doing("looking who waits", |it| waiting::waited_for(&mut it.wire, version, other))
    }

    fn strain(&mut self) -> Result<Strain, DatabaseError> {
        self.doing("asking how busy the server is", |it| strain::strain(&mut it.wire))
    }

    fn number(&self) -> u64 {
        u64::from(self.cancel.key.number.cast_unsigned())
    }

    fn canceller(&self) -> Box<dyn Canceller> {
        Box::new(self.cancel.clone())
    }

    fn grants(&mut self) -> Result<(Vec<Grant>, Vec<String>), DatabaseError> {
        self.doing("looking at grants", |it| grants::grants(&mut it.wire))
    }
}
