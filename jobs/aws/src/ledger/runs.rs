//! Runs. One that has ended also ends its leases and the attempts that were under way: whoever reads those asks here.

use carelake_core::ledger::{Given, LedgerError, NewRun, Run, RunEnd, Status};
use carelake_core::names::RunId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Trouble;
use super::item::{Item, SK};
use super::table::{Condition, Table, Together};
use crate::attempts;

/// The partition of all runs.
const RUNS: &str = "RUNS";
/// The sort key of what tells which run id an identity has.
const IDENTITY_RUN: &str = "RUN";
/// The highest number that was given for a date.
const HIGHEST: &str = "highest";
/// How often starting is tried when others start runs at the same moment: each time one of them gets on.
const MOST_ATTEMPTS: u32 = 50;
/// How old a running run is when it is taken for dead: twice the time limit of the state machine (6 h).
const DEAD_AFTER_SECS: i64 = 12 * 3600;

/// The sort key of what tells which run an execution has.
fn execution_key(execution: &str) -> String {
    format!("EXECUTION#{execution}")
}

pub(super) async fn start(table: &Table, run: &NewRun) -> Result<RunId, Trouble> {
    for attempt in 1..=MOST_ATTEMPTS {
        if let Some(execution) = &run.execution
            && let Some(known) = table.get(RUNS, &execution_key(execution)).await?
        {
            return known.value("run_id");
        }
        let (run_id, counted) = next(table, run.as_of, run.used).await?;
        let item = Item::at(RUNS, &run_id.to_string())
            .with("trigger", run.trigger)
            .with_json("datasets", &run.datasets)?
            .with_optional("execution", run.execution.as_ref())
            .with("status", Status::Running)
            .with("started_at", run.now)
            .with_json("baseline", &run.baseline)?
            .with_json("errors", &Vec::<String>::new())?;
        let mut writes = vec![(item, Condition::Absent), counted];
        if let Some(execution) = &run.execution {
            let name = Item::at(RUNS, &execution_key(execution)).with("run_id", &run_id);
            writes.push((name, Condition::Absent));
        }
        match table.put_together(writes).await? {
            Together::Done => return Ok(run_id),
            // Another start took the number, or the execution: look again.
            Together::Refused(_) => attempts::wait(attempt).await,
        }
    }
    Err(Trouble::Busy)
}

/// Returns the id after the highest of a date, and what counts it: a write that fails when another id was given meanwhile.
async fn next(table: &Table, as_of: Date, used: u32) -> Result<(RunId, (Item, Condition)), Trouble> {
    let counter = format!("NUMBER#{as_of}");
    let there = table.get(RUNS, &counter).await?;
    let (mut highest, condition) = match &there {
        None => (used, Condition::Absent),
        Some(there) => {
            let counted: u32 = there.number(HIGHEST)?;
            (used.max(counted), Condition::Same(Item::default().with_number(HIGHEST, counted)))
        }
    };
    // Runs of before ids were counted.
    for item in table.query(RUNS, &format!("{as_of}.")).await? {
        highest = highest.max(item.value::<RunId>(SK)?.number());
    }
    let number = highest.checked_add(1).ok_or(Trouble::Damaged("number"))?;
    let run_id = RunId::new(as_of, number).map_err(|_| Trouble::Damaged("number"))?;
    Ok((run_id, (Item::at(RUNS, &counter).with_number(HIGHEST, number), condition)))
}

/// Returns the id of an identity; gives it one if it has none.
pub(super) async fn id_for(table: &Table, identity: &str, as_of: Date, now: Timestamp) -> Result<Given, Trouble> {
    let pk = format!("IDENTITY#{identity}");
    for attempt in 1..=MOST_ATTEMPTS {
        if let Some(known) = table.get(&pk, IDENTITY_RUN).await? {
            return Ok(Given { run_id: known.value("run_id")?, first_given_at: known.value("first_given_at")? });
        }
        let (run_id, counted) = next(table, as_of, 0).await?;
        let item = Item::at(&pk, IDENTITY_RUN).with("run_id", &run_id).with("first_given_at", now);
        match table.put_together(vec![(item, Condition::Absent), counted]).await? {
            Together::Done => return Ok(Given { run_id, first_given_at: now }),
            // Another call took the number, or named the identity: look again.
            Together::Refused(_) => attempts::wait(attempt).await,
        }
    }
    Err(Trouble::Busy)
}

