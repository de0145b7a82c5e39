//! Runs.

use std::collections::BTreeSet;
use std::thread;

use jiff::civil::date;

use super::{Broken, Clause, Pair, at, end, ensure, new_run};
use crate::ErrorKind;
use crate::ledger::{Given, Ledger, LedgerError, NewRun, RunEnd, Status, Trigger};
use crate::names::{Baseline, Publication, RunId};

pub(super) const CLAUSES: [(&str, Clause); 6] = [
    ("numbers the runs of a date from 1", numbers_runs),
    ("gives no number twice", numbers_runs_apart),
    ("starts the run of an execution once", starts_once),
    ("keeps what a run was and how it ended", keeps_runs),
    ("ends a run in one way", ends_runs_once),
    ("gives an identity one id", gives_ids),
];

fn numbers_runs(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let (june, july) = (date(2026, 6, 1), date(2026, 7, 1));
    let numbers = [
        one.start_run(&new_run(june))?.number(),
        other.start_run(&new_run(june))?.number(),
        one.start_run(&new_run(july))?.number(),
        other.start_run(&NewRun { used: 9, ..new_run(june) })?.number(),
        one.start_run(&NewRun { used: 3, ..new_run(june) })?.number(),
    ];
    ensure(numbers == [1, 2, 1, 10, 11], "numbers do not follow the highest used")?;
    let newest: Vec<RunId> = other.runs(2)?.into_iter().map(|run| run.run_id).collect();
    ensure(newest.iter().map(RunId::number).eq([11, 10]), "runs are not listed newest first, or beyond the limit")?;
    let all: Vec<RunId> = one.runs(99)?.into_iter().map(|run| run.run_id).collect();
    let mut paged = newest;
    while let Some(last) = paged.last() {
        let next = other.runs_before(last, 2)?;
        ensure(next.len() <= 2, "a page of runs is beyond the limit")?;
        if next.is_empty() {
            break;
        }
        paged.extend(next.into_iter().map(|run| run.run_id));
        ensure(paged.len() <= all.len(), "pages of runs do not end")?;
    }
    ensure(paged == all, "pages of runs are not the list of runs")?;
    let unknown = "2026-06-01.77".parse().map_err(|_| Broken::Unmet("a run id cannot be read"))?;
    ensure(one.runs_before(&unknown, 2)?.is_empty(), "there are runs before one that never was")
}

fn numbers_runs_apart(pair: Pair<'_>) -> Result<(), Broken> {
    let start = |ledger: &dyn Ledger| ledger.start_run(&new_run(date(2026, 5, 1)));
    let started: Result<Vec<RunId>, LedgerError> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|n| scope.spawn(move || start(if n % 2 == 0 { pair.one } else { pair.other }))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let numbers: BTreeSet<u32> = started?.iter().map(RunId::number).collect();
    ensure(numbers.into_iter().eq(1..=8), "runs that start at once share a number, or leave one out")
}

fn starts_once(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let of = |execution: &str| NewRun { execution: Some(execution.into()), ..new_run(date(2026, 4, 1)) };
    let first = one.start_run(&of("a"))?;
    ensure(other.start_run(&of("a"))? == first, "an execution has two runs")?;
    ensure(other.start_run(&of("b"))? != first, "two executions share a run")?;
    ensure(one.start_run(&new_run(date(2026, 4, 1)))?.number() == 3, "runs without an execution are taken for one")
}

