//! What a lead answers at once for many questions: that one person is nobody's record among those that are ties.

use super::decide::{Action, Asked, Desk, Reviewer, decide};
use super::error::ReviewError;
use crate::database::values;
use crate::reference::{ReferenceDatabase, ReferenceError};

/// Returns the open questions that are a tie of which a person is one, each with its version.
///
/// # Errors
/// [`ReferenceError`].
pub fn ties(reference: &ReferenceDatabase, person: &str) -> Result<Vec<(String, i64)>, ReferenceError> {
    reference.read("reading reviews", |sql| {
        let is_one = reference.words().has_one_whose("candidates", "person", "?1");
        let statement = format!(
            "SELECT review_id, version FROM review
             WHERE state IN ('open', 'disputed') AND state = 'open' AND kind = 'record' AND reason = 'tie' AND {is_one}
             ORDER BY review_id"
        );
        sql.rows(&statement, values![person], |row| Ok((row.get(0)?, row.get(1)?)))
    })
}

/// Rejects a person in every open question that is a tie, a decision each, in the name of a lead. Answers in how many, and how many were
/// left alone: those that another looks at, or that were decided meanwhile.
///
/// # Errors
/// [`ReviewError`].
pub fn reject_in_ties(
    reference: &mut ReferenceDatabase,
    desk: &Desk<'_>,
    lead: &str,
    person: &str,
) -> Result<(usize, usize), ReviewError> {
    let (mut done, mut left) = (0, 0);
    for (review, version) in ties(reference, person)? {
        let asked = Asked {
            action: Action::Reject,
            review: Some(review),
            version: Some(version),
            persons: vec![person.to_owned()],
            subject: None,
            comment: None,
        };
        match decide(reference, desk, Reviewer { name: lead, is_lead: true }, &asked) {
            Ok(_) => done += 1,
            Err(ReviewError::Moved { .. } | ReviewError::Reserved { .. }) => left += 1,
            Err(error) => return Err(error),
        }
    }
    Ok((done, left))
}
