//! Who did what: streams of entries that are added to and never changed.
//!
//! Each entry holds the SHA-256 of the one before it, so that one that is changed, taken out or slipped in breaks the chain.
//! Only the end can be cut without breaking it: [`Verdict::Whole`] tells count and hash, which whoever wants to see that keeps
//! elsewhere.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::LedgerError;
use super::rows::{Condition, Object, Partition, Row, Rows, Transacted, Write, object};
use crate::hex;
use crate::names::Scope;

/// The sort key of the row that tells how long the chain is.
const HEAD: &str = "head";
/// The partition with the names of the streams; no stream has a name like it.
const STREAMS: &str = ".streams";
/// What the sort keys of entries begin with.
const ENTRY: &str = "entry/";
/// Entries that are read at once.
const PAGE: usize = 500;
/// How often an entry is tried when others are added at the same moment: each time one of them gets on.
const MOST_TRIES: u64 = 200;
/// The longest wait between two tries.
const LONGEST_WAIT_MILLIS: u64 = 20;

/// The streams of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What tells it from every other of its stream; adding it again adds nothing.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who: a name of the operating system or of a token, never a person of the data.
    pub actor: String,
    /// What, without a value from the data.
    pub what: Object,
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in the stream, from 1.
    pub sequence: u64,
    /// The hash of the entry before it; empty for the first.
    pub previous: String,
    /// SHA-256, in hexadecimal, of number, previous hash and event.
    pub hash: String,
    /// What happened.
    pub event: Event,
}

/// Whether a stream is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry follows from the one before.
    Whole {
        /// How many there are.
        entries: u64,
        /// The hash of the last; empty when there is none.
        hash: String,
    },
    /// It is not.
    Broken {
        /// The number of the first entry that is missing, or is not what was written.
        sequence: u64,
    },
}

/// How long a chain is, and its last hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    sequence: u64,
    hash: String,
}

impl<'r> Audit<'r> {
    /// Opens the streams of a scope.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    /// Adds an event to the end of a stream. Answers its number; of an event whose id is there already, the number it has.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others were always first, or the ledger fails.
    pub fn append(&self, stream: &str, event: &Event) -> Result<u64, LedgerError> {
        let of = self.stream(stream);
        for attempt in 1..=MOST_TRIES {
            let id = of.key(&format!("id/{}", event.id));
            if let Some(known) = self.rows.get(&id, event.at)? {
                return Ok(self.read_row::<Head>(&known)?.sequence);
            }
            let there = self.rows.get(&of.key(HEAD), event.at)?;
            let head = there.as_ref().map(|row| self.read_row::<Head>(row)).transpose()?.unwrap_or_default();
            let entry = Entry::after(&head, event.clone());
            let next = object(&Head { sequence: entry.sequence, hash: entry.hash.clone() }, self.rows)?;
            let unmoved = there.map_or(Condition::Absent, |row| Condition::Version(row.version));
            let mut writes = vec![
                Write::put(of.key(HEAD), next.clone()).when(unmoved),
                Write::put(of.key(&sort(entry.sequence)), object(&entry, self.rows)?).when(Condition::Absent),
                Write::put(id, next).when(Condition::Absent),
            ];
            if entry.sequence == 1 {
                let name = object(&json!({"stream": stream}), self.rows)?;
                writes.push(Write::put(self.stream(STREAMS).key(stream), name));
            }
            match self.rows.transact(&writes, event.at)? {
                Transacted::Done => return Ok(entry.sequence),
                // An entry is where the end should be: the head was set back, and nothing can be added before that is mended.
                Transacted::Refused(at) if at == [1] => return Err(self.damaged()),
                Transacted::Refused(_) => thread::sleep(Duration::from_millis(attempt.min(LONGEST_WAIT_MILLIS))),
            }
        }
        Err(LedgerError::Busy { place: self.rows.describe() })
    }