/// Ends a run that is running.
pub(super) async fn finish(table: &Table, run_id: &RunId, end: &RunEnd) -> Result<(), Trouble> {
    let Some(item) = table.get(RUNS, &run_id.to_string()).await? else { return Err(no_such_run(table, run_id)) };
    let running = Item::default().with("status", Status::Running);
    let ended = item
        .with("status", end.status)
        .with("finished_at", end.now)
        .with_json("errors", &end.errors)?
        .with_optional("report_key", end.report_key.as_ref());
    if table.put(ended, &Condition::Same(running)).await? {
        return Ok(());
    }
    match run(table, run_id).await? {
        Some(run) if run.status == end.status => note_report(table, &run, end).await,
        Some(run) => {
            let (place, status) = (table.name.clone(), run.status.name());
            Err(LedgerError::Ended { place, run_id: run_id.clone(), status }.into())
        }
        None => Err(no_such_run(table, run_id)),
    }
}

/// Notes the report of a run that has ended without one.
async fn note_report(table: &Table, run: &Run, end: &RunEnd) -> Result<(), Trouble> {
    let (None, Some(report_key)) = (&run.report_key, &end.report_key) else { return Ok(()) };
    let Some(item) = table.get(RUNS, &run.run_id.to_string()).await? else { return Ok(()) };
    let ended = Item::default().with("status", run.status);
    // Nothing but this changes a run that has ended, and whoever else does notes the same report.
    table.put(item.with("report_key", report_key), &Condition::Same(ended)).await.map(drop)
}

/// Closes the runs that have been running for longer than any execution may.
pub(super) async fn close_dead(table: &Table, now: Timestamp) -> Result<Vec<RunId>, Trouble> {
    let limit = SignedDuration::from_secs(DEAD_AFTER_SECS);
    let mut all = all(table).await?;
    all.retain(|run| run.status == Status::Running && now.duration_since(run.started_at) > limit);
    let mut closed = Vec::new();
    for run in all.into_iter().rev() {
        let end = RunEnd { status: Status::Aborted, errors: Vec::new(), report_key: None, now };
        match finish(table, &run.run_id, &end).await {
            Ok(()) => closed.push(run.run_id),
            // It lived, and has just ended.
            Err(Trouble::Ledger(LedgerError::Ended { .. })) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(closed)
}

pub(super) async fn run(table: &Table, run_id: &RunId) -> Result<Option<Run>, Trouble> {
    table.get(RUNS, &run_id.to_string()).await?.as_ref().map(decode).transpose()
}

/// Returns every run, newest first. There are a few for each month.
pub(super) async fn all(table: &Table) -> Result<Vec<Run>, Trouble> {
    let items = table.query(RUNS, "").await?;
    // Beside the runs are the names of executions and the numbers of dates.
    let runs = items.iter().filter(|item| item.value::<RunId>(SK).is_ok());
    let mut runs: Vec<Run> = runs.map(decode).collect::<Result<_, _>>()?;
    runs.sort_by_key(|run| std::cmp::Reverse((run.started_at, run.run_id.number(), run.run_id.as_of())));
    Ok(runs)
}

pub(super) fn no_such_run(table: &Table, run_id: &RunId) -> Trouble {
    LedgerError::NoSuchRun { place: table.name.clone(), run_id: run_id.clone() }.into()
}

fn decode(item: &Item) -> Result<Run, Trouble> {
    Ok(Run {
        run_id: item.value(SK)?,
        trigger: item.value("trigger")?,
        datasets: item.json("datasets")?,
        execution: item.optional("execution")?,
        status: item.value("status")?,
        started_at: item.value("started_at")?,
        finished_at: item.optional("finished_at")?,
        errors: item.json("errors")?,
        report_key: item.optional("report_key")?,
        // Runs of before it was kept have none.
        baseline: item.optional_json("baseline")?.unwrap_or_default(),
    })
}
