//! What somebody said to a question: it becomes a decision, as by `carelake match decide`, and the next question is looked for.

use carelake_pipeline::page::{Answered, Said};

use super::reviews::Place;
use crate::reviews::{
    Action, Asked, Review, ReviewError, Reviewer, Side, Standing, beside, decide, queue, review_of, said_before, stands,
};
use crate::run::{MatchError, desk};

/// Takes an answer. One that counts already is taken and changes nothing.
pub(super) fn answer(place: &mut Place<'_>, review: Option<Review>, said: &Said) -> Result<Answered, MatchError> {
    let Some(asked) = asked(review.as_ref(), said) else {
        return Ok(refused("Nothing was done: the form is not one of this page. Open the page again."));
    };
    if asked.action == Action::Comment && asked.comment.is_none() {
        return Ok(refused("Nothing was done: a comment needs words."));
    }
    if let Some(decision) = &asked.subject
        && let Some(id) = review_of(&place.reference, decision)?
        && !place.seen().shows(&crate::reviews::review(&place.reference, &id)?)
    {
        return Ok(refused("Nothing was done: that was said to a question that is not yours to see."));
    }
    let order = place.wanted().order;
    let standing = review.as_ref().map(|review| stands(&place.reference, &review.id, order)).transpose()?;
    let desk = desk(place.context, &place.world, place.engine);
    let reviewer = Reviewer { name: &place.looker.name, is_lead: place.looker.is_lead };
    if let Err(error) = decide(&mut place.reference, &desk, reviewer, &asked)
        && !is_repeated(place, &asked, &error)?
    {
        return refusal(error);
    }
    let next = match asked.action {
        Action::Comment | Action::Merge => review.map(|review| review.id),
        Action::Undo => match &asked.subject {
            Some(decision) => review_of(&place.reference, decision)?.or(review.map(|review| review.id)),
            None => None,
        },
        _ => next(place, standing.as_ref())?,
    };
    Ok(Answered::Taken { next })
}

/// Reads what a form says; nothing of what no form of this page says.
fn asked(review: Option<&Review>, said: &Said) -> Option<Asked> {
    let words: Vec<&str> = said.answer.split_whitespace().collect();
    let comment = Some(said.comment.trim()).filter(|words| !words.is_empty()).map(str::to_owned);
    let id = review.map(|review| review.id.clone());
    // An answer to a question names the version of it that was seen.
    let version: Option<i64> = said.carried.get("seen").and_then(|seen| seen.parse().ok());
    let of_review = |action: Action, persons: &[&str]| {
        let persons = persons.iter().map(|person| (*person).to_owned()).collect();
        let (review, version) = (id.clone()?, Some(version?));
        Some(Asked { action, review: Some(review), version, persons, subject: None, comment: comment.clone() })
    };
    let of_persons = |action: Action, persons: &[&str], subject: Option<&str>| Asked {
        action,
        review: None,
        version: None,
        persons: persons.iter().map(|person| (*person).to_owned()).collect(),
        subject: subject.map(str::to_owned),
        comment: comment.clone(),
    };
    match words.as_slice() {
        ["accept", persons @ ..] if persons.len() < 2 => of_review(Action::Accept, persons),
        ["reject", person] => of_review(Action::Reject, &[person]),
        ["none"] => of_review(Action::Reject, &[]),
        ["skip"] => of_review(Action::Skip, &[]),
        ["comment"] => of_review(Action::Comment, &[]),
        ["merge", one, other] => Some(of_persons(Action::Merge, &[one, other], None)),
        ["undo", decision] => Some(of_persons(Action::Undo, &[], Some(decision))),
        _ => None,
    }
}

/// Returns whether somebody said just this before: a form that was sent twice.
fn is_repeated(place: &Place<'_>, asked: &Asked, error: &ReviewError) -> Result<bool, MatchError> {
    if !matches!(error, ReviewError::Moved { .. } | ReviewError::Unfit { .. } | ReviewError::SamePerson { .. }) {
        return Ok(false);
    }
    let of = (asked.review.as_deref(), asked.version.unwrap_or_default(), asked.subject.as_deref());
    Ok(said_before(&place.reference, &place.looker.name, asked.action.word(), of)?)
}

fn refusal(error: ReviewError) -> Result<Answered, MatchError> {
    let says = |error: &ReviewError| format!("Nothing was done: {error}.");
    match &error {
        ReviewError::Moved { .. } | ReviewError::Reserved { .. } => {
            Ok(Answered::Refused { says: says(&error), is_late: true })
        }
        error if error.is_usage() => Ok(refused(says(error))),
        _ => Err(error.into()),
    }
}

fn refused(says: impl Into<String>) -> Answered {
    Answered::Refused { says: says.into(), is_late: false }
}

/// Returns the next question in the order: the one after where somebody was, or else the first.
fn next(place: &Place<'_>, standing: Option<&Standing>) -> Result<Option<String>, MatchError> {
    let (seen, wanted) = (place.seen(), place.wanted());
    if let Some(standing) = standing
        && let Some(found) = beside(&place.reference, seen, &wanted, (standing, Side::After))?
    {
        return Ok(Some(found.id));
    }
    let first = queue(&place.reference, seen, &crate::reviews::Wanted { limit: 1, ..wanted })?;
    Ok(first.into_iter().next().map(|review| review.id))
}
