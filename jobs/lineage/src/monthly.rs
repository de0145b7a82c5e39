//! Events of the monthly run: of its execution, and of each publication that it makes.

use carelake_core::ledger::Status;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::Manifest;
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::{ABORTED, Outcome, OutcomeStatus, RunReport, sources};
use carelake_tabular::config::Config;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::dataset::{self, Paths};
use crate::event::{Dataset, Event, EventType, Facets, Job, RunOf};
use crate::facets;
use crate::naming::Naming;

/// A run, as events of it are made.
#[derive(Debug, Clone, Copy)]
pub struct Run<'r> {
    /// How things are called.
    pub naming: &'r Naming,
    /// What declares sources and datasets.
    pub config: &'r Config,
    /// The run.
    pub run_id: &'r str,
    /// The date that it is as of.
    pub as_of: Date,
    /// When the ledger has it begun.
    pub started_at: Timestamp,
    /// Where the files of its sources lie on this machine, by source.
    pub paths: &'r Paths,
}

impl Run<'_> {
    fn whole(&self) -> (RunOf, Job) {
        let mut told = Facets::new();
        facets::add(&mut told, &facets::NOMINAL_TIME, facets::nominal(self.as_of));
        (self.naming.run(self.started_at, self.run_id, told), self.naming.job(MONTHLY.name, None))
    }

    fn of(&self, publication: &Publication) -> (RunOf, Job) {
        let (parent, job) = self.whole();
        let mut told = Facets::new();
        let parent = json!({
            "run": {"runId": parent.run_id}, "job": {"namespace": job.namespace, "name": job.name},
        });
        facets::add(&mut told, &facets::PARENT, parent);
        facets::add(&mut told, &facets::NOMINAL_TIME, facets::nominal(self.as_of));
        let id = format!("{}/{publication}", self.run_id);
        (self.naming.run(self.started_at, &id, told), self.naming.job(MONTHLY.name, Some(publication)))
    }

    /// Returns the files that are there for a publication before they are read.
    fn before(&self, publication: &Publication) -> Vec<Dataset> {
        let names = sources(self.config, publication);
        let of = |source: String| Some(dataset::chosen(self.naming, self.config, &source, self.paths.get(&source)?));
        names.into_iter().filter_map(of).collect()
    }
}

/// Tells that a run began, and what it is to make.
#[must_use]
pub fn run_started(run: &Run<'_>, publications: &[Publication]) -> Event {
    let (of, job) = run.whole();
    let mut event = Event::new(EventType::Start, run.started_at, of, job);
    let mut inputs: Vec<Dataset> = Vec::new();
    for input in publications.iter().flat_map(|publication| run.before(publication)) {
        add_bare(&mut inputs, &input);
    }
    event.inputs = inputs;
    event.outputs = publications.iter().map(|publication| run.naming.publication(publication).bare()).collect();
    event
}

/// Tells that the run of a publication began.
#[must_use]
pub fn dataset_started(run: &Run<'_>, publication: &Publication, at: Timestamp) -> Event {
    let (of, job) = run.of(publication);
    let mut event = Event::new(EventType::Start, at, of, job);
    event.inputs = run.before(publication);
    event.outputs = vec![run.naming.publication(publication)];
    event
}

/// Tells how a run ended, and how each of its publications did. Each end comes after its beginning, for a book that has that already passes
/// over it. `told` is what was told of the run before: a process may die before the ledger knows of what it began. `manifest` answers what
/// was written down about what is published.
#[must_use]
pub fn run_ended(
    run: &Run<'_>,
    report: &RunReport,
    told: &[Event],
    manifest: &dyn Fn(&Publication, &RunId) -> Option<Manifest>,
) -> Vec<Event> {
    let asked: Vec<(Publication, &Outcome)> = report
        .publications
        .iter()
        .filter(|outcome| outcome.status != OutcomeStatus::Skipped)
        .map(|outcome| (Publication::from_path(&outcome.publication), outcome))
        .collect();
    let names: Vec<Publication> = asked.iter().map(|(publication, _)| publication.clone()).collect();
    let mut events = vec![run_started(run, &names)];
    let (mut inputs, mut outputs): (Vec<Dataset>, Vec<Dataset>) = Default::default();
    for (publication, outcome) in &asked {
        // What never began has no end either.
        let began_at = outcome.attempts.first().map(|attempt| attempt.started_at);
        let end = dataset_ended(run, publication, outcome, report.finished_at, manifest);
        if began_at.is_none() && !told.iter().any(|event| event.run.run_id == end.run.run_id) {
            continue;
        }
        end.inputs.iter().for_each(|input| add_bare(&mut inputs, input));
        if end.event_type == EventType::Complete {
            end.outputs.iter().for_each(|output| add_bare(&mut outputs, output));
        }
        events.extend([dataset_started(run, publication, began_at.unwrap_or(report.started_at)), end]);
    }
    let (mut of, job) = run.whole();
    let event_type = match report.status {
        Status::Succeeded => EventType::Complete,
        Status::Aborted => EventType::Abort,
        Status::Failed | Status::Running => EventType::Fail,
    };
    if event_type != EventType::Complete {
        let failed = report.with(OutcomeStatus::Failed).count();
        let mut errors: Vec<&str> = report.errors().collect();
        errors.dedup();
        let reason = format!("{failed} of {} publications did not end well", asked.len());
        let name = if errors.is_empty() { ABORTED.to_owned() } else { errors.join(", ") };
        facets::add(&mut of.facets, &facets::ERROR_MESSAGE, facets::error(Some(&name), Some(&reason)));
    }
    let mut end = Event::new(event_type, report.finished_at, of, job);
    (end.inputs, end.outputs) = (inputs, outputs);
    events.push(end);
    events
}

