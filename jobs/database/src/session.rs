//! What can be asked of a server.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::error::DatabaseError;
use crate::moment::Moment;
use crate::reading::{Bound, Condition, Counts, Reading, Taker};
use crate::relation::Relation;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its version, as it writes it.
    pub version: String,
    /// What tells it from one that was restored: PostgreSQL's `system_identifier`; of MySQL `server_uuid`, of MariaDB nothing.
    pub identifier: Option<String>,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// The zone of columns without one, as the server names it, and whether its clock is put forward in summer.
    pub zone: String,
    /// Whether an hour repeats in autumn there.
    pub has_daylight_saving: bool,
}

/// A snapshot that other sessions may join. What stands in it is the engine's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(pub String);

/// A right that a login lacks or has too much of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The right: `pg_read_all_stats`, `PROCESS`.
    pub name: &'static str,
    /// What is weaker without it.
    pub weakens: &'static str,
    /// The statement that gives it.
    pub statement: String,
}

/// How busy a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strain {
    /// Statements that run, those of loads left out where the server tells whose they are.
    pub running: u64,
    /// By how much a replica is behind, if there is one; without end where it has stopped.
    pub replica_lag: Duration,
}

/// What was changed about a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Altered {
    /// The table was made.
    Table,
    /// Its key.
    Key,
    /// A column, also one that is gone, by its [number](crate::Column::number).
    Column(u32),
}

/// Ends a statement of a session from elsewhere.
pub trait Canceller: Send + Sync {
    /// Ends what the session is doing; it answers [`DatabaseError::Cancelled`].
    ///
    /// # Errors
    ///
    /// Where the server cannot be reached.
    fn cancel(&self) -> Result<(), DatabaseError>;
}

struct Nothing;

impl Canceller for Nothing {
    fn cancel(&self) -> Result<(), DatabaseError> {
        Ok(())
    }
}

/// A session that can only read. Identifiers are quoted for the engine, values are parameters.
pub trait Session: Send {
    /// Returns what the server is.
    fn server(&self) -> &Server;

    /// Says what the server shows of this session from now on.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn label(&mut self, application: &str) -> Result<(), DatabaseError>;

    /// Returns the databases (PostgreSQL: schemas) that are not the server's own, in the order of their bytes.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn databases(&mut self) -> Result<Vec<String>, DatabaseError>;

    /// Returns the tables of some databases, in the order of database and name; in one or few statements, however many they are.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn relations(&mut self, databases: &[String]) -> Result<Vec<Relation>, DatabaseError>;

    /// Returns the names that values have somewhere in a table whose catalogue does not tell them; all of it is read.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn attributes(&mut self, _relation: &Relation) -> Result<BTreeSet<String>, DatabaseError> {
        Ok(BTreeSet::new())
    }

    /// Returns the clock, then the oldest open transaction. To be asked before [`Session::begin`].
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn moment(&mut self) -> Result<Moment, DatabaseError>;

    /// Opens a snapshot, or joins one of another session; all that is read until [`Session::end`] is of it.
    /// Answers none where others cannot join it, or where the joined one turned out to be another.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn begin(&mut self, join: Option<&Snapshot>) -> Result<Option<Snapshot>, DatabaseError>;

    /// Lets the snapshot go.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn end(&mut self) -> Result<(), DatabaseError>;

    /// Reads rows and hands them over in batches, each no larger than asked for, whatever the table.
    ///
    /// # Errors
    ///
    /// Those of the server; [`DatabaseError::NotTaken`] where `taker` fails; [`DatabaseError::Changed`] where a column is gone.
    fn read(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, DatabaseError>;

    /// Returns how many rows there are, and the order-free sum of 64-bit checksums over the text of `columns`.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn checksum(
        &mut self,
        relation: &Relation,
        columns: &[usize],
        conditions: &[Condition],
    ) -> Result<(u64, u64), DatabaseError>;

    /// Returns bounds that cut the rows into about `parts` of like size, in the server's own order of the key: ascending, without
    /// the two ends. Looks at an index or statistics, never at all rows; sparse and skewed keys give no empty ranges.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn bounds(&mut self, relation: &Relation, parts: usize) -> Result<Vec<Vec<Bound>>, DatabaseError>;

    /// Cuts all rows of a table into about `parts` of like size, each of which is read for itself: in their order, by what costs this
    /// server least. One that has everything where they cannot be cut.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn pieces(&mut self, relation: &Relation, parts: usize) -> Result<Vec<Vec<Condition>>, DatabaseError> {
        Ok(between(relation, self.bounds(relation, parts)?))
    }

    /// Returns the file that has the rows of a table now, whatever the snapshot, as the catalogue tells it. One that was written anew since
    /// a snapshot was opened may look empty in it, and its rows lie elsewhere.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn file(&mut self, relation: &Relation) -> Result<Option<u64>, DatabaseError> {
        Ok(relation.file)
    }

    /// Returns when something about a table was changed last, where the server remembers it: microseconds since 1970, UTC.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn changed_at(&mut self, _relation: &Relation, _what: Altered) -> Result<Option<i64>, DatabaseError> {
        Ok(None)
    }

    /// Returns the rows of a statement of the configuration as text: it must be a `SELECT`.
    ///
    /// # Errors
    ///
    /// Those of the server; more than `most` rows.
    fn listed(&mut self, statement: &str, most: usize) -> Result<Vec<Vec<Option<String>>>, DatabaseError>;

    /// Returns how long somebody has been waiting for a lock that the other session holds; zero where nobody is.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn waited_for(&mut self, other: u64) -> Result<Duration, DatabaseError> {
        let _ = other;
        Ok(Duration::ZERO)
    }

    /// Returns how busy the server is; not at all where it does not tell.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn strain(&mut self) -> Result<Strain, DatabaseError> {
        Ok(Strain::default())
    }

    /// Returns whether what is read between [`Session::begin`] and [`Session::end`] is of one moment.
    fn has_snapshots(&self) -> bool {
        true
    }

    /// Returns the number by which the server knows this session; 0 where there is none that knows it.
    fn number(&self) -> u64 {
        0
    }

    /// Returns what ends a statement of this session from elsewhere; it does nothing where nobody has to wait for one.
    fn canceller(&self) -> Box<dyn Canceller> {
        Box::new(Nothing)
    }

    /// Returns the rights that the login lacks, and those to write that it should not have.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn grants(&mut self) -> Result<(Vec<Grant>, Vec<String>), DatabaseError>;
}

/// Returns the parts that bounds of the key cut.
pub(crate) fn between(relation: &Relation, bounds: Vec<Vec<Bound>>) -> Vec<Vec<Condition>> {
    let mut from: Option<Vec<Bound>> = None;
    let mut parts = Vec::with_capacity(bounds.len() + 1);
    for to in bounds.into_iter().map(Some).chain([None]) {
        let columns = relation.key.clone();
        let begin = std::mem::replace(&mut from, to.clone());
        let is_whole = begin.is_none() && to.is_none();
        parts.push(if is_whole { Vec::new() } else { vec![Condition::Between { columns, from: begin, to }] });
    }
    parts
}
