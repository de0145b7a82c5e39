//! What is told in events of OpenLineage on this machine: when executions and runs of publications begin, and how they end.
//!
//! Where the configuration names no receiver, nothing is told. What cannot be told or sent never fails a run: it is said beside the answer,
//! and what waits is sent with the next run, or by `carelake lineage send`.

mod alive;
mod changed;
mod post;
mod there;
mod to;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use carelake_core::ledger::{Run as Entry, Runs};
use carelake_core::names::Publication;
use carelake_core::publish::{self, Manifest};
use carelake_lineage::{
    Book, BookError, Course, End, Event, EventType, Naming, Run, begun, dataset_started, over, run_ended, run_started,
};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{ABORTED, Plan, RunReport};
use carelake_statemachine::{Outcome, Status};
use jiff::Timestamp;

use crate::execution::paths_of_run;
use crate::kept::{self, Kept};
use crate::lake::Lake;
use crate::output;
use alive::Alive;
use post::Post;
pub(crate) use there::{events_of, send_ended};
pub(crate) use to::{is_configured, receiver};

/// Why an execution has no end of its own.
const REASON: &str = "the execution ended without a word: its process was killed, or the machine went down";

/// Tells of the executions of one lake.
pub(crate) struct Telling {
    book: Arc<Book>,
    naming: Naming,
    alive: Alive,
    post: Post,
}

/// Returns the book of a lake on this machine; nothing where nobody is to be told.
pub(crate) fn book(lake: &Lake) -> Option<Book> {
    lake.config.head.lineage.as_ref()?;
    Some(Book::new(lake.folder().ok()?))
}

/// Returns how things are called in a lake; nothing where nobody is to be told.
fn naming(lake: &Lake) -> Option<Naming> {
    let lineage = lake.config.head.lineage.as_ref()?;
    Some(Naming {
        namespace: lineage.namespace.clone(),
        environment: lake.environment.clone(),
        scope: lake.scope.clone(),
        input: lake.input.describe(),
        output: lake.output.describe(),
    })
}

impl Telling {
    /// Returns who tells of a lake on this machine, if somebody is to be told.
    pub(crate) fn of(lake: &Lake) -> Option<Self> {
        let (book, naming) = (book(lake)?, naming(lake)?);
        let (book, alive) = (Arc::new(book), Alive::new(lake.folder().ok()?));
        let post = Post::new(Arc::clone(&book), receiver(lake));
        Some(Self { book, naming, alive, post })
    }

    /// Tells that a run was planned, and so began.
    pub(crate) fn run_started(&self, lake: &Lake, runs: &dyn Runs, plan: &Plan) {
        let publications = plan.publications(&lake.config);
        self.of_run(lake, runs, &plan.run_id, |run| vec![run_started(run, &publications)]);
    }

    /// Tells that the run of a publication began.
    pub(crate) fn dataset_started(&self, lake: &Lake, runs: &dyn Runs, run_id: &str, publication: &Publication) {
        self.of_run(lake, runs, run_id, |run| vec![dataset_started(run, publication, Timestamp::now())]);
    }

    /// Tells how a run ended, with all that it made.
    pub(crate) fn run_ended(&self, lake: &Lake, runs: &dyn Runs, report: &RunReport) {
        let told = self.book.told(&Kept::of_run(&report.run_id).folder_key()).unwrap_or_default();
        self.of_run(lake, runs, &report.run_id, |run| ends(lake, run, report, &told));
    }

    fn of_run(&self, lake: &Lake, runs: &dyn Runs, run_id: &str, events: impl FnOnce(&Run<'_>) -> Vec<Event>) {
        let entry = run_id.parse().ok().and_then(|run| runs.run(&run).ok().flatten());
        let Some(entry) = entry else { return };
        let paths = paths_of_run(lake, run_id);
        let events = events(&run(lake, &self.naming, &entry, run_id, &paths));
        self.tell(&Kept::of_run(run_id), events);
    }

    /// Tells that an execution began.
    pub(crate) fn begun(&self, kept: &Kept, course: (&str, &str, Timestamp)) {
        self.alive.begin(&kept.folder_key());
        self.tell(kept, vec![begun(&self.course(course))]);
    }

    /// Tells how an execution ended, and what it published.
    pub(crate) fn over(&self, lake: &Lake, kept: &Kept, course: (&str, &str, Timestamp), outcome: &Outcome) {
        let (definition, name, started_at) = course;
        let published = changed::published(lake, definition, name, started_at);
        let reason = outcome.cause.as_deref().map(Failure::line_of);
        let end = End {
            event_type: match outcome.status {
                Status::Succeeded => EventType::Complete,
                Status::Failed | Status::TimedOut => EventType::Fail,
                Status::Aborted => EventType::Abort,
            },
            at: outcome.history.last().map_or_else(Timestamp::now, |event| event.at),
            error: outcome.error.as_deref(),
            reason: reason.as_deref(),
        };
        let course = self.course(course);
        self.tell(kept, vec![begun(&course), over(&course, &end, &lake.config, &published)]);
        self.alive.end(&kept.folder_key());
    }

    /// Waits a moment for what was told to be sent.
    pub(crate) fn settle(&self) {
        self.post.settle();
    }

    fn course<'c>(&'c self, (definition, name, started_at): (&'c str, &'c str, Timestamp)) -> Course<'c> {
        Course { naming: &self.naming, definition, name, started_at }
    }

    fn tell(&self, kept: &Kept, events: Vec<Event>) {
        match self.book.tell(&kept.folder_key(), events) {
            Ok(0) => {}
            Ok(_) => self.post.send(),
            Err(error) => untold(&error),
        }
    }
}

