//! Carries a decision out that is in the audit.

use std::path::Path;

use carelake_core::ledger::Event;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

use super::decide::{Action, Desk, Noted};
use super::error::ReviewError;
use super::moment;
use super::review::{Review, review_in};
use crate::reference::{Key, ReferenceError, regroup};

/// Returns the least record of the person that an id was given for: also of one that is one with another now.
pub(super) fn key_of_person(connection: &Connection, person_id: &str) -> Result<Option<Key>, rusqlite::Error> {
    let sql = "SELECT data_source, patient_id FROM reference_record WHERE record = (SELECT record FROM person WHERE person_id = ?1)";
    let read = |row: &rusqlite::Row<'_>| Ok(Key { data_source: row.get(0)?, patient_id: row.get(1)? });
    connection.prepare_cached(sql)?.query_row([person_id], read).optional()
}

/// Writes a decision down and changes what follows from it: the state of its review, and who is one with whom.
pub(super) fn apply(
    path: &Path,
    transaction: &Transaction<'_>,
    desk: &Desk<'_>,
    entry: (u64, &Event),
    noted: &Noted,
    comment: Option<&str>,
) -> Result<(), ReviewError> {
    let failed = ReferenceError::of(path, "carrying a decision out");
    let review = noted.review.as_ref().map(|id| review_in(transaction, id)).transpose().map_err(&failed)?.flatten();
    let applying = Applying { transaction, entry, noted, comment, review };
    let touched = applying.write().map_err(&failed)?;
    if let Some(review) = &applying.review {
        applying.settle(review).map_err(&failed)?;
    }
    if !touched.is_empty() {
        regroup(path, transaction, desk.linker, &touched)?;
    }
    Ok(())
}

struct Applying<'a> {
    transaction: &'a Transaction<'a>,
    entry: (u64, &'a Event),
    noted: &'a Noted,
    comment: Option<&'a str>,
    review: Option<Review>,
}

