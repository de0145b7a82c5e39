//! What somebody decided today, what they decided last, and what they said before.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::history::{PAST, Past, past};
use super::moment;
use crate::reference::{ReferenceError, SqliteReference};

/// Counts what somebody answered since a moment.
///
/// # Errors
/// [`ReferenceError`].
pub fn answered_since(reference: &SqliteReference, reviewer: &str, since: Timestamp) -> Result<u64, ReferenceError> {
    reference.read("counting decisions", |connection| {
        let sql = "SELECT count(DISTINCT sequence) FROM decision d WHERE reviewer = ?1 AND decided_at >= ?2 AND action IN ('accept', 'reject')
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))";
        let count: i64 =
            connection.prepare_cached(sql)?.query_row(params![reviewer, moment(since)], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    })
}

/// Returns what somebody decided last.
///
/// # Errors
/// [`ReferenceError`].
pub fn last_of(reference: &SqliteReference, reviewer: &str) -> Result<Option<Past>, ReferenceError> {
    reference.read("reading decisions", |connection| {
        let sql = format!(
            "SELECT {PAST} FROM decision d WHERE reviewer = ?1 AND action <> 'comment' ORDER BY decided_at DESC, sequence DESC, decision_id LIMIT 1"
        );
        connection.prepare_cached(&sql)?.query_row([reviewer], past).optional()
    })
}

/// Returns the decision that somebody made of this kind on a version of a review, or that took this decision back.
///
/// # Errors
/// [`ReferenceError`].
pub fn said_before(
    reference: &SqliteReference,
    reviewer: &str,
    action: &str,
    (review, version, undoes): (Option<&str>, i64, Option<&str>),
) -> Result<bool, ReferenceError> {
    reference.read("reading decisions", |connection| {
        let sql = "SELECT 1 FROM decision WHERE reviewer = ?1 AND action = ?2
                   AND CASE WHEN ?5 IS NULL THEN review_id = ?3 AND review_version = ?4 ELSE undoes = ?5 END LIMIT 1";
        let values = params![reviewer, action, review, version, undoes];
        Ok(connection.prepare_cached(sql)?.query_row(values, |_| Ok(())).optional()?.is_some())
    })
}

/// Returns the review that a decision is about.
///
/// # Errors
/// [`ReferenceError`].
pub fn review_of(reference: &SqliteReference, decision: &str) -> Result<Option<String>, ReferenceError> {
    reference.read("reading decisions", |connection| {
        let sql = "SELECT review_id FROM decision WHERE decision_id = ?1";
        Ok(connection.prepare_cached(sql)?.query_row([decision], |row| row.get(0)).optional()?.flatten())
    })
}

/// Returns how many records of the reference have a value in a field, and how many have any. Values are known by their hashes.
///
/// # Errors
/// [`ReferenceError`].
pub fn how_common(reference: &SqliteReference, field: &str, value: u64) -> Result<(u64, u64), ReferenceError> {
    reference.read("reading how common a value is", |connection| {
        let one = "SELECT count FROM term_frequency WHERE field = ?1 AND value = ?2";
        let one = connection.prepare_cached(one)?.query_row(params![field, value.cast_signed()], |row| row.get(0));
        let all = "SELECT coalesce(sum(count), 0) FROM term_frequency WHERE field = ?1";
        let all: i64 = connection.prepare_cached(all)?.query_row([field], |row| row.get(0))?;
        Ok((one.optional()?.unwrap_or(0_i64).unsigned_abs(), all.unsigned_abs()))
    })
}
