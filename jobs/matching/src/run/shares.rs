//! What the records of a run turned out to be, and what the pointer of outcomes remembers of runs.

use std::collections::BTreeMap;

use carelake_core::publish::Pointer;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::chunk::Judgement;
use super::error::MatchError;
use super::persons::Published;
use super::plan::Plan;
use crate::config::Matcher;

/// Records from which on shares are compared with the last run.
const FROM_RECORDS: u64 = 200;
/// Runs that are remembered.
const REMEMBERED: usize = 100;

/// What the records of a run turned out to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// Records that were looked up.
    pub records: u64,
    /// Rows that lacked nothing.
    pub complete: u64,
    /// Certainly a person.
    pub exact: u64,
    /// Perhaps a person.
    pub proposed: u64,
    /// Nobody who is known.
    pub none: u64,
    /// Exact, and given something.
    pub repaired: u64,
    /// Exact, and there is nothing to give.
    pub nothing_to_repair: u64,
    /// Exact, and all that there is to give is in a group of which a cell disagrees.
    pub group_disagrees_only: u64,
    /// Exact records of which a group disagrees.
    pub group_disagrees: u64,
    /// Records by outcome and reason, such as `exact rule:ssn_birth_name`.
    pub reasons: BTreeMap<String, u64>,
}

impl Shares {
    pub(super) fn of(judgements: &[Judgement]) -> Self {
        let mut shares = Self { records: judgements.len() as u64, ..Self::default() };
        for judgement in judgements {
            let judged = &judgement.judged;
            match judged.outcome.as_str() {
                "exact" => {
                    shares.exact += 1;
                    shares.group_disagrees += u64::from(judged.is_disagreeing);
                    match (judged.given.is_empty(), judged.is_disagreeing) {
                        (false, _) => shares.repaired += 1,
                        (true, true) => shares.group_disagrees_only += 1,
                        (true, false) => shares.nothing_to_repair += 1,
                    }
                }
                "proposed" => shares.proposed += 1,
                _ => shares.none += 1,
            }
            *shares.reasons.entry(format!("{} {}", judged.outcome, judged.reason)).or_default() += 1;
        }
        shares
    }

    /// Checks that every record is accounted for once.
    pub(super) fn balanced(&self, plan: &Plan) -> Result<(), MatchError> {
        let is_whole = self.records == plan.records
            && self.exact + self.proposed + self.none == self.records
            && self.repaired + self.nothing_to_repair + self.group_disagrees_only == self.exact
            && self.reasons.values().sum::<u64>() == self.records;
        if is_whole {
            return Ok(());
        }
        let what = format!("{} records were planned and {} are accounted for", plan.records, self.records);
        Err(MatchError::Defect { matcher: plan.matcher.clone(), what })
    }

    fn share(&self, count: u64) -> f64 {
        if self.records == 0 { 0.0 } else { count as f64 / self.records as f64 }
    }
}

/// Refuses shares that moved far.
pub(super) fn check(matcher: &Matcher, last: Option<&Told>, now: &Shares) -> Result<(), MatchError> {
    let Some(Told { shares: before, .. }) = last else { return Ok(()) };
    if before.records < FROM_RECORDS || now.records < FROM_RECORDS {
        return Ok(());
    }
    let shares = [("exact", before.exact, now.exact), ("proposed", before.proposed, now.proposed)];
    for (outcome, was, is) in shares {
        let (was, is) = (before.share(was), now.share(is));
        if (was - is).abs() > matcher.max_shift {
            return Err(MatchError::Spike {
                matcher: matcher.name.clone(),
                outcome,
                now: is * 100.0,
                before: was * 100.0,
                records: now.records,
            });
        }
    }
    Ok(())
}

/// What a run told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The execution.
    pub execution: String,
    /// When it published.
    pub at: Timestamp,
    /// The newest as-of date of what it read.
    pub as_of: Date,
    /// What its records turned out to be.
    pub shares: Shares,
}

/// What the pointer of outcomes remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The last runs, oldest first.
    #[serde(default)]
    pub told: Vec<Told>,
    /// What the last run published besides: each with its sequence before, nothing where it served nothing, and after.
    #[serde(default)]
    pub moved: Vec<(String, Option<u64>, Option<u64>)>,
    /// The sequence of outcomes before the last run.
    #[serde(default)]
    pub before: Option<u64>,
    /// The sequence of outcomes from which on the questions of the last run are shown.
    #[serde(default)]
    pub sequence: u64,
}

impl State {
    /// Reads what a pointer remembers; nothing of one that is damaged.
    #[must_use]
    pub fn of(pointer: &Pointer) -> Self {
        serde_json::from_value(pointer.state.clone()).unwrap_or_default()
    }

    pub(super) fn after(before: Self, told: Told, moved: &[Published], last: Option<u64>, sequence: u64) -> Self {
        let mut all = before.told;
        // Another attempt of the same execution takes up what the first had published.
        let is_again = all.last().is_some_and(|last| last.execution == told.execution);
        if is_again {
            all.pop();
        }
        all.push(told);
        let gone = all.len().saturating_sub(REMEMBERED);
        all.drain(..gone);
        let moved = moved.iter().map(|one| (one.path.clone(), one.before, one.after)).collect();
        Self { told: all, moved, before: last, sequence }
    }
}
