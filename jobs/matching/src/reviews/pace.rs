//! What somebody decided today, what they decided last, and what they said before.

use jiff::Timestamp;

use super::history::{PAST, Past, past};
use super::moment;
use crate::database::values;
use crate::reference::{ReferenceDatabase, ReferenceError};

/// Counts what somebody answered since a moment.
///
/// # Errors
/// [`ReferenceError`].
pub fn answered_since(reference: &ReferenceDatabase, reviewer: &str, since: Timestamp) -> Result<u64, ReferenceError> {
    reference.read("counting decisions", |sql| {
        let statement = "SELECT count(DISTINCT sequence) FROM decision d WHERE reviewer = ?1 AND decided_at >= ?2 AND action IN ('accept', 'reject')
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))";
        sql.value(statement, values![reviewer, moment(since)])
    })
}

/// Returns what somebody decided last.
///
/// # Errors
/// [`ReferenceError`].
pub fn last_of(reference: &ReferenceDatabase, reviewer: &str) -> Result<Option<Past>, ReferenceError> {
    reference.read("reading decisions", |sql| {
        let statement = format!(
            "SELECT {PAST} FROM decision d WHERE reviewer = ?1 AND action <> 'comment' ORDER BY decided_at DESC, sequence DESC, decision_id LIMIT 1"
        );
        sql.first(&statement, values![reviewer], past)
    })
}

/// Returns the decision that somebody made of this kind on a version of a review, or that took this decision back.
///
/// # Errors
/// [`ReferenceError`].
pub fn said_before(
    reference: &ReferenceDatabase,
    reviewer: &str,
    action: &str,
    (review, version, undoes): (Option<&str>, i64, Option<&str>),
) -> Result<bool, ReferenceError> {
    reference.read("reading decisions", |sql| {
        let statement = "SELECT 1 FROM decision WHERE reviewer = ?1 AND action = ?2
                   AND CASE WHEN CAST(?5 AS TEXT) IS NULL THEN review_id = ?3 AND review_version = ?4 ELSE undoes = ?5 END LIMIT 1";
        Ok(sql.first(statement, values![reviewer, action, review, version, undoes], |_| Ok(()))?.is_some())
    })
}

/// Returns the review that a decision is about.
///
/// # Errors
/// [`ReferenceError`].
pub fn review_of(reference: &ReferenceDatabase, decision: &str) -> Result<Option<String>, ReferenceError> {
    reference.read("reading decisions", |sql| {
        let statement = "SELECT review_id FROM decision WHERE decision_id = ?1";
        Ok(sql.first(statement, values![decision], |row| row.get(0))?.flatten())
    })
}

/// Returns how many records of the reference have a value in a field, and how many have any. Values are known by their hashes.
///
/// # Errors
/// [`ReferenceError`].
pub fn how_common(reference: &ReferenceDatabase, field: &str, value: u64) -> Result<(u64, u64), ReferenceError> {
    reference.read("reading how common a value is", |sql| {
        let one = "SELECT count FROM term_frequency WHERE field = ?1 AND value = ?2";
        let all = "SELECT coalesce(sum(count), 0) FROM term_frequency WHERE field = ?1";
        let having = sql.first(one, values![field, value], |row| row.get(0))?.unwrap_or_default();
        Ok((having, sql.value(all, values![field])?))
    })
}
