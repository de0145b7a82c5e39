//! The questions that a run asks, and those that it takes back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use carelake_core::hex;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::moment;
use crate::database::{Kind as Of, SetOf, Sql, SqlError, Value, values};
use crate::reference::{Key, ReferenceDatabase, ReferenceError};
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
    reference: &mut ReferenceDatabase,
    asking: &Asking<'_>,
    reviews: &[NewReview],
) -> Result<Opened, ReferenceError> {
    reference.write("opening reviews", |sql| {
        open_in(sql, asking, reviews).map_err(ReferenceError::of(sql, "opening reviews"))
    })
}

const INSERT: SetOf = SetOf {
    columns: &[
        ("s1", Of::Text),
        ("s2", Of::Text),
        ("s3", Of::Text),
        ("s4", Of::Int),
        ("s5", Of::Text),
        ("s6", Of::Text),
        ("s7", Of::Text),
        ("s8", Of::Text),
        ("s9", Of::Text),
        ("s10", Of::Text),
        ("s11", Of::Int),
        ("s12", Of::Real),
        ("s13", Of::Text),
        ("s14", Of::Text),
        ("s15", Of::Text),
        ("s16", Of::Text),
        ("s17", Of::Int),
    ],
    statement: "INSERT INTO review (review_id, kind, run, outcomes_sequence, data_source, patient_id, feed, fingerprint, reason,
        candidates, more, weight, repairs, again, opened_at, state, version) {rows} ON CONFLICT DO NOTHING",
};

/// What was decided and is asked again, since a side changed.
const ASK_AGAIN: SetOf = SetOf {
    columns: &[("asked", Of::Text), ("changed", Of::Text), ("likely", Of::Text), ("at", Of::Text)],
    statement: "UPDATE review SET state = 'open', version = version + 1, again = {changed}, candidates = {likely}, settled_at = NULL,
            reserved_by = NULL, reserved_until = NULL, opened_at = {at} {from set}
        WHERE review_id = {asked} AND state NOT IN ('open', 'disputed', 'expired')",
};

/// What was taken back and is asked once more, as after an undone run.
const ASK_ANEW: SetOf = SetOf {
    columns: &[("asked", Of::Text), ("likely", Of::Text), ("because", Of::Text)],
    statement: "UPDATE review SET state = 'open', version = version + 1, settled_at = NULL, candidates = {likely}, reason = {because}
            {from set}
        WHERE review_id = {asked} AND state IN ('superseded', 'undone')",
};

const SUPERSEDE: SetOf = SetOf {
    columns: &[("asked", Of::Text), ("at", Of::Text)],
    statement: "UPDATE review SET state = 'superseded', version = version + 1, settled_at = {at} {from set} WHERE review_id = {asked}",
};

