//! Decisions: what people answer, what they take back, and what that changes. Each is in the audit before it counts, so that one whose
//! writer died in between is taken up by whoever comes next.

use carelake_core::hex;
use carelake_core::ledger::{Audit, Entry, Event, Located};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::apply::{apply, key_of_person};
use super::error::ReviewError;
use super::review::{Review, review_in};
use super::stream;
use crate::database::{Sql, SqlError, values};
use crate::reference::{Linker, ReferenceDatabase, ReferenceError};

/// Entries of the audit that are read at once.
const PAGE: usize = 500;

/// Who decides.
#[derive(Debug, Clone, Copy)]
pub struct Reviewer<'r> {
    /// A name of the operating system or of a token.
    pub name: &'r str,
    /// Whether disputes, merging and splitting are theirs.
    pub is_lead: bool,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The record is this person; of a cluster, all its records are one; of a second look, it may be given.
    Accept,
    /// The record is none of these persons.
    Reject,
    /// Somebody else is asked.
    Skip,
    /// This person is asked.
    Assign,
    /// Something is said.
    Comment,
    /// Two persons are one.
    Merge,
    /// A record is about a person of its own.
    Split,
    /// A decision is taken back.
    Undo,
}

impl Action {
    /// Returns its word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Skip => "skip",
            Self::Assign => "assign",
            Self::Comment => "comment",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Undo => "undo",
        }
    }
}

/// A decision as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub action: Action,
    /// The review; none of merging, splitting and undoing.
    pub review: Option<String>,
    /// The version of the review that was seen; none: whatever it is.
    pub version: Option<i64>,
    /// The persons: one that is accepted or rejected, two that are merged, that of the record that is split off; all that are shown where
    /// there is none.
    pub persons: Vec<String>,
    /// The decision that is taken back, or who is asked.
    pub subject: Option<String>,
    /// What is said.
    pub comment: Option<String>,
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Its id.
    pub decision: String,
    /// The review, if it is about one.
    pub review: Option<String>,
    /// The state that the review is in.
    pub state: Option<String>,
    /// Its version.
    pub version: Option<i64>,
    /// Whether it had been made before.
    pub is_repeated: bool,
}

/// What the audit holds of a decision: ids and hashes, no value of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Noted {
    pub(super) action: Action,
    pub(super) review: Option<String>,
    pub(super) version: i64,
    pub(super) persons: Vec<String>,
    pub(super) subject: Option<String>,
    pub(super) fingerprint: Option<String>,
    pub(super) person_fingerprints: Vec<String>,
    pub(super) comment_sha256: Option<String>,
}

/// Where decisions about a matcher are made.
pub struct Desk<'d> {
    /// The matcher.
    pub matcher: &'d str,
    /// The audit.
    pub audit: Audit<'d>,
    /// Where it is kept.
    pub rows: &'d dyn Located,
    /// What puts records together anew.
    pub linker: &'d dyn Linker,
    /// The time now.
    pub now: Timestamp,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("matcher", &self.matcher).finish_non_exhaustive()
    }
}

/// Makes a decision.
///
/// # Errors
/// [`ReviewError`]; [`ReviewError::Moved`] where somebody else decided since.
pub fn decide(
    reference: &mut ReferenceDatabase,
    desk: &Desk<'_>,
    reviewer: Reviewer<'_>,
    asked: &Asked,
) -> Result<Made, ReviewError> {
    catch_up(reference, desk)?;
    reference.write("deciding", |sql| {
        let noted = noted(sql, desk, reviewer, asked)?;
        let event = event(desk, reviewer, &noted)?;
        let is_repeated = is_known(sql, &event.id).map_err(ReferenceError::of(sql, "deciding"))?;
        if !is_repeated {
            let sequence = desk.audit.append(&stream(desk.matcher), &event)?;
            apply(sql, desk, (sequence, &event), &noted, asked.comment.as_deref())?;
        }
        let review = noted.review.as_ref().map(|id| review_in(sql, id)).transpose();
        let review = review.map_err(ReferenceError::of(sql, "deciding"))?.flatten();
        Ok(Made {
            decision: event.id,
            state: review.as_ref().map(|review| review.state.clone()),
            version: review.as_ref().map(|review| review.version),
            review: noted.review,
            is_repeated,
        })
    })
}

/// Takes up decisions that are in the audit and were not carried out. Answers how many.
///
/// # Errors
/// [`ReviewError`].
pub fn catch_up(reference: &mut ReferenceDatabase, desk: &Desk<'_>) -> Result<u64, ReviewError> {
    let stream = stream(desk.matcher);
    let mut taken = 0;
    loop {
        let after: i64 = reference
            .read("reading decisions", |sql| sql.value("SELECT coalesce(max(sequence), 0) FROM decision", &[]))?;
        let entries = desk.audit.read(&stream, after.cast_unsigned(), PAGE)?;
        if entries.is_empty() {
            return Ok(taken);
        }
        reference.write("taking up decisions", |sql| {
            for Entry { sequence, event, .. } in &entries {
                let is_there = is_known(sql, &event.id).map_err(ReferenceError::of(sql, "taking up decisions"))?;
                let noted: Noted = serde_json::from_value(event.what.clone().into()).map_err(|_| {
                    let place = sql.place().to_owned();
                    ReferenceError::Damaged { place, what: "a decision in the audit" }
                })?;
                if !is_there {
                    apply(sql, desk, (*sequence, event), &noted, None)?;
                    taken += 1;
                }
            }
            Ok::<_, ReviewError>(())
        })?;
    }
}

