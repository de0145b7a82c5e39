//! What failed when it was last asked for, and was not published since.

use std::collections::BTreeSet;

use carelake_core::ledger::{Ledger, LedgerError, Run, Status};
use carelake_core::names::{Publication, RunId};
use carelake_pipeline::ABORTED;

/// How many of the last runs are looked at.
const RUNS: usize = 1_000;

/// Publications that one run left unpublished.
#[derive(Debug)]
pub(crate) struct Unmended {
    /// The run.
    pub run_id: RunId,
    /// Each publication, and the name of its last error.
    pub failed: Vec<(String, String)>,
}

/// Returns what is not mended, by the run that failed, the newest first. A later run that published the same mends it, and one
/// that failed too takes its place. What `serves` a run was published by it, though the run may have died before it could say so.
pub(crate) fn unmended(
    ledger: &dyn Ledger,
    publications: &[Publication],
    serves: &dyn Fn(&str, &RunId) -> bool,
) -> Result<Vec<Unmended>, LedgerError> {
    let mut open: BTreeSet<String> = publications.iter().map(Publication::path).collect();
    let mut unmended = Vec::new();
    for run in ledger.runs(RUNS)?.into_iter().filter(|run| run.status != Status::Running) {
        let asked: Vec<&String> = run.datasets.iter().filter(|path| open.contains(*path)).collect();
        let mut failed = failures(ledger, &run, &asked)?;
        failed.retain(|(path, _)| !serves(path, &run.run_id));
        for path in asked {
            open.remove(path);
        }
        if !failed.is_empty() {
            unmended.push(Unmended { run_id: run.run_id, failed });
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(unmended)
}

fn failures(ledger: &dyn Ledger, run: &Run, asked: &[&String]) -> Result<Vec<(String, String)>, LedgerError> {
    if asked.is_empty() || run.status == Status::Succeeded {
        return Ok(Vec::new());
    }
    let attempts = ledger.dataset_runs(&run.run_id)?;
    let mut failed = Vec::new();
    for path in asked {
        let mut of_it = attempts.iter().filter(|attempt| attempt.publication.path() == **path);
        if !of_it.clone().any(|attempt| attempt.status == Status::Succeeded) {
            let error =
                of_it.next_back().and_then(|attempt| attempt.error.clone()).unwrap_or_else(|| ABORTED.to_owned());
            failed.push(((*path).clone(), error));
        }
    }
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::{NewRun, RunEnd, Runs, SqliteLedger, Trigger};
    use carelake_core::names::Baseline;
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_a_killed_run_published_is_not_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let publications = ["clinicians", "practices"].map(Publication::of_dataset);
        let run = ledger
            .start_run(&NewRun {
                as_of: date(2026, 11, 1),
                trigger: Trigger::Manual,
                datasets: publications.iter().map(Publication::path).collect(),
                execution: None,
                baseline: Baseline::default(),
                used: 0,
                now: Timestamp::UNIX_EPOCH,
            })
            .unwrap();
        let end = RunEnd { status: Status::Aborted, errors: Vec::new(), report_key: None, now: Timestamp::UNIX_EPOCH };
        ledger.finish_run(&run, &end).unwrap();
        let failed = |serves: &dyn Fn(&str, &RunId) -> bool| {
            let unmended = unmended(&ledger, &publications, serves).unwrap();
            unmended.into_iter().flat_map(|it| it.failed).map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(failed(&|_, _| false), ["clinicians", "practices"]);
        assert_eq!(failed(&|path, served| path == "clinicians" && *served == run), ["practices"]);
    }
}
