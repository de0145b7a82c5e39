//! The questions that a run asks, and those that it takes back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use carelake_core::hex;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::moment;
use crate::reference::{Key, ReferenceError, SqliteReference};
use crate::run::Rival;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Which of these persons a record is.
    Record,
    /// Whether a column may be given that needs two people.
    Second,
    /// Whether records of the reference are one person.
    Cluster,
    /// The same as of a record, to measure how often runs and people agree.
    Sample,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "record",
            Self::Second => "second",
            Self::Cluster => "cluster",
            Self::Sample => "sample",
        })
    }
}

/// A question that a run asks.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReview {
    /// What is asked.
    pub kind: Kind,
    /// The record; of a cluster its least key.
    pub key: Key,
    /// The feed that it came by.
    pub feed: String,
    /// The fingerprint of what is asked about, in hexadecimal.
    pub fingerprint: String,
    /// Why it is asked.
    pub reason: String,
    /// The persons that it may be, at most ten.
    pub candidates: Vec<Rival>,
    /// How many more there are.
    pub more: u32,
    /// Columns that would be given.
    pub repairs: Vec<String>,
    /// What changed since it was decided, where it is asked again.
    pub again: Option<String>,
}

/// What became of questions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Asked for the first time.
    pub new: u64,
    /// Asked again, since a side changed.
    pub again: u64,
    /// Not asked any more, since the run settled them or the row is another.
    pub superseded: u64,
    /// Not answered in time.
    pub expired: u64,
}

/// Returns the id of a question: the same for the same question.
#[must_use]
pub fn review_id(matcher: &str, new: &NewReview) -> String {
    let Key { data_source, patient_id } = &new.key;
    let parts = [matcher, &new.kind.to_string(), data_source, patient_id, &new.fingerprint];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    hex(&hash.finalize()).chars().take(32).collect()
}

/// Where questions are asked from: the matcher, the run, and the sequence of `outcomes` from which on they are shown.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The matcher.
    pub matcher: &'a str,
    /// The run.
    pub run: &'a str,
    /// The sequence.
    pub sequence: u64,
    /// Days after which a question is dropped.
    pub expire_days: u32,
    /// The time now.
    pub now: Timestamp,
}

/// Asks what a run asks, and takes back what it asks no more. A question that was asked before is not asked again, unless a side of what
/// was decided changed.
///
/// # Errors
/// [`ReferenceError`].
pub fn open(
    reference: &mut SqliteReference,
    asking: &Asking<'_>,
    reviews: &[NewReview],
) -> Result<Opened, ReferenceError> {
    reference.write("opening reviews", |path, transaction| {
        open_in(transaction, asking, reviews).map_err(ReferenceError::of(path, "opening reviews"))
    })
}

fn open_in(
    transaction: &Transaction<'_>,
    asking: &Asking<'_>,
    reviews: &[NewReview],
) -> Result<Opened, rusqlite::Error> {
    let mut opened = Opened::default();
    let now = moment(asking.now);
    let sequence = i64::try_from(asking.sequence).unwrap_or(i64::MAX);
    // What an attempt asked that did not come to publish was never shown.
    transaction.execute(
        "DELETE FROM review WHERE outcomes_sequence >= ?1 AND version = 1 AND state = 'open'
           AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.review_id = review.review_id)",
        [sequence],
    )?;
    let days = SignedDuration::from_hours(i64::from(asking.expire_days) * 24);
    let oldest = moment(asking.now.checked_sub(days).unwrap_or(Timestamp::MIN));
    let expire = "UPDATE review SET state = 'expired', version = version + 1, settled_at = ?2 WHERE state = 'open' AND opened_at < ?1";
    opened.expired = transaction.execute(expire, params![oldest, now])? as u64;
    let mut asked = BTreeSet::new();
    for new in reviews {
        let id = review_id(asking.matcher, new);
        let inserted = insert(transaction, asking, (&id, new), (sequence, &now))?;
        if inserted {
            opened.new += 1;
        } else if new.again.is_some() {
            let sql = "UPDATE review SET state = 'open', version = version + 1, again = ?2, candidates = ?3, settled_at = NULL,
                         reserved_by = NULL, reserved_until = NULL, opened_at = ?4
                       WHERE review_id = ?1 AND state NOT IN ('open', 'disputed', 'expired')";
            opened.again += transaction.execute(sql, params![id, new.again, candidates(&new.candidates), now])? as u64;
        } else {
            // What was taken back and is asked once more, as after an undone run.
            let sql = "UPDATE review SET state = 'open', version = version + 1, settled_at = NULL, candidates = ?2, reason = ?3
                       WHERE review_id = ?1 AND state IN ('superseded', 'undone')";
            transaction.execute(sql, params![id, candidates(&new.candidates), new.reason])?;
        }
        asked.insert(id);
    }
    let mut statement = transaction.prepare("SELECT review_id FROM review WHERE state IN ('open', 'disputed')")?;
    let open = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let sql = "UPDATE review SET state = 'superseded', version = version + 1, settled_at = ?2 WHERE review_id = ?1";
    let mut supersede = transaction.prepare(sql)?;
    for id in open.iter().filter(|id| !asked.contains(*id)) {
        opened.superseded += supersede.execute(params![id, now])? as u64;
    }
    Ok(opened)
}

fn insert(
    transaction: &Transaction<'_>,
    asking: &Asking<'_>,
    (id, new): (&str, &NewReview),
    (sequence, now): (i64, &str),
) -> Result<bool, rusqlite::Error> {
    let sql = "INSERT INTO review (review_id, kind, run, outcomes_sequence, data_source, patient_id, feed, fingerprint, reason,
                 candidates, more, weight, repairs, again, opened_at, state, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 'open', 1) ON CONFLICT DO NOTHING";
    let inserted = transaction.prepare_cached(sql)?.execute(params![
        id,
        new.kind.to_string(),
        asking.run,
        sequence,
        new.key.data_source,
        new.key.patient_id,
        new.feed,
        new.fingerprint,
        new.reason,
        candidates(&new.candidates),
        new.more,
        new.candidates.first().map(|first| first.weight),
        serde_json::to_string(&new.repairs).unwrap_or_default(),
        new.again,
        now,
    ])?;
    Ok(inserted > 0)
}

fn candidates(rivals: &[Rival]) -> String {
    serde_json::to_string(rivals).unwrap_or_default()
}

/// Returns of each question whether a column may be given the state that it is in: `accepted`, `rejected`, and so on, by id.
///
/// # Errors
/// [`ReferenceError`].
pub fn granted(reference: &SqliteReference) -> Result<BTreeMap<String, String>, ReferenceError> {
    reference.read("reading what was granted", |connection| {
        let mut statement = connection.prepare_cached("SELECT review_id, state FROM review WHERE kind = 'second'")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    })
}
