//! Carries a decision out that is in the audit.

use carelake_core::ledger::Event;
use serde_json::json;

use super::decide::{Action, Desk, Noted};
use super::error::ReviewError;
use super::moment;
use super::review::{Review, review_in};
use crate::database::{Sql, SqlError, values};
use crate::reference::{Key, ReferenceError, regroup};

/// Returns the least record of the person that an id was given for: also of one that is one with another now.
pub(super) fn key_of_person(sql: &dyn Sql, person_id: &str) -> Result<Option<Key>, SqlError> {
    let statement = "SELECT data_source, patient_id FROM reference_record WHERE record = (SELECT p.record FROM person p WHERE p.person_id = ?1)";
    sql.first(statement, values![person_id], |row| Ok(Key { data_source: row.get(0)?, patient_id: row.get(1)? }))
}

/// Writes a decision down and changes what follows from it: the state of its review, and who is one with whom.
pub(super) fn apply(
    sql: &dyn Sql,
    desk: &Desk<'_>,
    entry: (u64, &Event),
    noted: &Noted,
    comment: Option<&str>,
) -> Result<(), ReviewError> {
    let failed = ReferenceError::of(sql, "carrying a decision out");
    let review = noted.review.as_ref().map(|id| review_in(sql, id)).transpose().map_err(&failed)?.flatten();
    let applying = Applying { sql, entry, noted, comment, review };
    let touched = applying.write().map_err(&failed)?;
    if let Some(review) = &applying.review {
        applying.settle(review).map_err(&failed)?;
    }
    if !touched.is_empty() {
        regroup(sql, desk.linker, &touched)?;
    }
    Ok(())
}

struct Applying<'a> {
    sql: &'a dyn Sql,
    entry: (u64, &'a Event),
    noted: &'a Noted,
    comment: Option<&'a str>,
    review: Option<Review>,
}

impl Applying<'_> {
    /// Writes the rows; answers the records whose groups are others now.
    fn write(&self) -> Result<Vec<Key>, SqlError> {
        let noted = self.noted;
        let keys: Vec<Option<Key>> =
            noted.persons.iter().map(|person| key_of_person(self.sql, person)).collect::<Result<_, _>>()?;
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
    ) -> Result<(), SqlError> {
        let (sequence, event) = self.entry;
        let id = if number == 0 { event.id.clone() } else { format!("{}.{number}", event.id) };
        let levels = person.and_then(|(person, _)| {
            let rivals = &self.review.as_ref()?.candidates;
            rivals.iter().find(|rival| Some(&rival.person) == person).map(|rival| rival.levels.clone())
        });
        let detail = levels.map_or_else(|| json!({}), |levels| json!({ "levels": levels }));
        let statement = "INSERT INTO decision (decision_id, sequence, review_id, action, reviewer, decided_at, review_version,
                     data_source, patient_id, person_id, record_data_source, record_patient_id, fingerprint,
                     person_fingerprint, undoes, comment, detail)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING";
        let noted = self.noted;
        let undoes = noted.subject.as_ref().filter(|_| noted.action == Action::Undo);
        self.sql.change(
            statement,
            values![
                id,
                sequence,
                &noted.review,
                action,
                &event.actor,
                moment(event.at),
                noted.version,
                about.map(|key| &key.data_source),
                about.map(|key| &key.patient_id),
                person.and_then(|(person, _)| person),
                person.map(|(_, key)| &key.data_source),
                person.map(|(_, key)| &key.patient_id),
                &noted.fingerprint,
                person_fingerprint,
                undoes,
                self.comment,
                detail.to_string(),
            ],
        )?;
        Ok(())
    }

    /// Opens the review of a decision again that is taken back; answers the records that it had put together or apart.
    fn undone(&self) -> Result<Vec<Key>, SqlError> {
        let subject = self.noted.subject.clone().unwrap_or_default();
        let statement =
            "SELECT review_id, action, data_source, patient_id, record_data_source, record_patient_id FROM decision
                   WHERE decision_id = ?1 OR decision_id LIKE ?1 || '.%'";
        let mut touched = Vec::new();
        let reviews: Vec<Option<String>> = self.sql.rows(statement, values![&subject], |row| {
            if matches!(row.text(1)?, "merge" | "split") {
                let key = |at: usize| -> Result<Option<Key>, SqlError> {
                    let (source, id): (Option<String>, Option<String>) = (row.get(at)?, row.get(at + 1)?);
                    Ok(source.zip(id).map(|(data_source, patient_id)| Key { data_source, patient_id }))
                };
                touched.extend(key(2)?);
                touched.extend(key(4)?);
            }
            row.get(0)
        })?;
        for review in reviews.into_iter().flatten() {
            let statement = "UPDATE review SET state = 'open', version = version + 1, settled_at = NULL
                           WHERE review_id = ?1 AND state IN ('accepted', 'rejected', 'disputed')";
            self.sql.change(statement, values![review])?;
        }
        Ok(touched)
    }

    /// Changes the state of the review.
    fn settle(&self, review: &Review) -> Result<(), SqlError> {
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
        let statement = "UPDATE review SET state = coalesce(?2, state), version = version + 1, skips = skips + ?3,
                     assigned_to = coalesce(?4, assigned_to), reserved_by = NULL, reserved_until = NULL,
                     settled_at = CASE WHEN ?6 THEN ?5 ELSE settled_at END
                   WHERE review_id = ?1";
        self.sql.change(statement, values![&review.id, state, skips, assigned, at, is_over]).map(drop)
    }

    /// Returns whether every person that is shown was rejected.
    fn is_all_rejected(&self, review: &Review) -> Result<bool, SqlError> {
        let statement = "SELECT person_id FROM decision d WHERE review_id = ?1 AND action = 'reject'
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))";
        let rejected: Vec<Option<String>> = self.sql.rows(statement, values![&review.id], |row| row.get(0))?;
        let rejected: Vec<String> = rejected.into_iter().flatten().collect();
        Ok(review.candidates.iter().all(|rival| rejected.contains(&rival.person)))
    }

    /// Returns the state of a review that two people answer, the answer that was just written among theirs.
    fn of_two(&self, review: &Review) -> Result<Option<&'static str>, SqlError> {
        let statement = "SELECT reviewer, action FROM decision d WHERE review_id = ?1 AND action IN ('accept', 'reject')
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
                   ORDER BY sequence, decision_id";
        // The last answer of each, in the order of these.
        let mut answers: Vec<(String, String)> = Vec::new();
        self.sql.each(statement, values![&review.id], &mut |row| {
            let answer: (String, String) = (row.get(0)?, row.get(1)?);
            answers.retain(|(reviewer, _)| *reviewer != answer.0);
            answers.push(answer);
            Ok(())
        })?;
        let answers: Vec<String> = answers.into_iter().map(|(_, answer)| answer).collect();
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
