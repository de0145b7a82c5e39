//! Which complete runs of a publication stay.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::inventory::RunSummary;
use super::pointer::Pointer;
use crate::names::RunId;

/// How many complete runs stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest of all, with the published one; at least that one stays.
    pub runs: usize,
    /// Besides, the newest run of each as-of month, of this many months: what an afternoon of reruns must not push out.
    pub months: usize,
}

impl Keep {
    /// Everything.
    pub const ALL: Self = Self { runs: usize::MAX, months: usize::MAX };
}

/// Returns the complete runs that are kept: the published one, the one that a rollback goes to, then the newest written;
/// and the newest written of each of the latest months.
pub(super) fn kept(runs: &[RunSummary], pointer: Option<&Pointer>, keep: Keep) -> BTreeSet<RunId> {
    let current = pointer.and_then(Pointer::last).map(|entry| &entry.run_id);
    let of_current = runs.iter().find(|run| Some(&run.run_id) == current).and_then(|run| run.manifest.as_ref());
    let before = of_current.and_then(|manifest| manifest.previous_run_id.as_ref());
    let mut complete: Vec<(bool, bool, Timestamp, &RunId)> = Vec::new();
    for run in runs {
        if let Some(manifest) = &run.manifest {
            let run_id = &run.run_id;
            complete.push((Some(run_id) == current, Some(run_id) == before, manifest.written_at, run_id));
        }
    }
    complete.sort();
    complete.reverse();
    let newest = complete.iter().take(keep.runs.max(1)).map(|(.., run_id)| (*run_id).clone());
    newest.chain(of_months(&complete, keep.months)).collect()
}

/// Returns the newest written run of each as-of month, of the latest months.
fn of_months(complete: &[(bool, bool, Timestamp, &RunId)], months: usize) -> Vec<RunId> {
    let month = |run_id: &RunId| run_id.as_of().first_of_month();
    let all: BTreeSet<_> = complete.iter().map(|(.., run_id)| month(run_id)).collect();
    let of_month = |wanted| {
        let its = complete.iter().filter(|(.., run_id)| month(run_id) == wanted);
        its.max_by_key(|(.., written_at, run_id)| (*written_at, *run_id)).map(|(.., run_id)| (*run_id).clone())
    };
    all.into_iter().rev().take(months).filter_map(of_month).collect()
}