    /// Returns entries of a stream after a number, in order, as they are kept: whether they are whole tells
    /// [`Audit::verify`].
    ///
    /// # Errors
    /// [`LedgerError`] when one cannot be read, or the ledger fails.
    pub fn read(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<Entry>, LedgerError> {
        let mut range = self.stream(stream).begin(ENTRY, limit);
        range.after = Some(sort(after));
        let page = self.rows.query(&range, Timestamp::MIN)?;
        page.rows.iter().map(|row| self.read_row(row)).collect()
    }

    /// Returns the last entries of a stream, in order, as they are kept.
    ///
    /// # Errors
    /// As [`Audit::read`].
    pub fn last(&self, stream: &str, limit: usize) -> Result<Vec<Entry>, LedgerError> {
        let page = self.rows.query(&self.stream(stream).begin(ENTRY, limit.max(1)).descending(), Timestamp::MIN)?;
        page.rows.iter().rev().map(|row| self.read_row(row)).collect()
    }

    /// Returns the names of the streams that have entries, in their order.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn streams(&self) -> Result<Vec<String>, LedgerError> {
        let (mut found, mut range) = (Vec::new(), self.stream(STREAMS).begin("", PAGE));
        loop {
            let page = self.rows.query(&range, Timestamp::MIN)?;
            found.extend(page.rows.into_iter().map(|row| row.sort));
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Checks a stream from its beginning. Entries that are added meanwhile are not looked at.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn verify(&self, stream: &str) -> Result<Verdict, LedgerError> {
        let of = self.stream(stream);
        let head = match self.rows.get(&of.key(HEAD), Timestamp::MIN)? {
            Some(row) => self.read_row(&row)?,
            None => Head::default(),
        };
        let (mut reached, mut range) = (Head::default(), of.begin(ENTRY, PAGE));
        loop {
            let page = self.rows.query(&range, Timestamp::MIN)?;
            for row in &page.rows {
                if reached.sequence == head.sequence && head.sequence > 0 {
                    break;
                }
                let sequence = reached.sequence.saturating_add(1);
                let entry = self.read_row::<Entry>(row).ok();
                let follows = |entry: &Entry| *entry == Entry::after(&reached, entry.event.clone());
                let Some(entry) = entry.filter(|entry| row.sort == sort(sequence) && follows(entry)) else {
                    return Ok(Verdict::Broken { sequence });
                };
                reached = Head { sequence, hash: entry.hash };
            }
            range.after = page.resume;
            if range.after.is_none() {
                break;
            }
        }
        if reached == head {
            Ok(Verdict::Whole { entries: reached.sequence, hash: reached.hash })
        } else {
            Ok(Verdict::Broken { sequence: reached.sequence.saturating_add(1) })
        }
    }

    fn stream(&self, stream: &str) -> Partition {
        Partition::new(self.scope, "audit", stream)
    }

    fn read_row<T: serde::de::DeserializeOwned>(&self, row: &Row) -> Result<T, LedgerError> {
        row.read("an entry of the audit", self.rows)
    }

    fn damaged(&self) -> LedgerError {
        LedgerError::Damaged { place: self.rows.describe(), what: "the end of a stream of the audit" }
    }
}

impl Entry {
    /// Makes the entry that an event has after others.
    fn after(head: &Head, event: Event) -> Self {
        let sequence = head.sequence.saturating_add(1);
        let Event { id, at, actor, what } = &event;
        let hashed = json!([sequence, head.hash, id, at, actor, sorted(&Value::Object(what.clone()))]);
        let hash = hex(&Sha256::digest(hashed.to_string()));
        Self { sequence, previous: head.hash.clone(), hash, event }
    }
}

/// Returns the sort key of an entry: twenty digits, so that the order of the keys is that of the numbers.
fn sort(sequence: u64) -> String {
    format!("{ENTRY}{sequence:020}")
}

/// Returns a value whose members are in the order of their names, as no ledger keeps their order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: BTreeMap<&String, Value> = members.iter().map(|(name, value)| (name, sorted(value))).collect();
            Value::Object(ordered.into_iter().map(|(name, value)| (name.clone(), value)).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        _ => value.clone(),
    }
}