impl Applying<'_> {
    /// Writes the rows; answers the records whose groups are others now.
    fn write(&self) -> Result<Vec<Key>, rusqlite::Error> {
        let noted = self.noted;
        let keys: Vec<Option<Key>> =
            noted.persons.iter().map(|person| key_of_person(self.transaction, person)).collect::<Result<_, _>>()?;
        let about = self.review.as_ref().map(|review| review.key.clone());
        let mut touched = Vec::new();
        match noted.action {
            Action::Accept if self.review.as_ref().is_some_and(Review::is_of_group) => {
                let keys: Vec<Key> = keys.into_iter().flatten().collect();
                self.row(0, "accept", about.as_ref(), None, None)?;
                for (number, pair) in keys.windows(2).enumerate() {
                    if let [one, other] = pair {
                        self.row(number + 1, "merge", Some(one), Some((None, other)), None)?;
                    }
                }
                touched = keys;
            }
            Action::Accept | Action::Reject => {
                if keys.is_empty() {
                    self.row(0, noted.action.word(), about.as_ref(), None, None)?;
                }
                for (number, ((person, key), fingerprint)) in
                    noted.persons.iter().zip(&keys).zip(&noted.person_fingerprints).enumerate()
                {
                    let Some(key) = key else { continue };
                    self.row(
                        number,
                        noted.action.word(),
                        about.as_ref(),
                        Some((Some(person), key)),
                        Some(fingerprint),
                    )?;
                }
            }
            Action::Merge => {
                if let [Some(one), Some(other)] = keys.as_slice() {
                    self.row(0, "merge", Some(one), Some((noted.persons.first(), other)), None)?;
                    touched = vec![one.clone(), other.clone()];
                }
            }
            Action::Split => {
                if let [Some(one)] = keys.as_slice() {
                    self.row(0, "split", Some(one), None, None)?;
                    touched = vec![one.clone()];
                }
            }
            Action::Undo => {
                self.row(0, "undo", None, None, None)?;
                touched = self.undone()?;
            }
            Action::Skip | Action::Assign | Action::Comment => {
                self.row(0, noted.action.word(), about.as_ref(), None, None)?;
            }
        }
        Ok(touched)
    }

    fn row(
        &self,
        number: usize,
        action: &str,
        about: Option<&Key>,
        person: Option<(Option<&String>, &Key)>,
        person_fingerprint: Option<&String>,
    ) -> Result<(), rusqlite::Error> {
        let (sequence, event) = self.entry;
        let id = if number == 0 { event.id.clone() } else { format!("{}.{number}", event.id) };
        let levels = person.and_then(|(person, _)| {
            let rivals = &self.review.as_ref()?.candidates;
            rivals.iter().find(|rival| Some(&rival.person) == person).map(|rival| rival.levels.clone())
        });
        let detail = levels.map_or_else(|| json!({}), |levels| json!({ "levels": levels }));
        let sql = "INSERT OR IGNORE INTO decision (decision_id, sequence, review_id, action, reviewer, decided_at, review_version,
                     data_source, patient_id, person_id, record_data_source, record_patient_id, fingerprint,
                     person_fingerprint, undoes, comment, detail)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
        let noted = self.noted;
        let undoes = noted.subject.as_ref().filter(|_| noted.action == Action::Undo);
        self.transaction.prepare_cached(sql)?.execute(params![
            id,
            sequence.cast_signed(),
            noted.review,
            action,
            event.actor,
            moment(event.at),
            noted.version,
            about.map(|key| &key.data_source),
            about.map(|key| &key.patient_id),
            person.and_then(|(person, _)| person),
            person.map(|(_, key)| &key.data_source),
            person.map(|(_, key)| &key.patient_id),
            noted.fingerprint,
            person_fingerprint,
            undoes,
            self.comment,
            detail.to_string(),
        ])?;
        Ok(())
    }

    /// Opens the review of a decision again that is taken back; answers the records that it had put together or apart.
    fn undone(&self) -> Result<Vec<Key>, rusqlite::Error> {
        let subject = self.noted.subject.clone().unwrap_or_default();
        let sql =
            "SELECT review_id, action, data_source, patient_id, record_data_source, record_patient_id FROM decision
                   WHERE decision_id = ?1 OR decision_id LIKE ?1 || '.%'";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows = statement.query([&subject])?;
        let mut touched = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(review) = row.get::<_, Option<String>>(0)? {
                let sql = "UPDATE review SET state = 'open', version = version + 1, settled_at = NULL
                           WHERE review_id = ?1 AND state IN ('accepted', 'rejected', 'disputed')";
                self.transaction.prepare_cached(sql)?.execute([review])?;
            }
            if matches!(row.get_ref(1)?.as_str()?, "merge" | "split") {
                let key = |at: usize| -> Result<Option<Key>, rusqlite::Error> {
                    let (source, id): (Option<String>, Option<String>) = (row.get(at)?, row.get(at + 1)?);
                    Ok(source.zip(id).map(|(data_source, patient_id)| Key { data_source, patient_id }))
                };
                touched.extend(key(2)?);
                touched.extend(key(4)?);
            }
        }
        Ok(touched)
    }

    /// Changes the state of the review.
    fn settle(&self, review: &Review) -> Result<(), rusqlite::Error> {
        let at = moment(self.entry.1.at);
        let state = match self.noted.action {
            Action::Accept | Action::Reject if review.kind == "second" => self.of_two(review)?,
            Action::Accept => Some("accepted"),
            Action::Reject => self.is_all_rejected(review)?.then_some("rejected"),
            _ => None,
        };
        let skips = i64::from(self.noted.action == Action::Skip);
        let assigned = self.noted.subject.as_ref().filter(|_| self.noted.action == Action::Assign);
        if self.noted.action == Action::Comment {
            return Ok(());
        }
        let is_over = state.is_some_and(|state| state != "disputed");
        let sql = "UPDATE review SET state = coalesce(?2, state), version = version + 1, skips = skips + ?3,
                     assigned_to = coalesce(?4, assigned_to), reserved_by = NULL, reserved_until = NULL,
                     settled_at = CASE WHEN ?6 THEN ?5 ELSE settled_at END
                   WHERE review_id = ?1";
        self.transaction.prepare_cached(sql)?.execute(params![review.id, state, skips, assigned, at, is_over]).map(drop)
    }

    /// Returns whether every person that is shown was rejected.
    fn is_all_rejected(&self, review: &Review) -> Result<bool, rusqlite::Error> {
        let sql = "SELECT person_id FROM decision d WHERE review_id = ?1 AND action = 'reject'
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let rejected = statement.query_map([&review.id], |row| row.get::<_, Option<String>>(0))?;
        let rejected: Vec<String> = rejected.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(review.candidates.iter().all(|rival| rejected.contains(&rival.person)))
    }

    /// Returns the state of a review that two people answer, the answer that was just written among theirs.
    fn of_two(&self, review: &Review) -> Result<Option<&'static str>, rusqlite::Error> {
        let sql = "SELECT action FROM decision d WHERE review_id = ?1 AND action IN ('accept', 'reject')
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
                   GROUP BY reviewer ORDER BY max(sequence)";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let answers =
            statement.query_map([&review.id], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let word = |answer: &str| if answer == "accept" { "accepted" } else { "rejected" };
        if review.state == "disputed" {
            return Ok(Some(word(self.noted.action.word())));
        }
        Ok(match answers.as_slice() {
            [one, other, ..] if one == other => Some(word(one)),
            [_, _, ..] => Some("disputed"),
            _ => None,
        })
    }
}
