//! Rows: what rooms keep beside runs, as small objects with a version.
//!
//! A row lies in a table, in a partition of it, under a sort key. A room writes a trait of its own over [`Rows`] once and has
//! it on one machine and on AWS. Rows are read one by one or in the order of their sort keys within one partition; there is no
//! other way to find one, so a room chooses its keys by what it will ask.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{LedgerError, Located};
use crate::names::Scope;

/// What a row holds: members by name, in no order.
pub type Object = Map<String, Value>;

/// How many rows may be written together.
const MOST_TOGETHER: usize = 100;

/// Keeps rows. Reads see every write that was answered before; a row whose time has come is answered no more.
pub trait Rows: Located {
    /// Returns a row.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, LedgerError>;

    /// Changes a row if the condition holds.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails. That the condition does not hold is not an error.
    fn write(&self, write: &Write, now: Timestamp) -> Result<Written, LedgerError>;

    /// Changes up to 100 rows, all or none, if every condition holds.
    ///
    /// # Errors
    /// [`LedgerError::Unfit`] when there are more, or a row is among them twice; or the ledger fails.
    fn transact(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError>;

    /// Changes rows as [`Rows::transact`] does, by what is kept elsewhere and can be made of it again: everybody sees it at once, and it
    /// outlives this process; but a power cut may undo the last changes, the newest first and each as a whole.
    ///
    /// # Errors
    /// As [`Rows::transact`].
    fn transact_unflushed(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        self.transact(writes, now)
    }

    /// Returns rows of a partition in the order of their sort keys, by the bytes of these.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn query(&self, range: &Range, now: Timestamp) -> Result<Page, LedgerError>;
}

/// A part of a table that is kept and read together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// The table, as it is kept for the scope.
    pub table: String,
    /// The part of it.
    pub name: String,
}

/// Where a row lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The partition.
    pub partition: Partition,
    /// Which row of it.
    pub sort: String,
}

/// A row that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which row of its partition.
    pub sort: String,
    /// From 1, and one more with every change. A row that was deleted begins again.
    pub version: u64,
    /// What it holds.
    pub value: Object,
    /// From when it is answered no more.
    pub expires_at: Option<Timestamp>,
}

/// What is to happen to a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Where it lies.
    pub key: Key,
    /// What is to happen.
    pub change: Change,
    /// What must hold of the row that is there.
    pub condition: Condition,
    /// From when the row is answered no more, in whole seconds, rounded up. Without it a put row stays, and an updated row
    /// keeps the time it had.
    pub expires_at: Option<Timestamp>,
}

/// How a row is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// This takes the place of what is there. At most 400 kB, keys included.
    Put(Object),
    /// These members take the place of those with their names; the others stay. There must be a row.
    Update(Object),
    /// It goes. Where none is, it is gone already, and the condition is not asked.
    Delete,
    /// Nothing: only the condition counts.
    Keep,
}

/// What must hold of the row that is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Nothing.
    Always,
    /// There is none.
    Absent,
    /// There is one.
    Present,
    /// There is one of this version.
    Version(u64),
    /// There is one with a member of this name and value, which is a text, a number or a truth value.
    Member(String, Value),
}

/// Which rows of a partition are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The partition.
    pub partition: Partition,
    /// What their sort keys begin with; empty for all.
    pub prefix: String,
    /// The sort key after which to go on, as [`Page::resume`] told it.
    pub after: Option<String>,
    /// Whether the last comes first.
    pub descending: bool,
    /// How many at most; at least 1.
    pub limit: usize,
}

/// Some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Where to go on; `None` when there are no more.
    pub resume: Option<String>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It happened.
    Done {
        /// The version that the row has now; 0 where none is left.
        version: u64,
    },
    /// The condition did not hold. After an answer that was lost this may be because the change has happened: what is there
    /// tells.
    Refused,
}

/// What became of several changes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transacted {
    /// All happened.
    Done,
    /// None happened: the conditions at these places did not hold.
    Refused(Vec<usize>),
}

impl Partition {
    /// Names a partition of a room's table, in a scope.
    #[must_use]
    pub fn new(scope: &Scope, table: &str, name: &str) -> Self {
        Self { table: scope.qualify(table), name: name.to_owned() }
    }

    /// Names a row.
    #[must_use]
    pub fn key(&self, sort: &str) -> Key {
        Key { partition: self.clone(), sort: sort.to_owned() }
    }

    /// Names the rows whose sort keys begin in this way, the first ones first.
    #[must_use]
    pub fn begin(&self, prefix: &str, limit: usize) -> Range {
        Range { partition: self.clone(), prefix: prefix.to_owned(), after: None, descending: false, limit }
    }
}

impl Range {
    /// Asks for the last ones first.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { descending: true, ..self }
    }
}

impl Write {
    /// Puts a row, whatever is there.
    #[must_use]
    pub fn put(key: Key, value: Object) -> Self {
        Self::new(key, Change::Put(value))
    }

    /// Changes members of the row that is there.
    #[must_use]
    pub fn update(key: Key, members: Object) -> Self {
        Self::new(key, Change::Update(members))
    }

    /// Deletes a row.
    #[must_use]
    pub fn delete(key: Key) -> Self {
        Self::new(key, Change::Delete)
    }

    /// Changes nothing, for a condition among others.
    #[must_use]
    pub fn keep(key: Key) -> Self {
        Self::new(key, Change::Keep)
    }

    /// Makes it happen only while a condition holds.
    #[must_use]
    pub fn when(self, condition: Condition) -> Self {
        Self { condition, ..self }
    }

    /// Lets the row go at a time.
    #[must_use]
    pub fn until(self, expires_at: Timestamp) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    const fn new(key: Key, change: Change) -> Self {
        Self { key, change, condition: Condition::Always, expires_at: None }
    }

    /// Returns the second from which the row is answered no more.
    #[must_use]
    pub fn expires_secs(&self) -> Option<i64> {
        self.expires_at.map(|at| at.as_second().saturating_add(i64::from(at.subsec_nanosecond() > 0)))
    }

    /// Checks that changes can happen together, for those that implement [`Rows`].
    ///
    /// # Errors
    /// [`LedgerError::Unfit`] when they are too many, or a row is among them twice.
    pub fn together(writes: &[Self], place: &dyn Located) -> Result<(), LedgerError> {
        let unfit = |why| Err(LedgerError::Unfit { place: place.describe(), why });
        if writes.len() > MOST_TOGETHER {
            return unfit("more than 100 rows cannot be written together");
        }
        let keys: BTreeSet<&Key> = writes.iter().map(|write| &write.key).collect();
        if keys.len() < writes.len() { unfit("a row cannot be written twice together") } else { Ok(()) }
    }
}

impl Row {
    /// Reads what the row holds.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when it is something else.
    pub fn read<T: DeserializeOwned>(&self, what: &'static str, place: &dyn Located) -> Result<T, LedgerError> {
        let damaged = |_| LedgerError::Damaged { place: place.describe(), what };
        serde_json::from_value(Value::Object(self.value.clone())).map_err(damaged)
    }
}

/// Turns a value into what a row holds.
///
/// # Errors
/// [`LedgerError::Unfit`] when it is no object in JSON.
pub fn object(value: &impl Serialize, place: &dyn Located) -> Result<Object, LedgerError> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(LedgerError::Unfit { place: place.describe(), why: "a row must be an object" }),
    }
}
