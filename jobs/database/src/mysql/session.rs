//! The session: what can be asked of a server, carried out by the other files of this folder.

use std::time::Duration;

use super::fault::Fault;
use super::link::Link;
use super::setup::{self, Flavour};
use super::{bounds, cancel, catalogue, checksum, grants, handshake, moment, read, snapshot, strain, waiting};
use crate::address::Target;
use crate::error::DatabaseError;
use crate::moment::Moment;
use crate::reading::{Bound, Condition, Counts, Reading, Taker};
use crate::relation::Relation;
use crate::session::{Canceller, Grant, Server, Session, Snapshot, Strain};

/// A session.
pub(super) struct Open {
    pub(super) link: Link,
    pub(super) target: Target,
    pub(super) flavour: Flavour,
    pub(super) server: Server,
    pub(super) number: u64,
    /// What the server shows of the session.
    pub(super) label: String,
    /// The tables that it reads, or has read in its snapshot.
    pub(super) held: Vec<String>,
    /// Whether a snapshot is open.
    pub(super) is_in_snapshot: bool,
    /// Whether one ever was.
    pub(super) has_begun: bool,
}

/// Opens a session.
pub(crate) fn connect(target: &Target) -> Result<Box<dyn Session>, DatabaseError> {
    let opened = open(target).map_err(|fault| fault.error(&target.source, "connecting", None))?;
    Ok(Box::new(opened))
}

fn open(target: &Target) -> Result<Open, Fault> {
    let opened = handshake::open(target)?;
    let flavour = setup::flavour(&opened.version);
    let mut link = Link::new(opened.packets);
    link.comment = waiting::comment(&target.application, &[]);
    setup::set(&mut link, target, flavour)?;
    let server = setup::server(&mut link, flavour, &opened.version)?;
    // From here on the server itself ends what takes too long; we only wait longer than it.
    link.stream().wait(target.statement_timeout + target.connect_timeout)?;
    Ok(Open {
        link,
        target: target.clone(),
        flavour,
        server,
        number: opened.number,
        label: target.application.clone(),
        held: Vec::new(),
        is_in_snapshot: false,
        has_begun: false,
    })
}

impl Open {
    /// Says before every statement from now on who asks, and which tables are held.
    pub(super) fn announce(&mut self) {
        self.link.comment = waiting::comment(&self.label, &self.held);
    }

    /// Does something, and says of what went wrong what was being done.
    fn doing<T>(&mut self, doing: &str, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, DatabaseError> {
        work(self).map_err(|fault| fault.error(&self.target.source, doing, None))
    }

    fn reading<T>(
        &mut self,
        relation: &Relation,
        work: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, DatabaseError> {
        let table = relation.shown();
        work(self).map_err(|fault| fault.error(&self.target.source, &format!("reading {table}"), Some(&table)))
    }
}

impl Session for Open {
    fn server(&self) -> &Server {
        &self.server
    }

    fn label(&mut self, application: &str) -> Result<(), DatabaseError> {
        application.clone_into(&mut self.label);
        self.announce();
        Ok(())
    }

    fn databases(&mut self) -> Result<Vec<String>, DatabaseError> {
        self.doing("listing databases", catalogue::databases)
    }

    fn relations(&mut self, databases: &[String]) -> Result<Vec<Relation>, DatabaseError> {
        self.doing("reading the catalogue", |open| catalogue::relations(open, databases))
    }

    fn moment(&mut self) -> Result<Moment, DatabaseError> {
        self.doing("asking the time", moment::moment)
    }

    fn begin(&mut self, join: Option<&Snapshot>) -> Result<Option<Snapshot>, DatabaseError> {
        self.doing("opening a snapshot", |open| snapshot::begin(open, join))
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        self.doing("closing a snapshot", snapshot::end)
    }

    fn read(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, DatabaseError> {
        self.reading(reading.relation, |open| read::read(open, reading, taker))
    }

    fn checksum(
        &mut self,
        relation: &Relation,
        columns: &[usize],
        conditions: &[Condition],
    ) -> Result<(u64, u64), DatabaseError> {
        self.reading(relation, |open| checksum::checksum(open, relation, columns, conditions))
    }

    fn bounds(&mut self, relation: &Relation, parts: usize) -> Result<Vec<Vec<Bound>>, DatabaseError> {
        self.reading(relation, |open| bounds::bounds(open, relation, parts))
    }

    fn listed(&mut self, statement: &str, most: usize) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        self.doing("carrying out the statement of `registry`", |open| catalogue::listed(open, statement, most))
    }

    fn waited_for(&mut self, other: u64) -> Result<Duration, DatabaseError> {
        self.doing("looking who waits", |open| waiting::waited_for(open, other))
    }

    fn strain(&mut self) -> Result<Strain, DatabaseError> {
        self.doing("asking how busy the server is", strain::strain)
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn canceller(&self) -> Box<dyn Canceller> {
        Box::new(cancel::Cancel { target: self.target.clone(), number: self.number })
    }

    fn grants(&mut self) -> Result<(Vec<Grant>, Vec<String>), DatabaseError> {
        self.doing("asking what the login may do", grants::grants)
    }
}
