//! The tasks of the state machine, bound to this machine's stores.

use std::collections::BTreeMap;

use carelake_core::ErrorKind;
use carelake_core::job::{JobError, Report, Services};
use carelake_core::publish::Publication;
use carelake_core::run::{Ending, ExtractTask, Plan, extract};

use super::VERSION;
use super::progress::Progress;
use crate::registry;

/// Runs the task of one publication.
pub(super) fn extract_publication(services: Services<'_>, task: &ExtractTask) -> Result<Report, JobError> {
    let Some(dataset) = registry::dataset(&task.dataset) else {
        return Err(JobError::UnknownPublication { publication: task.dataset.clone() });
    };
    extract(services, task, VERSION, dataset.extract)
}

/// Runs every publication of a plan side by side.
pub(super) fn run_all(services: Services<'_>, plan: &Plan, progress: &Progress) -> BTreeMap<String, Ending> {
    let publications = plan.publications(services.config);
    std::thread::scope(|scope| {
        let running: Vec<_> = publications
            .iter()
            .map(|publication| {
                let handle = scope.spawn(move || run_one(services, plan, publication, progress));
                (publication.path(), handle)
            })
            .collect();
        let ended = running.into_iter().map(|(name, handle)| {
            let ending = handle.join().unwrap_or_else(|_| Ending::Failed {
                error: ErrorKind::Internal.name().to_owned(),
                reason: "the job panicked".to_owned(),
            });
            (name, ending)
        });
        ended.collect()
    })
}

fn run_one(services: Services<'_>, plan: &Plan, publication: &Publication, progress: &Progress) -> Ending {
    let task = ExtractTask {
        run_id: plan.run_id.clone(),
        as_of: plan.as_of,
        dataset: publication.dataset.clone(),
        feed: publication.feed.clone(),
        accept_volume: plan.accept_volume,
        retries: 0,
    };
    let name = publication.path();
    progress.tell(&name, "running", false);
    match extract_publication(services, &task) {
        Ok(report) => {
            progress.tell(&name, &format!("published {} rows", crate::output::thousands(report.rows)), true);
            Ending::Published(Box::new(report))
        }
        Err(error) => {
            progress.tell(&name, &format!("failed: {}", error.kind()), true);
            Ending::Failed { error: error.kind().name().to_owned(), reason: error.reason() }
        }
    }
}