fn is_known(sql: &dyn Sql, id: &str) -> Result<bool, SqlError> {
    Ok(sql.first("SELECT 1 FROM decision WHERE decision_id = ?1", values![id], |_| Ok(()))?.is_some())
}

fn event(desk: &Desk<'_>, reviewer: Reviewer<'_>, noted: &Noted) -> Result<Event, ReviewError> {
    let what = carelake_core::ledger::object(noted, desk.rows)?;
    let mut hash = Sha256::new();
    hash.update(reviewer.name.as_bytes());
    hash.update(serde_json::to_string(&what).unwrap_or_default().as_bytes());
    let id = hex(&hash.finalize()).chars().take(32).collect();
    Ok(Event { id, at: desk.now, actor: reviewer.name.to_owned(), what })
}

/// Checks what is asked, and says what the audit will hold of it.
fn noted(sql: &dyn Sql, desk: &Desk<'_>, reviewer: Reviewer<'_>, asked: &Asked) -> Result<Noted, ReviewError> {
    let failed = ReferenceError::of(sql, "deciding");
    let is_of_lead = match asked.action {
        Action::Merge => Some("merging persons"),
        Action::Split => Some("splitting a person"),
        _ => None,
    };
    if let Some(what) = is_of_lead.filter(|_| !reviewer.is_lead) {
        return Err(ReviewError::NotAllowed { what });
    }
    let mut noted = Noted {
        action: asked.action.clone(),
        review: asked.review.clone(),
        version: 0,
        persons: asked.persons.clone(),
        subject: asked.subject.clone(),
        fingerprint: None,
        person_fingerprints: Vec::new(),
        comment_sha256: asked.comment.as_ref().map(|comment| hex(&Sha256::digest(comment))),
    };
    match &asked.review {
        Some(id) => {
            let unknown = || ReviewError::Unknown { what: "review", name: id.clone() };
            let review = review_in(sql, id).map_err(&failed)?.ok_or_else(unknown)?;
            review.admits(sql, desk.now, reviewer, asked)?;
            noted.version = review.version;
            noted.fingerprint = Some(review.fingerprint.clone());
            if noted.persons.is_empty() && matches!(asked.action, Action::Accept | Action::Reject) {
                noted.persons = review.candidates.iter().map(|rival| rival.person.clone()).collect();
                if asked.action == Action::Accept && noted.persons.len() != 1 && !review.is_of_group() {
                    let why = format!("review {id} names {} persons; say which it is", noted.persons.len());
                    return Err(ReviewError::Unfit { why });
                }
            }
        }
        None => noted.version = joinings_so_far(sql).map_err(&failed)?,
    }
    for person in &noted.persons {
        let unknown = || ReviewError::Unknown { what: "person", name: person.clone() };
        let key = key_of_person(sql, person).map_err(&failed)?.ok_or_else(unknown)?;
        let standing = crate::reference::standing(sql, &key.person_id()).map_err(&failed)?.ok_or_else(unknown)?;
        noted.person_fingerprints.push(super::decided::fingerprint_of(sql, &standing).map_err(&failed)?);
    }
    check_subject(sql, reviewer, asked)?;
    Ok(noted)
}

fn check_subject(sql: &dyn Sql, reviewer: Reviewer<'_>, asked: &Asked) -> Result<(), ReviewError> {
    let failed = ReferenceError::of(sql, "deciding");
    if asked.action == Action::Merge && (asked.persons.len() != 2 || asked.persons.first() == asked.persons.get(1)) {
        return Err(ReviewError::Unfit { why: "two different persons are merged; name both".to_owned() });
    }
    if asked.action != Action::Undo {
        return Ok(());
    }
    let name = asked.subject.clone().unwrap_or_default();
    let statement = "SELECT action, reviewer, (SELECT count(*) FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))
               FROM decision d WHERE decision_id = ?1";
    let found: Option<(String, String, i64)> =
        sql.first(statement, values![&name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(&failed)?;
    let (action, by, undone) = found.ok_or_else(|| ReviewError::Unknown { what: "decision", name: name.clone() })?;
    if undone > 0 {
        return Err(ReviewError::Unfit { why: format!("decision {name} is taken back already") });
    }
    if matches!(action.as_str(), "undo" | "comment" | "skip" | "assign") {
        return Err(ReviewError::Unfit { why: format!("`{action}` changes nothing that could be taken back") });
    }
    if !reviewer.is_lead && (by != reviewer.name || matches!(action.as_str(), "merge" | "split")) {
        return Err(ReviewError::NotAllowed { what: "taking back what another decided, a merge or a split" });
    }
    Ok(())
}

/// How often persons were merged, split or put back: what tells one such decision from the same one later.
fn joinings_so_far(sql: &dyn Sql) -> Result<i64, SqlError> {
    sql.value("SELECT count(*) FROM decision WHERE action IN ('merge', 'split', 'undo')", &[])
}

impl Review {
    /// Returns whether it is about several records of the reference.
    pub(super) fn is_of_group(&self) -> bool {
        self.kind == "cluster"
    }
}
