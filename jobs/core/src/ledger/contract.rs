//! What every ledger must do, as a program that any implementation can be run through.
//!
//! It is compiled always and not for tests only, so that the crates of other ledgers can call it from their tests.

use std::collections::BTreeSet;
use std::thread;

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::{Acquired, Claim, DatasetRun, DatasetRunEnd, Lease, Ledger, LedgerError, NewRun, RunEnd, Status, Trigger};
use crate::ErrorKind;
use crate::names::Baseline;
use crate::names::{Column, Publication, RunId};

/// How a ledger breaks the contract.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A call answered something else than it must.
    #[error("{0}")]
    Unmet(&'static str),
    /// A call failed that must succeed.
    #[error("a call failed that must succeed")]
    Failed(#[from] LedgerError),
    /// One of these, with the clause it is about.
    #[error("clause broken: {clause}")]
    Clause {
        /// What the ledger must do.
        clause: &'static str,
        /// How it does not.
        #[source]
        how: Box<Broken>,
    },
}

/// Two handles of one ledger, as two processes have.
#[derive(Debug, Clone, Copy)]
struct Pair<'p> {
    one: &'p dyn Ledger,
    other: &'p dyn Ledger,
}

type Clause = fn(Pair<'_>) -> Result<(), Broken>;

/// Every clause, in words and as a program. Each uses a date and publications of its own.
const CLAUSES: [(&str, Clause); 11] = [
    ("numbers the runs of a date from 1", numbers_runs),
    ("gives no number twice", numbers_runs_apart),
    ("starts the run of an execution once", starts_once),
    ("keeps what a run was and how it ended", keeps_runs),
    ("ends a run in one way", ends_runs_once),
    ("keeps every attempt at a publication", keeps_dataset_runs),
    ("knows the last success of a publication", knows_last_success),
    ("adds a schema when it changes", keeps_schemas),
    ("gives a lease to one at a time", leases_to_one),
    ("lets a lease end, and fences off who had it", fences),
    ("gives leases back when their run ends", frees_leases),
];

/// Runs a ledger, by two handles of it, through the contract. It must be empty.
///
/// # Errors
/// [`Broken::Clause`] for the first clause that the ledger breaks.
pub fn check(one: &dyn Ledger, other: &dyn Ledger) -> Result<(), Broken> {
    for (clause, holds) in CLAUSES {
        holds(Pair { one, other }).map_err(|how| Broken::Clause { clause, how: Box::new(how) })?;
    }
    Ok(())
}

fn ensure(met: bool, unmet: &'static str) -> Result<(), Broken> {
    if met { Ok(()) } else { Err(Broken::Unmet(unmet)) }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn new_run(as_of: Date) -> NewRun {
    NewRun {
        as_of,
        trigger: Trigger::Manual,
        datasets: vec!["clinicians".into(), "hospitals".into()],
        execution: None,
        baseline: Baseline::default(),
        used: 0,
        now: at(0),
    }
}

fn end(status: Status) -> RunEnd {
    RunEnd { status, errors: Vec::new(), report_key: None, now: at(60) }
}

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
    ensure(newest.iter().map(RunId::number).eq([11, 10]), "runs are not listed newest first, or beyond the limit")
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

fn dataset_end(status: Status) -> DatasetRunEnd {
    DatasetRunEnd { status, error: None, reason: None, rows: None, previous_run_id: None, now: at(9) }
}

fn keeps_dataset_runs(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let run_id = one.start_run(&new_run(date(2026, 1, 1)))?;
    let feed = Publication::of_feed("hospitals", "kept");
    let plain = Publication::of_dataset("clinicians");
    one.start_dataset_run(&run_id, &feed, 1, at(1))?;
    one.start_dataset_run(&run_id, &feed, 1, at(2))?;
    let failed =
        DatasetRunEnd { error: Some(ErrorKind::STORAGE), reason: Some("disk".into()), ..dataset_end(Status::Failed) };
    other.finish_dataset_run(&run_id, &feed, 1, &failed)?;
    other.start_dataset_run(&run_id, &feed, 2, at(3))?;
    one.start_dataset_run(&run_id, &plain, 1, at(4))?;
    let done = DatasetRunEnd { rows: Some(7), previous_run_id: Some(run_id.clone()), ..dataset_end(Status::Succeeded) };
    one.finish_dataset_run(&run_id, &plain, 1, &done)?;
    let blank = DatasetRun {
        run_id: run_id.clone(),
        publication: feed.clone(),
        attempt: 2,
        status: Status::Running,
        started_at: at(3),
        finished_at: None,
        error: None,
        reason: None,
        rows: None,
        previous_run_id: None,
    };
    let expected = [
        DatasetRun {
            publication: plain,
            attempt: 1,
            status: Status::Succeeded,
            started_at: at(4),
            finished_at: Some(at(9)),
            rows: Some(7),
            previous_run_id: Some(run_id.clone()),
            ..blank.clone()
        },
        DatasetRun {
            attempt: 1,
            status: Status::Failed,
            started_at: at(2),
            finished_at: Some(at(9)),
            error: failed.error.map(|kind| kind.name.to_owned()),
            reason: failed.reason,
            ..blank.clone()
        },
        blank,
    ];
    ensure(other.dataset_runs(&run_id)? == expected, "attempts are lost or changed")?;
    let never = other.finish_dataset_run(&run_id, &feed, 3, &dataset_end(Status::Failed));
    ensure(matches!(never, Err(LedgerError::NoSuchRun { .. })), "an attempt that never started ends")
}

fn knows_last_success(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("last_success");
    ensure(one.last_success(&publication)?.is_none(), "a success before the first run")?;
    let mut last = None;
    for status in [Status::Succeeded, Status::Succeeded, Status::Failed] {
        let run_id = one.start_run(&new_run(date(2025, 12, 1)))?;
        one.start_dataset_run(&run_id, &publication, 1, at(1))?;
        one.finish_dataset_run(&run_id, &publication, 1, &dataset_end(status))?;
        if status == Status::Succeeded {
            last = Some(run_id);
        }
    }
    ensure(other.last_success(&publication)?.map(|run| run.run_id) == last, "not the success that came last")
}

fn keeps_schemas(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("schemas");
    let run_id = one.start_run(&new_run(date(2025, 11, 1)))?;
    let column =
        |name: &str| Column { name: name.into(), kind: "text".into(), nullable: true, description: "x".into() };
    let (narrow, wide) = (vec![column("a")], vec![column("a"), column("b")]);
    let mut added = Vec::new();
    for (second, schema) in [(1, &narrow), (2, &narrow), (3, &wide), (4, &narrow)] {
        added.push(one.record_schema(&publication, schema, &run_id, at(second))?);
    }
    ensure(added == [true, false, true, true], "a schema is added when it did not change, or is not when it did")?;
    let history = other.schema_history(&publication)?;
    ensure(history.iter().map(|entry| &entry.schema).eq([&narrow, &wide, &narrow]), "the history is not in order")?;
    let whole = history.iter().all(|entry| entry.run_id == run_id)
        && history.first().is_some_and(|entry| entry.recorded_at == at(1));
    ensure(whole, "run or time of a schema are lost")?;
    ensure(other.schema_history(&Publication::of_dataset("none"))?.is_empty(), "publications share a history")
}

fn claim<'c>(publication: &'c Publication, owner: &'c str, second: i64) -> Claim<'c> {
    Claim { publication, owner, retake: false, now: at(second), ttl_secs: 10 }
}

fn take(ledger: &dyn Ledger, claim: &Claim<'_>) -> Result<Lease, Broken> {
    match ledger.acquire_lease(claim)? {
        Acquired::Lease(lease) => Ok(lease),
        Acquired::Held { .. } => Err(Broken::Unmet("a lease that is free cannot be taken")),
    }
}

fn is_held(ledger: &dyn Ledger, claim: &Claim<'_>, by: &str) -> Result<bool, Broken> {
    Ok(matches!(ledger.acquire_lease(claim)?, Acquired::Held { owner, .. } if owner == by))
}

fn leases_to_one(pair: Pair<'_>) -> Result<(), Broken> {
    let Pair { one, other } = pair;
    let (publication, elsewhere) = (Publication::of_dataset("leased"), Publication::of_dataset("leased_elsewhere"));
    let lease = take(one, &claim(&publication, "a", 0))?;
    ensure(lease.owner == "a" && lease.until == at(10), "owner or end of the lease")?;
    ensure(is_held(other, &claim(&publication, "b", 9), "a")?, "a live lease is given to another")?;
    ensure(is_held(other, &claim(&publication, "a", 9), "a")?, "a live lease is given to its owner unasked")?;
    take(other, &claim(&elsewhere, "b", 0))?;
    ensure(one.lease(&publication, at(9))? == Some(lease.clone()), "who holds a lease")?;
    ensure(one.lease(&publication, at(10))?.is_none(), "a lease that has ended is held")?;
    other.release_lease(&lease)?;
    ensure(one.lease(&publication, at(1))?.is_none(), "a lease that was given back is held")?;
    take(other, &claim(&publication, "b", 1))?;
    let raced = Publication::of_dataset("leased_in_a_race");
    let taken: Result<Vec<Acquired>, LedgerError> = thread::scope(|scope| {
        let threads: Vec<_> = ["a", "b", "c", "d", "e", "f"]
            .iter()
            .enumerate()
            .map(|(n, owner)| (if n % 2 == 0 { pair.one } else { pair.other }, claim(&raced, owner, 0)))
            .map(|(ledger, claim)| scope.spawn(move || ledger.acquire_lease(&claim)))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let won = taken?.into_iter().filter(|acquired| matches!(acquired, Acquired::Lease(_))).count();
    ensure(won == 1, "not exactly one of several got the lease")
}

fn fences(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("fenced");
    let lost = |result: Result<Lease, LedgerError>| matches!(result, Err(LedgerError::LeaseLost { .. }));
    let first = take(one, &claim(&publication, "a", 0))?;
    let renewed = one.renew_lease(&first, at(5), 10)?;
    ensure(renewed.until == at(15) && renewed.fencing == first.fencing, "a renewed lease")?;
    ensure(is_held(other, &claim(&publication, "b", 14), "a")?, "renewing does not last")?;
    one.renew_lease(&renewed, at(20), 10)?;
    let second = take(other, &claim(&publication, "b", 30))?;
    ensure(second.fencing > first.fencing, "the fencing number does not grow")?;
    ensure(lost(one.renew_lease(&first, at(31), 10)), "a lease that was taken over is renewed")?;
    one.release_lease(&first)?;
    ensure(other.lease(&publication, at(31))?.is_some(), "who lost a lease gives it back for another")?;
    let again = take(one, &Claim { retake: true, ..claim(&publication, "b", 32) })?;
    ensure(again.fencing > second.fencing, "retaking does not fence off the earlier attempt")?;
    ensure(lost(other.renew_lease(&second, at(33), 10)), "an earlier attempt of the same owner renews")?;
    ensure(is_held(other, &Claim { retake: true, ..claim(&publication, "a", 33) }, "b")?, "retaking from another")?;
    one.release_lease(&again)?;
    ensure(take(other, &claim(&publication, "c", 34))?.fencing > again.fencing, "giving back resets the fencing number")
}

fn frees_leases(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("freed");
    let run_id = one.start_run(&new_run(date(2025, 10, 1)))?;
    take(one, &claim(&publication, &run_id.to_string(), 0))?;
    ensure(other.close_dead_runs(at(1))?.is_empty(), "a run that lives is closed")?;
    one.finish_run(&run_id, &end(Status::Aborted))?;
    take(other, &claim(&publication, "b", 1))?;
    Ok(())
}
