//! What an operator compares at night: how often it failed, how old what is served is, and the file beside the last good one.

use carelake_core::ledger::{Ledger, LedgerError, Run, Status};
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::Manifest;
use carelake_tabular::job::Services;

use super::plan::sources;
use super::report::{FileNow, GoodFile, SourceFiles};

/// How many runs are looked at for failures in a row.
const RUNS: usize = 50;

/// Counts the failures of a publication in a row, this run's with them.
pub(super) fn failures_in_a_row(
    ledger: &dyn Ledger,
    run_id: &RunId,
    publication: &Publication,
) -> Result<u32, LedgerError> {
    let runs = ledger.runs(RUNS)?;
    let earlier = runs.iter().skip_while(|run| run.run_id != *run_id).skip(1);
    let path = publication.path();
    let mut failures = 1;
    for run in earlier.filter(|run| run.datasets.contains(&path) && run.status != Status::Running) {
        if is_published(ledger, run, publication)? {
            break;
        }
        failures += 1;
    }
    Ok(failures)
}

fn is_published(ledger: &dyn Ledger, run: &Run, publication: &Publication) -> Result<bool, LedgerError> {
    let attempts = ledger.dataset_runs(&run.run_id)?;
    Ok(attempts.iter().any(|attempt| attempt.publication == *publication && attempt.status == Status::Succeeded))
}

/// Returns the files of a publication's sources: those that lie there now, beside those of the run that is served. Sources
/// of which neither is known are left out.
pub(super) fn files(services: Services<'_>, publication: &Publication, served: Option<&Manifest>) -> Vec<SourceFiles> {
    let of_source = |source: String| {
        let now = services.inputs.chosen(&source).map(|file| FileNow { file: file.file, bytes: file.bytes });
        let good = served.and_then(|manifest| good(manifest, &source));
        (now.is_some() || good.is_some()).then_some(SourceFiles { source, now, good })
    };
    sources(services.config, publication).into_iter().filter_map(of_source).collect()
}

fn good(manifest: &Manifest, source: &str) -> Option<GoodFile> {
    let input = manifest.input_files().find(|input| input.source == source)?;
    Some(GoodFile {
        file: input.file.clone(),
        bytes: input.bytes,
        rows: manifest.counts.get(source).map_or(0, |account| account.read),
        as_of: manifest.as_of,
    })
}
