//! What a run used of what AWS charges for, and what that comes to at list prices.

use serde::{Deserialize, Serialize};

use super::report::{Outcome, OutcomeStatus};
use crate::config::Prices;
use crate::job::Report;

/// What a run used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// States that the execution enters until its end, retries included.
    pub state_transitions: u64,
    /// Calls of functions.
    pub function_calls: u64,
    /// Seconds of the datasets' functions, each times its memory in GiB; those of plan and report, which take a second, are
    /// not counted. `None` where memory is not paid for.
    pub gb_seconds: Option<f64>,
    /// Objects written for what was published.
    pub objects_written: u64,
    /// What all this comes to in US dollars; `None` where it is not paid for, or the configuration has no prices.
    pub usd: Option<f64>,
}

/// States of every execution: validate, plan complete, parallel, report, all succeeded, notify, and the end.
const STATES: u64 = 7;
/// Calls of every execution: plan and report.
const CALLS: u64 = 2;
/// Objects beside the files of a publication: manifest and pointer.
const OBJECTS: u64 = 2;
const MIB_PER_GIB: f64 = 1024.0;

/// Adds up what a run used. `memory_mib` is the memory of functions that did not live to tell theirs.
pub(super) fn usage(outcomes: &[Outcome], memory_mib: Option<u64>, prices: Option<&Prices>) -> Usage {
    let attempts: u64 = outcomes.iter().map(|outcome| outcome.attempts.len() as u64).sum();
    let published = || outcomes.iter().filter_map(|outcome| outcome.report.as_ref());
    let gb_seconds = memory_mib.map(|other| outcomes.iter().map(|outcome| gb_seconds(outcome, other)).sum());
    let mut used = Usage {
        state_transitions: STATES + transitions(outcomes),
        function_calls: CALLS + attempts,
        gb_seconds,
        objects_written: published().map(|report| report.files + OBJECTS).sum(),
        usd: None,
    };
    used.usd = prices.and_then(|prices| used.price(prices));
    used
}

impl Usage {
    /// Returns what one call of a dataset's function used that published something.
    #[must_use]
    pub fn of_call(report: &Report, seconds: f64, prices: Option<&Prices>) -> Self {
        let mut used = Self {
            state_transitions: 1,
            function_calls: 1,
            gb_seconds: report.memory_mib.map(|memory| seconds * memory as f64 / MIB_PER_GIB),
            objects_written: report.files + OBJECTS,
            usd: None,
        };
        used.usd = prices.and_then(|prices| used.price(prices));
        used
    }

    fn price(&self, prices: &Prices) -> Option<f64> {
        let dollars = self.gb_seconds? * prices.lambda_gb_second
            + self.function_calls as f64 * prices.lambda_request
            + self.state_transitions as f64 * prices.state_transition
            + self.objects_written as f64 * prices.s3_write;
        Some(dollars)
    }
}

fn gb_seconds(outcome: &Outcome, other_mib: u64) -> f64 {
    let memory = outcome.report.as_ref().and_then(|report| report.memory_mib).unwrap_or(other_mib);
    let spans =
        outcome.attempts.iter().filter_map(|attempt| Some(attempt.finished_at?.duration_since(attempt.started_at)));
    spans.map(|span| span.as_secs_f64()).sum::<f64>() * memory as f64 / MIB_PER_GIB
}

/// Counts the states of the branches. Each begins with a choice; a dataset of feeds has a map over them behind it.
fn transitions(outcomes: &[Outcome]) -> u64 {
    let mut branches: Vec<(&str, bool, u64)> = Vec::new();
    for outcome in outcomes {
        let (dataset, is_feed) = match outcome.publication.split_once('/') {
            Some((dataset, _)) => (dataset, true),
            None => (outcome.publication.as_str(), false),
        };
        // A task, each try of it again, and the state that makes a failure a result.
        let states = match outcome.status {
            OutcomeStatus::Skipped => 0,
            OutcomeStatus::Published => outcome.attempts.len().max(1) as u64,
            OutcomeStatus::Failed => outcome.attempts.len().max(1) as u64 + 1,
        };
        match branches.iter_mut().find(|(name, ..)| *name == dataset) {
            Some((_, _, sum)) => *sum += states,
            None => branches.push((dataset, is_feed, states)),
        }
    }
    let states = branches.iter().map(|(_, is_feed, states)| match (states, is_feed) {
        (0, _) => 2,
        (states, false) => 1 + states,
        (states, true) => 2 + states,
    });
    states.sum()
}