/// Tells of what ended without telling: runs that were closed, and executions whose process is gone.
pub(crate) fn mend(lake: &Lake, runs: &dyn Runs) {
    let (Some(book), Some(naming)) = (book(lake), naming(lake)) else { return };
    let mended = mend_all(lake, runs, &book, &naming);
    match mended {
        Ok(false) => {}
        Ok(true) => Post::new(Arc::new(book), receiver(lake)).settle(),
        Err(error) => untold(&error),
    }
}

/// Answers whether something was told.
fn mend_all(lake: &Lake, runs: &dyn Runs, book: &Book, naming: &Naming) -> Result<bool, BookError> {
    let mut told = 0;
    for place in book.unfinished()? {
        let Some(open) = book.open_run(&place)? else { continue };
        let Some(kept) = Kept::of_folder(&place) else { continue };
        let events = if kept.is_of_run() {
            closed(lake, runs, naming, &kept, &book.told(&place)?)
        } else {
            gone(lake, book, naming, &kept)?.map(|event| vec![event.of_run(open)])
        };
        told += book.tell(&place, events.unwrap_or_default())?;
    }
    Ok(told > 0)
}

/// Returns the ends of a run that has a report.
fn closed(lake: &Lake, runs: &dyn Runs, naming: &Naming, kept: &Kept, told: &[Event]) -> Option<Vec<Event>> {
    let run_id = kept.id.parse().ok()?;
    let report = kept::report(lake, &run_id).ok()?;
    let entry = runs.run(&run_id).ok()??;
    let paths = paths_of_run(lake, &kept.id);
    Some(ends(lake, &run(lake, naming, &entry, &kept.id, &paths), &report, told))
}

/// Returns the end of an execution whose process is gone: nobody holds the lock of it any more.
fn gone(lake: &Lake, book: &Book, naming: &Naming, kept: &Kept) -> Result<Option<Event>, BookError> {
    let (Ok(folder), Some((definition, name))) = (lake.folder(), kept.id.split_once('/')) else { return Ok(None) };
    if Alive::new(folder).is_alive(&kept.folder_key()) {
        return Ok(None);
    }
    let told = book.told(&kept.folder_key())?;
    let started_at = told.last().and_then(|event| event.event_time.parse().ok()).unwrap_or_else(Timestamp::now);
    let course = Course { naming, definition, name, started_at };
    let end = End { event_type: EventType::Abort, at: started_at, error: Some(ABORTED), reason: Some(REASON) };
    Ok(Some(over(&course, &end, &lake.config, &[])))
}

fn run<'r>(
    lake: &'r Lake,
    naming: &'r Naming,
    entry: &Entry,
    run_id: &'r str,
    paths: &'r BTreeMap<String, PathBuf>,
) -> Run<'r> {
    let (as_of, started_at) = (entry.run_id.as_of(), entry.started_at);
    Run { naming, config: &lake.config, run_id, as_of, started_at, paths }
}

fn ends(lake: &Lake, run: &Run<'_>, report: &RunReport, told: &[Event]) -> Vec<Event> {
    run_ended(run, report, told, &|publication, run_id| -> Option<Manifest> {
        publish::manifest(&*lake.output, publication, run_id).ok()
    })
}

fn untold(error: &BookError) {
    output::aside(format_args!("the lineage of this run is not whole: {error}"));
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::registry::ROOMS;
    use crate::runner::tests::runner_of;

    #[test]
    fn an_execution_whose_process_is_gone_is_told_as_aborted_and_one_that_lives_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("pipeline_config.yaml");
        let shipped = include_str!("../../pipeline_config.yaml");
        fs::write(&config, shipped.replace("notify: {}\n", "notify: {}\nlineage: { to: file:told.jsonl }\n")).unwrap();
        let local = runner_of(folder.path(), config, ROOMS);
        let telling = Telling::of(local.lake()).unwrap();
        let kept = Kept::of_execution("intake", "one");
        telling.begun(&kept, ("intake", "one", Timestamp::now()));
        let told = || -> Vec<EventType> {
            mend(local.lake(), local.ledger());
            book(local.lake()).unwrap().told(&kept.folder_key()).unwrap().iter().map(|event| event.event_type).collect()
        };
        assert_eq!(told(), [EventType::Start]);
        drop(telling);
        assert_eq!(told(), [EventType::Start, EventType::Abort]);
        assert_eq!(told(), [EventType::Start, EventType::Abort]);
    }
}
