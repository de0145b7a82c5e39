//! Reviews as they are kept: one, the queue of them, and who looks at which.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::decide::{Action, Asked, Reviewer};
use super::error::ReviewError;
use super::moment;
use crate::database::{Kind, Row, SetOf, Sql, SqlError, Value, values};
use crate::reference::{Key, ReferenceDatabase, ReferenceError};
use crate::run::Rival;

/// Minutes for which a review is its looker's alone.
const RESERVED_MINS: i64 = 15;

/// A review.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// Its id.
    pub id: String,
    /// `record`, `second`, `cluster` or `sample`.
    pub kind: String,
    /// The execution that asked it.
    pub run: String,
    /// The record.
    pub key: Key,
    /// The feed that it came by.
    pub feed: String,
    /// The fingerprint of what is asked about.
    pub fingerprint: String,
    /// Why it is asked.
    pub reason: String,
    /// The persons that it may be, the likeliest first.
    pub candidates: Vec<Rival>,
    /// How many more there are.
    pub more: i64,
    /// Bits of evidence for the first.
    pub weight: Option<f64>,
    /// Columns that would be given.
    pub repairs: Vec<String>,
    /// What changed since it was decided, where it is asked again.
    pub again: Option<String>,
    /// When it was asked.
    pub opened_at: String,
    /// `open`, `accepted`, `rejected`, `disputed`, `superseded`, `expired` or `undone`.
    pub state: String,
    /// Grows with every answer.
    pub version: i64,
    /// How often it was put back.
    pub skips: i64,
    /// Who looks at it, and until when.
    pub reserved: Option<(String, String)>,
    /// Who is asked.
    pub assigned_to: Option<String>,
}

/// Reviews by their ids, as [`read`] reads them.
const BY_ID: SetOf = SetOf {
    columns: &[("wanted", Kind::Text)],
    statement: "SELECT review_id, kind, run, data_source, patient_id, feed, fingerprint, reason, candidates, more, weight, repairs, again,
        opened_at, state, version, skips, reserved_by, reserved_until, assigned_to FROM review{, set} WHERE review_id = {wanted}",
};

fn read(row: &Row<'_>) -> Result<Review, SqlError> {
    let json = |at: usize| -> Result<String, SqlError> { row.get(at) };
    let (by, until): (Option<String>, Option<String>) = (row.get(17)?, row.get(18)?);
    Ok(Review {
        id: row.get(0)?,
        kind: row.get(1)?,
        run: row.get(2)?,
        key: Key { data_source: row.get(3)?, patient_id: row.get(4)? },
        feed: row.get(5)?,
        fingerprint: row.get(6)?,
        reason: row.get(7)?,
        candidates: serde_json::from_str(&json(8)?).unwrap_or_default(),
        more: row.get(9)?,
        weight: row.get(10)?,
        repairs: serde_json::from_str(&json(11)?).unwrap_or_default(),
        again: row.get(12)?,
        opened_at: row.get(13)?,
        state: row.get(14)?,
        version: row.get(15)?,
        skips: row.get(16)?,
        reserved: by.zip(until),
        assigned_to: row.get(19)?,
    })
}

pub(super) fn review_in(sql: &dyn Sql, id: &str) -> Result<Option<Review>, SqlError> {
    Ok(sql.rows_of(&BY_ID, values![id], read)?.pop())
}

