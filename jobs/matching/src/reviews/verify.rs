//! Whether decisions are as they were written: the chain of the audit, and each row against its entry.

use carelake_core::hex;
use carelake_core::ledger::{Entry, Verdict};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::decide::{Desk, Noted};
use super::error::ReviewError;
use super::{moment, stream};
use crate::database::{Row, SqlError, values};
use crate::reference::ReferenceDatabase;

/// Entries that are read at once.
const PAGE: usize = 500;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Entries of the audit.
    pub entries: u64,
    /// The hash of the last.
    pub hash: Option<String>,
    /// The first entry that is not what was written, or that the rows do not say.
    pub broken: Option<u64>,
    /// A row without an entry.
    pub without_entry: Option<String>,
}

/// Checks decisions from the first on.
///
/// # Errors
/// [`ReviewError`] when ledger or database fails.
pub fn verify(reference: &ReferenceDatabase, desk: &Desk<'_>) -> Result<Checked, ReviewError> {
    let stream = stream(desk.matcher);
    let (entries, hash, mut broken) = match desk.audit.verify(&stream)? {
        Verdict::Whole { entries, hash } => (entries, Some(hash), None),
        Verdict::Broken { sequence } => (sequence.saturating_sub(1), None, Some(sequence)),
    };
    let mut after = 0;
    while broken.is_none() {
        let page = desk.audit.read(&stream, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        for entry in &page {
            if !says_the_same(reference, entry)? {
                broken = Some(entry.sequence);
                break;
            }
        }
    }
    let beyond: Option<String> = reference.read("reading decisions", |sql| {
        let statement = "SELECT decision_id FROM decision WHERE sequence > ?1 ORDER BY sequence LIMIT 1";
        sql.first(statement, values![entries], |row| row.get(0))
    })?;
    Ok(Checked { entries, hash, broken, without_entry: beyond.filter(|_| broken.is_none()) })
}

/// Returns whether the audit has the end that a run noted: how many entries there were, and the hash of the last.
///
/// # Errors
/// [`ReviewError`] when the ledger fails.
pub fn has_end(desk: &Desk<'_>, (entries, hash): (u64, &str)) -> Result<bool, ReviewError> {
    let Some(before) = entries.checked_sub(1) else { return Ok(true) };
    let last = desk.audit.read(&stream(desk.matcher), before, 1)?;
    Ok(last.first().is_some_and(|entry| entry.sequence == entries && entry.hash == hash))
}

/// Returns whether the rows of a decision say what its entry does.
fn says_the_same(reference: &ReferenceDatabase, entry: &Entry) -> Result<bool, ReviewError> {
    let Ok(noted) = serde_json::from_value::<Noted>(entry.event.what.clone().into()) else { return Ok(false) };
    let is_same = reference.read("reading decisions", |sql| {
        let statement =
            "SELECT decision_id, action, reviewer, decided_at, review_id, review_version, fingerprint, undoes, comment,
                     person_id, person_fingerprint, data_source, patient_id, record_data_source, record_patient_id
                   FROM decision WHERE sequence = ?1 ORDER BY decision_id";
        let (mut persons, mut is_first, mut is_same) = (Vec::new(), true, true);
        sql.each(statement, values![entry.sequence], &mut |row| {
            if is_same {
                is_same = row_says_the_same(row, entry, &noted, is_first)?;
                persons.extend(row.get::<Option<String>>(9)?);
                is_first = false;
            }
            Ok(())
        })?;
        Ok(is_same && !is_first && persons.iter().all(|person| noted.persons.contains(person)))
    })?;
    Ok(is_same)
}

/// Returns whether a row of a decision says what its entry does; the first row has its action.
fn row_says_the_same(row: &Row<'_>, entry: &Entry, noted: &Noted, is_first: bool) -> Result<bool, SqlError> {
    let event = &entry.event;
    let text = |at: usize| row.get::<Option<String>>(at);
    let id = text(0)?.unwrap_or_default();
    let comment: Option<String> = text(8)?.map(|comment| hex(&Sha256::digest(comment)));
    let is_ours = (id == event.id || id.starts_with(&format!("{}.", event.id)))
        && text(2)?.as_ref() == Some(&event.actor)
        && text(3)? == Some(moment(event.at))
        && text(4)? == noted.review
        && row.get::<i64>(5)? == noted.version
        && text(6)? == noted.fingerprint
        // A comment is not in the audit; one whose writer died before it was kept is lost.
        && (comment.is_none() || comment == noted.comment_sha256);
    if !is_ours || (is_first && text(1)?.as_deref() != Some(noted.action.word())) {
        return Ok(false);
    }
    // Of records the audit has the ids of the persons that each alone would be.
    let key = |at: usize| -> Result<Option<String>, SqlError> {
        let (source, id) = (text(at)?, text(at + 1)?);
        Ok(source.zip(id).map(|(source, id)| crate::index::person_id(&source, &id)))
    };
    let fingerprint = text(10)?;
    if fingerprint.as_ref().is_some_and(|it| !noted.person_fingerprints.contains(it)) {
        return Ok(false);
    }
    let named = [key(11)?, key(13)?];
    if noted.review.is_none() && !noted.persons.is_empty() && named.iter().flatten().count() != noted.persons.len() {
        return Ok(false);
    }
    Ok(text(7)? == noted.subject.clone().filter(|_| noted.action.word() == "undo"))
}