fn keeps_runs(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let baseline: Baseline = serde_json::from_str(r#"{"a": null, "b": {"run_id": "2026-02-01.1", "sequence": 4}}"#)
        .map_err(|_| Broken::Unmet("a baseline cannot be read"))?;
    let new = NewRun { trigger: Trigger::Rerun, execution: Some("kept".into()), baseline, ..new_run(date(2026, 3, 1)) };
    let run_id = one.start_run(&new)?;
    let run = other.run(&run_id)?.ok_or(Broken::Unmet("a run that was started is not found"))?;
    ensure(run.status == Status::Running && run.finished_at.is_none(), "a new run is not running")?;
    ensure(run.trigger == Trigger::Rerun && run.datasets == new.datasets, "trigger or datasets are lost")?;
    ensure(run.execution == new.execution && run.started_at == new.now, "execution or start are lost")?;
    ensure(run.baseline == new.baseline, "what was served is lost")?;
    // The second is of no table: a ledger keeps what a newer carelake wrote.
    let errors = vec![ErrorKind::SCHEMA_DRIFT.name.to_owned(), "OfANewerCarelake".to_owned()];
    let ended = RunEnd { errors: errors.clone(), report_key: Some("reports/1".into()), ..end(Status::Failed) };
    other.finish_run(&run_id, &ended)?;
    let run = one.run(&run_id)?.ok_or(Broken::Unmet("a run that ended is not found"))?;
    ensure(run.status == Status::Failed && run.finished_at == Some(at(60)), "the end is lost")?;
    ensure(run.errors == errors && run.report_key.as_deref() == Some("reports/1"), "errors or report are lost")?;
    let unknown = "2026-03-01.77".parse().map_err(|_| Broken::Unmet("a run id cannot be read"))?;
    ensure(one.run(&unknown)?.is_none(), "a run that never was is found")?;
    let no_such_run = |error: Option<LedgerError>| matches!(error, Some(LedgerError::NoSuchRun { .. }));
    let publication = Publication::of_dataset("kept");
    ensure(no_such_run(one.finish_run(&unknown, &end(Status::Failed)).err()), "a run that never was ends")?;
    ensure(
        no_such_run(one.start_dataset_run(&unknown, &publication, 1, at(0)).err()),
        "a run that never was has datasets",
    )
}

fn ends_runs_once(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let run_id = one.start_run(&new_run(date(2026, 2, 1)))?;
    one.finish_run(&run_id, &end(Status::Succeeded))?;
    other.finish_run(&run_id, &end(Status::Succeeded))?;
    let again = other.finish_run(&run_id, &end(Status::Failed));
    ensure(matches!(again, Err(LedgerError::Ended { .. })), "a run that succeeded fails afterwards")?;
    ensure(one.run(&run_id)?.is_some_and(|run| run.status == Status::Succeeded), "the first end does not stand")?;
    let dead = one.start_run(&new_run(date(2026, 2, 1)))?;
    one.finish_run(&dead, &end(Status::Aborted))?;
    let report = |key: &str| RunEnd { report_key: Some(key.into()), now: at(99), ..end(Status::Aborted) };
    other.finish_run(&dead, &report("reports/dead"))?;
    other.finish_run(&dead, &report("reports/other"))?;
    let run = one.run(&dead)?.ok_or(Broken::Unmet("a run that ended is not found"))?;
    ensure(run.report_key.as_deref() == Some("reports/dead"), "the report of a run that was closed as dead is lost")?;
    ensure(run.finished_at == Some(at(60)), "a later report changes when a run ended")
}

fn gives_ids(pair: Pair<'_>) -> Result<(), Broken> {
    let Pair { one, other } = pair;
    let (as_of, later) = (date(2025, 9, 1), date(2025, 9, 2));
    let number = |given: Given| given.run_id.number();
    ensure(one.start_run(&new_run(as_of))?.number() == 1, "the number of a run")?;
    let first = one.id_for("delivery/é#1", as_of, at(1))?;
    ensure(first == Given { run_id: first.run_id.clone(), first_given_at: at(1) }, "when an id was given is wrong")?;
    ensure(
        first.run_id.as_of() == as_of && first.run_id.number() == 2,
        "an id is one that a run has, or of another date",
    )?;
    ensure(other.id_for("delivery/é#1", later, at(9))? == first, "an identity has two ids")?;
    ensure(number(other.id_for("delivery/2", as_of, at(2))?) == 3, "two identities share an id")?;
    ensure(one.start_run(&new_run(as_of))?.number() == 4, "a run has the id of an identity")?;
    ensure(number(one.id_for("delivery/3", later, at(2))?) == 1, "dates share their numbers")?;
    ensure(one.run(&first.run_id)?.is_none(), "an identity is taken for a run")?;
    ensure(one.runs(99)?.iter().all(|run| run.run_id != first.run_id), "an identity is among the runs")?;
    let raced: Result<Vec<Given>, LedgerError> = thread::scope(|scope| {
        let names = ["raced", "raced", "raced", "raced", "raced/1", "raced/1", "raced/2", "raced/2"];
        let threads: Vec<_> = names
            .into_iter()
            .zip([pair.one, pair.other].into_iter().cycle())
            .map(|(name, ledger)| scope.spawn(move || ledger.id_for(name, as_of, at(0))))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let raced: BTreeSet<u32> = raced?.into_iter().map(number).collect();
    ensure(raced.into_iter().eq(5..=7), "identities that are named at once share an id, or one has several")
}