/// Returns reviews in the order of their ids as they are given.
pub(super) fn reviews_in(sql: &dyn Sql, ids: &[String]) -> Result<Vec<Review>, SqlError> {
    let values: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
    let found = sql.rows_of(&BY_ID, &values, read)?;
    let mut found: BTreeMap<String, Review> = found.into_iter().map(|review| (review.id.clone(), review)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Returns a review.
///
/// # Errors
/// [`ReviewError::Unknown`] when there is none.
pub fn review(reference: &ReferenceDatabase, id: &str) -> Result<Review, ReviewError> {
    let found = reference.read("reading a review", |sql| review_in(sql, id))?;
    found.ok_or_else(|| ReviewError::Unknown { what: "review", name: id.to_owned() })
}

/// Makes a review its looker's alone for a while. One that another looks at stays theirs.
///
/// # Errors
/// [`ReviewError::Reserved`].
pub fn reserve(reference: &mut ReferenceDatabase, id: &str, looker: &str, now: Timestamp) -> Result<(), ReviewError> {
    let until = moment(now.checked_add(SignedDuration::from_mins(RESERVED_MINS)).unwrap_or(now));
    reference.write("reserving a review", |sql| {
        let failed = ReferenceError::of(sql, "reserving a review");
        let statement = "UPDATE review SET reserved_by = ?2, reserved_until = ?3 WHERE review_id = ?1
                   AND (reserved_by IS NULL OR reserved_by = ?2 OR reserved_until <= ?4)";
        let taken = sql.change(statement, values![id, looker, until, moment(now)]).map_err(&failed)?;
        let review = review_in(sql, id).map_err(&failed)?;
        match review.and_then(|review| review.reserved) {
            Some((by, until)) if taken == 0 => Err(ReviewError::Reserved { review: id.to_owned(), by, until }),
            _ => Ok(()),
        }
    })
}

impl Review {
    /// Returns kind and reason as a reviewer sees them: a blind check tells neither.
    #[must_use]
    pub fn seen(&self) -> (&str, &str) {
        if self.kind == "sample" { ("record", "weight") } else { (&self.kind, &self.reason) }
    }

    /// Refuses an answer to another version, one whose turn it is not, and one that the same person gave.
    pub(super) fn admits(
        &self,
        sql: &dyn Sql,
        now: Timestamp,
        reviewer: Reviewer<'_>,
        asked: &Asked,
    ) -> Result<(), ReviewError> {
        let failed = ReferenceError::of(sql, "deciding");
        let is_answer = matches!(asked.action, Action::Accept | Action::Reject);
        let is_open = matches!(self.state.as_str(), "open" | "disputed");
        let seen = asked.version.unwrap_or(self.version);
        if asked.action != Action::Comment && (seen != self.version || !is_open) {
            let statement = "SELECT reviewer || ' said ' || action FROM decision WHERE review_id = ?1 ORDER BY sequence DESC LIMIT 1";
            let by: Option<String> = sql.first(statement, values![&self.id], |row| row.get(0)).map_err(&failed)?;
            let by = by.map(|by| format!("; {by}")).unwrap_or_default();
            let (review, now, state) = (self.id.clone(), self.version, self.state.clone());
            return Err(ReviewError::Moved { review, seen, now, state, by });
        }
        let held = self.reserved.as_ref().filter(|(by, until)| by != reviewer.name && *until > moment(now));
        if let Some((by, until)) = held.filter(|_| is_answer) {
            return Err(ReviewError::Reserved { review: self.id.clone(), by: by.clone(), until: until.clone() });
        }
        if !is_answer {
            return Ok(());
        }
        if self.state == "disputed" && !reviewer.is_lead {
            return Err(ReviewError::NotAllowed { what: "settling a dispute" });
        }
        if self.is_of_group() && !reviewer.is_lead {
            return Err(ReviewError::NotAllowed { what: "merging persons" });
        }
        if self.kind == "second" {
            let statement = "SELECT 1 FROM decision d WHERE review_id = ?1 AND reviewer = ?2 AND action IN ('accept', 'reject')
                       AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))";
            let same = sql.first(statement, values![&self.id, reviewer.name], |_| Ok(()));
            if same.map_err(&failed)?.is_some() {
                return Err(ReviewError::SamePerson { review: self.id.clone(), by: reviewer.name.to_owned() });
            }
        }
        let named: Vec<&String> = self.candidates.iter().map(|rival| &rival.person).collect();
        if let Some(other) = asked.persons.iter().find(|person| !named.contains(person)) {
            return Err(ReviewError::Unknown { what: "candidate", name: other.clone() });
        }
        if asked.action == Action::Accept && asked.persons.len() > 1 && !self.is_of_group() {
            return Err(ReviewError::Unfit { why: "a record is one person; name one".to_owned() });
        }
        Ok(())
    }
}