fn dataset_ended(
    run: &Run<'_>,
    publication: &Publication,
    outcome: &Outcome,
    run_ended_at: Timestamp,
    manifest: &dyn Fn(&Publication, &RunId) -> Option<Manifest>,
) -> Event {
    let (mut of, job) = run.of(publication);
    let event_type = match (outcome.status, outcome.error.as_deref()) {
        (OutcomeStatus::Failed, Some(ABORTED)) => EventType::Abort,
        (OutcomeStatus::Failed, _) => EventType::Fail,
        _ => EventType::Complete,
    };
    if event_type != EventType::Complete {
        let told = facets::error(outcome.error.as_deref(), outcome.reason.as_deref());
        facets::add(&mut of.facets, &facets::ERROR_MESSAGE, told);
    }
    let at = outcome.attempts.last().and_then(|attempt| attempt.finished_at).unwrap_or(run_ended_at);
    let mut event = Event::new(event_type, at, of, job);
    let published = outcome.report.as_ref().and_then(|report| manifest(publication, &report.run_id.parse().ok()?));
    match published {
        Some(manifest) => {
            event.inputs = dataset::read(run.naming, run.config, &manifest, run.paths);
            event.outputs = vec![dataset::made(run.naming, run.config, &manifest, run.paths)];
        }
        None => {
            event.inputs = run.before(publication);
            event.outputs = vec![run.naming.publication(publication)];
        }
    }
    event
}

/// Adds the name of something that is not among them yet.
fn add_bare(found: &mut Vec<Dataset>, dataset: &Dataset) {
    let bare = dataset.bare();
    if !found.contains(&bare) {
        found.push(bare);
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    const REPORT: &str = r#"{
        "run_id": "2026-11-01.1", "trigger": "manual", "as_of": "2026-11-01", "status": "aborted",
        "started_at": "2026-11-20T06:00:00Z", "finished_at": "2026-11-20T06:00:01Z",
        "publications": [
            {"publication": "clinicians", "status": "failed", "attempts": [], "error": "Aborted", "reason": "killed"},
            {"publication": "practices", "status": "failed", "attempts": [], "error": "Aborted", "reason": "killed"},
            {"publication": "providers", "status": "skipped", "attempts": []}
        ],
        "usage": {"state_transitions": null, "function_calls": null, "gb_seconds": null, "objects_written": 0, "usd": null}
    }"#;

    fn of_run<T>(work: impl FnOnce(&Run<'_>) -> T) -> T {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_config.yaml");
        let config = Config::parse(&std::fs::read_to_string(&file).unwrap(), &file).unwrap();
        let naming = Naming {
            namespace: "lake".to_owned(),
            environment: "local".to_owned(),
            scope: Default::default(),
            input: "/srv/input".to_owned(),
            output: "/srv/output".to_owned(),
        };
        let paths = Paths::from([("dac".to_owned(), PathBuf::from("/srv/input/DAC.csv"))]);
        let started_at = "2026-11-20T06:00:00Z".parse().unwrap();
        let as_of = jiff::civil::date(2026, 11, 1);
        work(&Run { naming: &naming, config: &config, run_id: "2026-11-01.1", as_of, started_at, paths: &paths })
    }

    fn jobs(events: &[Event]) -> Vec<(EventType, &str)> {
        events.iter().map(|event| (event.event_type, event.job.name.as_str())).collect()
    }

    #[test]
    fn what_began_ends_also_where_the_ledger_had_not_heard_of_it_and_what_did_not_begin_does_not() {
        let report: RunReport = serde_json::from_str(REPORT).unwrap();
        of_run(|run| {
            let clinicians = Publication::of_dataset("clinicians");
            let begun = dataset_started(run, &clinicians, run.started_at);
            assert_eq!(begun.inputs[0].name, "/srv/input/DAC.csv");
            let whole = [(EventType::Start, "pipeline"), (EventType::Abort, "pipeline")];
            assert_eq!(jobs(&run_ended(run, &report, &[], &|_, _| None)), whole);
            let events = run_ended(run, &report, &[begun], &|_, _| None);
            let of_dataset = [(EventType::Start, "pipeline.clinicians"), (EventType::Abort, "pipeline.clinicians")];
            assert_eq!(jobs(&events), [&whole[..1], &of_dataset, &whole[1..]].concat());
            assert_eq!(events[2].run.facets["errorMessage"]["message"], "Aborted: killed");
            assert_eq!(
                events[3].run.facets["errorMessage"]["message"],
                "Aborted: 2 of 2 publications did not end well"
            );
        });
    }
}
