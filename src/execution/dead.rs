//! Runs whose process is gone: the next command that finds one writes its report, and sends the notice that it could not.

use std::collections::BTreeMap;
use std::fs::File;

use carelake_core::ledger::{Run, Runs, SqliteLedger, Status};
use carelake_core::names::{Publication, RunId};
use carelake_core::publish;
use carelake_pipeline::pipeline::Pipeline;
use carelake_pipeline::{ABORTED, Ending, Expense, Notice, RunReport, RunRequest, Steps, named, plan};
use carelake_tabular::job::{Report, Services};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::failure::Failure;
use crate::host::host;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::registry::KINDS;
use crate::runner::send;
use crate::{kept, output, telling};

/// How many of the last runs are looked at.
const RUNS: usize = 20;
/// Days after which it is too late to tell of a dead run.
const TOLD_WITHIN_DAYS: i64 = 7;
/// The file whose lock is held meanwhile, so that one command tells of a run.
const LOCK: &str = "closing";
/// Why the publications of a dead run did not end.
const REASON: &str = "the run ended without a word: its process was killed, or the machine went down";

/// Closes dead runs, reports them and tells of them. What cannot be told is told by a later command.
pub(crate) fn close(lake: &Lake, ledger: &SqliteLedger) -> Result<(), Failure> {
    let closed = ledger.close_dead_runs(Timestamp::now())?;
    let told = tell_all(lake, ledger, &closed);
    telling::mend(lake, ledger);
    told
}

/// Tells of runs that were closed, and of those of which no command has told before.
fn tell_all(lake: &Lake, ledger: &SqliteLedger, closed: &[RunId]) -> Result<(), Failure> {
    let untold = untold(lake, ledger, closed)?;
    if untold.is_empty() {
        return Ok(());
    }
    let lock = File::options().create(true).append(true).open(lake.state()?.join(LOCK))?;
    lock.lock()?;
    // Another command may have told of them while this one waited.
    for run in untold.into_iter().filter(|run| is_untold(lake, run)) {
        // Whoever moved a pointer may not have lived to show it.
        for path in &run.datasets {
            publish::reconcile_link(&*lake.output, &Publication::from_path(path))?;
        }
        let (report, notice) = report(lake, ledger, &run)?;
        output::aside(format_args!("run {0} was found dead and is closed now; `carelake status {0}`", run.run_id));
        if let Err(failure) = send(lake, ledger, Some(&Kept::of_run(&report.run_id)), &notice) {
            output::aside(format_args!("the notice of run {} was not sent: {}", run.run_id, failure.message));
        }
    }
    Ok(())
}

fn untold(lake: &Lake, ledger: &SqliteLedger, closed: &[RunId]) -> Result<Vec<Run>, Failure> {
    let recent = |run: &Run| {
        let within = SignedDuration::from_hours(24 * TOLD_WITHIN_DAYS);
        run.finished_at.is_some_and(|at| Timestamp::now().duration_since(at) < within)
    };
    let mut runs = ledger.runs(RUNS)?;
    runs.retain(|run| {
        let has_history = || lake.output.size(&kept::history_key(&run.run_id.to_string())).is_ok();
        run.status == Status::Aborted
            && is_untold(lake, run)
            && (closed.contains(&run.run_id) || (recent(run) && has_history()))
    });
    runs.reverse();
    Ok(runs)
}

fn is_untold(lake: &Lake, run: &Run) -> bool {
    lake.output.size(&kept::notice_key(&run.run_id.to_string())).is_err_and(|error| error.is_not_found())
}

/// Reports a dead run as of its last sign of life, and words its notice.
fn report(lake: &Lake, ledger: &SqliteLedger, run: &Run) -> Result<(RunReport, Notice), Failure> {
    // A history that is not there, or damaged, only tells less.
    let history = lake.output.read(&kept::history_key(&run.run_id.to_string())).unwrap_or_default();
    let history = carelake_facts::read_events(&history).unwrap_or_default();
    let died_at = history.last().and_then(|event| event.get("timestamp")?.as_str()?.parse().ok());
    let died_at: Timestamp = died_at.unwrap_or(run.started_at);
    // A dataset that the configuration has no more is in no report.
    let mut datasets = run.datasets.clone();
    datasets.retain(|name| named(&lake.config, name).is_ok());
    let (as_of, trigger) = (run.run_id.as_of(), run.trigger);
    let request = RunRequest { trigger, as_of, datasets: Some(datasets), accept_loss: false };
    let planned = plan(&lake.config, &request, &run.run_id.to_string())?;
    let (inputs, zone, host) = (lake.inputs(&std::env::temp_dir()), TimeZone::system(), host());
    let pipeline = Pipeline {
        services: Services {
            config: &lake.config,
            inputs: &inputs,
            output: &*lake.output,
            rejects: &*lake.rejects,
            ledger,
            now: &|| died_at,
            is_cancelled: &|| false,
        },
        environment: &lake.environment,
        options: &lake.options,
        host: host.as_deref(),
        zone: &zone,
        kinds: KINDS,
        code_version: "",
        expense: Expense { is_paid: false, steps: Some(Steps::of(&history)) },
    };
    let report = pipeline.close(&planned, endings(lake, run, &history), true)?;
    let notice = pipeline.notice(&report);
    Ok((report, notice))
}

/// Returns how the publications of a dead run ended: as its history tells, or as their pointers do, which may have been moved
/// last of all.
fn endings(lake: &Lake, run: &Run, history: &[Value]) -> BTreeMap<String, Ending> {
    let answers = history.iter().filter_map(|event| {
        let output = event.pointer("/taskSucceededEventDetails/output")?.as_str()?;
        let answer = serde_json::from_str::<Value>(output).ok()?.get_mut("Payload")?.take();
        serde_json::from_value::<Report>(answer).ok()
    });
    let mut endings: BTreeMap<String, Ending> =
        answers.map(|report| (report.publication.clone(), Ending::Published(Box::new(report)))).collect();
    for path in &run.datasets {
        let ending = || match served(lake, run, &Publication::from_path(path)) {
            Some(report) => Ending::Published(Box::new(report)),
            None => Ending::Failed { error: ABORTED.to_owned(), reason: REASON.to_owned() },
        };
        endings.entry(path.clone()).or_insert_with(ending);
    }
    endings
}

/// Returns what a run published, when it is served.
fn served(lake: &Lake, run: &Run, publication: &Publication) -> Option<Report> {
    let (pointer, ours) = publish::current_run(&*lake.output, publication).ok()??;
    let manifest = |run: &RunId| publish::manifest(&*lake.output, publication, run).ok();
    let ours = Some(ours).filter(|ours| ours.run_id == run.run_id)?;
    let previous = ours.previous_run_id.as_ref().and_then(manifest);
    Some(Report::of_published(&pointer, &ours, previous.as_ref()))
}