fn open_in(sql: &dyn Sql, asking: &Asking<'_>, reviews: &[NewReview]) -> Result<Opened, SqlError> {
    let mut opened = Opened::default();
    let now = moment(asking.now);
    drop_hidden_in(sql, asking.sequence.saturating_sub(1))?;
    let days = SignedDuration::from_hours(i64::from(asking.expire_days) * 24);
    let oldest = moment(asking.now.checked_sub(days).unwrap_or(Timestamp::MIN));
    let expire = "UPDATE review SET state = 'expired', version = version + 1, settled_at = ?2 WHERE state = 'open' AND opened_at < ?1";
    opened.expired = sql.change(expire, values![oldest, &now])?;
    // A question that comes twice is asked once.
    let asked: BTreeMap<String, &NewReview> =
        reviews.iter().map(|new| (review_id(asking.matcher, new), new)).rev().collect();
    let there: BTreeSet<String> =
        sql.rows("SELECT review_id FROM review", &[], |row| row.get(0))?.into_iter().collect();
    let new = asked.iter().filter(|(id, _)| !there.contains(*id));
    opened.new =
        sql.change_all(&INSERT, &new.flat_map(|(id, new)| inserted(asking, id, new, &now)).collect::<Vec<_>>())?;
    let known = || asked.iter().filter(|(id, _)| there.contains(*id));
    let again = known().filter_map(|(id, new)| Some((id, new, new.again.as_ref()?)));
    let again: Vec<Value<'_>> = again
        .flat_map(|(id, new, again)| [id.into(), again.into(), candidates(&new.candidates).into(), Value::from(&now)])
        .collect();
    opened.again = sql.change_all(&ASK_AGAIN, &again)?;
    let anew = known().filter(|(_, new)| new.again.is_none());
    let anew: Vec<Value<'_>> = anew
        .flat_map(|(id, new)| [Value::from(id), candidates(&new.candidates).into(), (&new.reason).into()])
        .collect();
    sql.change_all(&ASK_ANEW, &anew)?;
    let statement = "SELECT review_id FROM review WHERE state IN ('open', 'disputed')";
    let open: Vec<String> = sql.rows(statement, &[], |row| row.get(0))?;
    let gone: Vec<Value<'_>> =
        open.iter().filter(|id| !asked.contains_key(*id)).flat_map(|id| [Value::from(id), (&now).into()]).collect();
    opened.superseded = sql.change_all(&SUPERSEDE, &gone)?;
    Ok(opened)
}

fn inserted<'v>(asking: &'v Asking<'_>, id: &'v String, new: &'v NewReview, now: &'v String) -> [Value<'v>; 17] {
    [
        id.into(),
        new.kind.to_string().into(),
        asking.run.into(),
        asking.sequence.into(),
        (&new.key.data_source).into(),
        (&new.key.patient_id).into(),
        (&new.feed).into(),
        (&new.fingerprint).into(),
        (&new.reason).into(),
        candidates(&new.candidates).into(),
        new.more.into(),
        new.candidates.first().map(|first| first.weight).into(),
        serde_json::to_string(&new.repairs).unwrap_or_default().into(),
        (&new.again).into(),
        now.into(),
        "open".into(),
        1_u32.into(),
    ]
}

fn candidates(rivals: &[Rival]) -> String {
    serde_json::to_string(rivals).unwrap_or_default()
}

/// Returns of each question whether a column may be given the state that it is in: `accepted`, `rejected`, and so on, by id.
///
/// # Errors
/// [`ReferenceError`].
pub fn granted(reference: &ReferenceDatabase) -> Result<BTreeMap<String, String>, ReferenceError> {
    reference.read("reading what was granted", |sql| {
        let statement = "SELECT review_id, state FROM review WHERE kind = 'second'";
        Ok(sql.rows(statement, &[], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
    })
}

/// Takes out what an attempt asked that did not come to publish its outcomes, of a later sequence than is shown: nobody was shown it.
///
/// # Errors
/// [`ReferenceError`].
pub fn drop_hidden(reference: &mut ReferenceDatabase, shown: u64) -> Result<(), ReferenceError> {
    let action = "taking out reviews that were never shown";
    reference.write(action, |sql| drop_hidden_in(sql, shown).map_err(ReferenceError::of(sql, action)))
}

fn drop_hidden_in(sql: &dyn Sql, shown: u64) -> Result<(), SqlError> {
    let statement = "DELETE FROM review WHERE outcomes_sequence > ?1 AND version = 1 AND state = 'open'
       AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.review_id = review.review_id)";
    sql.change(statement, values![shown]).map(drop)
}

/// Returns how many questions wait for the outcomes of their run, which is of a later sequence than is shown.
///
/// # Errors
/// [`ReferenceError`].
pub fn hidden(reference: &ReferenceDatabase, shown: u64) -> Result<u64, ReferenceError> {
    reference.read("reading reviews", |sql| {
        let statement = "SELECT count(*) FROM review WHERE state = 'open' AND outcomes_sequence > ?1";
        sql.value::<i64>(statement, values![shown]).map(i64::unsigned_abs)
    })
}
