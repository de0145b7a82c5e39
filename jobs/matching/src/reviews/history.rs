//! What was decided before, for those who look at a review or a person.

use serde::Serialize;

use super::review::Review;
use crate::database::{Row, SqlError, values};
use crate::reference::{Key, ReferenceDatabase, ReferenceError, ReferenceRecord};

/// A decision, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Past {
    /// Its id.
    pub decision: String,
    /// The review.
    pub review: Option<String>,
    /// What was decided.
    pub action: String,
    /// Who.
    pub reviewer: String,
    /// When.
    pub decided_at: String,
    /// The person, where it is about one.
    pub person: Option<String>,
    /// What was said.
    pub comment: Option<String>,
    /// Whether it was taken back.
    pub is_undone: bool,
}

pub(super) const PAST: &str = "decision_id, review_id, action, reviewer, decided_at, person_id, comment,
    EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))";

pub(super) fn past(row: &Row<'_>) -> Result<Past, SqlError> {
    Ok(Past {
        decision: row.get(0)?,
        review: row.get(1)?,
        action: row.get(2)?,
        reviewer: row.get(3)?,
        decided_at: row.get(4)?,
        person: row.get(5)?,
        comment: row.get(6)?,
        is_undone: row.get(7)?,
    })
}

/// Returns what was decided about the record of a review, the last first. Of a question that two people answer, what others answered is left
/// out while it is open.
///
/// # Errors
/// [`ReferenceError`].
pub fn decisions_of(reference: &ReferenceDatabase, review: &Review, looker: &str) -> Result<Vec<Past>, ReferenceError> {
    let found: Vec<Past> = reference.read("reading decisions", |sql| {
        let statement = format!("SELECT {PAST} FROM decision d WHERE data_source = ?1 AND patient_id = ?2 ORDER BY sequence DESC, decision_id");
        sql.rows(&statement, values![&review.key.data_source, &review.key.patient_id], past)
    })?;
    let is_hidden = |past: &Past| {
        review.kind == "second"
            && review.state == "open"
            && past.review.as_ref() == Some(&review.id)
            && past.reviewer != looker
    };
    Ok(found.into_iter().filter(|past| !is_hidden(past)).collect())
}

/// Returns what was decided about the records of a person, the last first.
///
/// # Errors
/// [`ReferenceError`].
pub fn about_person(
    reference: &ReferenceDatabase,
    members: &[(ReferenceRecord, Vec<ReferenceRecord>)],
) -> Result<Vec<Past>, ReferenceError> {
    reference.read("reading decisions", |sql| {
        let statement = format!(
            "SELECT {PAST} FROM decision d WHERE (record_data_source = ?1 AND record_patient_id = ?2)
               OR (data_source = ?1 AND patient_id = ?2 AND action IN ('merge', 'split')) ORDER BY sequence DESC, decision_id"
        );
        let mut found: Vec<Past> = Vec::new();
        for (ReferenceRecord { key: Key { data_source, patient_id }, .. }, _) in members {
            for past in sql.rows(&statement, values![data_source, patient_id], past)? {
                if !found.contains(&past) {
                    found.push(past);
                }
            }
        }
        Ok(found)
    })
}
