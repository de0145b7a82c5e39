//! Runs and dataset runs.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Trouble;
use super::alive::Alive;
use super::decode::{json, optional, rows, to_json, value};
use crate::ledger::{DatasetRun, DatasetRunEnd, Given, NewRun, Run, RunEnd, Status};
use crate::names::Baseline;
use crate::names::{Publication, RunId};

pub(super) fn start(connection: &Connection, alive: &Alive, run: &NewRun) -> Result<RunId, Trouble> {
    if let Some(execution) = &run.execution {
        let started = "select * from runs where execution = ?1";
        if let Some(known) = rows(connection, started, [execution], decode_run)?.pop() {
            if known.status == Status::Running {
                alive.begin(&known.run_id)?;
            }
            return Ok(known.run_id);
        }
    }
    let run_id = next(connection, run.as_of, run.used)?;
    let datasets = to_json(&run.datasets, "datasets")?;
    connection.execute(
        "insert into runs (run_id, as_of, number, trigger, datasets, execution, status, started_at, baseline)
         values (?1, ?2, ?3, ?4, ?5, ?6, 'running', ?7, ?8)",
        params![
            run_id.to_string(),
            run.as_of.to_string(),
            run_id.number(),
            run.trigger.name(),
            datasets,
            run.execution,
            run.now.to_string(),
            to_json(&run.baseline, "baseline")?
        ],
    )?;
    // Before the entry can be seen, so that no entry is without its lock.
    alive.begin(&run_id)?;
    Ok(run_id)
}

/// Returns the id after the highest of a date.
fn next(connection: &Connection, as_of: Date, used: u32) -> Result<RunId, Trouble> {
    let highest = "select max(number) from
        (select number from runs where as_of = ?1 union all select number from identities where as_of = ?1)";
    let highest: Option<u32> = connection.query_row(highest, [as_of.to_string()], |row| row.get(0))?;
    let number = highest.unwrap_or(0).max(used).checked_add(1).ok_or(Trouble::Damaged("number"))?;
    RunId::new(as_of, number).map_err(|_| Trouble::Damaged("number"))
}

/// Returns the id of an identity; gives it one if it has none.
pub(super) fn id_for(connection: &Connection, identity: &str, as_of: Date, now: Timestamp) -> Result<Given, Trouble> {
    let known = rows(connection, "select * from identities where identity = ?1", [identity], |row| {
        Ok(Given { run_id: value(row, "run_id")?, first_given_at: value(row, "first_given_at")? })
    });
    if let Some(given) = known?.pop() {
        return Ok(given);
    }
    let run_id = next(connection, as_of, 0)?;
    connection.execute(
        "insert into identities (identity, run_id, as_of, number, first_given_at) values (?1, ?2, ?3, ?4, ?5)",
        params![identity, run_id.to_string(), as_of.to_string(), run_id.number(), now.to_string()],
    )?;
    Ok(Given { run_id, first_given_at: now })
}

/// Ends a run that is running. Answers whether it was.
pub(super) fn finish(connection: &Connection, run_id: &RunId, end: &RunEnd) -> Result<bool, Trouble> {
    let changed = connection.execute(
        "update runs set status = ?2, finished_at = ?3, errors = ?4, report_key = ?5
         where run_id = ?1 and status = 'running'",
        params![
            run_id.to_string(),
            end.status.name(),
            end.now.to_string(),
            to_json(&end.errors, "errors")?,
            end.report_key
        ],
    )?;
    Ok(changed > 0)
}

/// Notes the report of a run that has ended without one.
pub(super) fn note_report(connection: &Connection, run_id: &RunId, report_key: Option<&str>) -> rusqlite::Result<()> {
    connection.execute(
        "update runs set report_key = ?2 where run_id = ?1 and report_key is null",
        params![run_id.to_string(), report_key],
    )?;
    Ok(())
}

/// Ends a run that is running, and its dataset runs, as aborted. Answers whether it was running.
pub(super) fn abort(connection: &Connection, run_id: &RunId, now: Timestamp) -> rusqlite::Result<bool> {
    let (run_id, now) = (run_id.to_string(), now.to_string());
    let changed = connection.execute(
        "update runs set status = 'aborted', finished_at = ?2 where run_id = ?1 and status = 'running'",
        [&run_id, &now],
    )?;
    if changed > 0 {
        connection.execute(
            "update dataset_runs set status = 'aborted', finished_at = ?2 where run_id = ?1 and status = 'running'",
            [&run_id, &now],
        )?;
    }
    Ok(changed > 0)
}

pub(super) fn running(connection: &Connection) -> Result<Vec<RunId>, Trouble> {
    rows(connection, "select run_id from runs where status = 'running' order by id", [], |row| value(row, "run_id"))
}

pub(super) fn list(connection: &Connection, limit: usize) -> Result<Vec<Run>, Trouble> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    rows(connection, "select * from runs order by id desc limit ?1", [limit], decode_run)
}

pub(super) fn list_before(connection: &Connection, before: &RunId, limit: usize) -> Result<Vec<Run>, Trouble> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = "select * from runs where id < (select id from runs where run_id = ?1) order by id desc limit ?2";
    rows(connection, query, params![before.to_string(), limit], decode_run)
}

pub(super) fn run(connection: &Connection, run_id: &RunId) -> Result<Option<Run>, Trouble> {
    Ok(rows(connection, "select * from runs where run_id = ?1", [run_id.to_string()], decode_run)?.pop())
}

pub(super) fn start_dataset(
    connection: &Connection,
    run_id: &RunId,
    publication: &Publication,
    attempt: u32,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "insert or replace into dataset_runs (run_id, publication, attempt, status, started_at)
         values (?1, ?2, ?3, 'running', ?4)",
        params![run_id.to_string(), publication.path(), attempt, now.to_string()],
    )?;
    Ok(())
}

/// Ends a dataset run. Answers whether there is one.
pub(super) fn finish_dataset(
    connection: &Connection,
    run_id: &RunId,
    publication: &Publication,
    attempt: u32,
    end: &DatasetRunEnd,
) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "update dataset_runs set status = ?4, finished_at = ?5, error = ?6, reason = ?7, rows = ?8, previous_run_id = ?9
         where run_id = ?1 and publication = ?2 and attempt = ?3",
        params![
            run_id.to_string(),
            publication.path(),
            attempt,
            end.status.name(),
            end.now.to_string(),
            end.error.map(|kind| kind.name),
            end.reason,
            end.rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX)),
            end.previous_run_id.as_ref().map(ToString::to_string),
        ],
    )?;
    Ok(changed > 0)
}

pub(super) fn dataset_runs(connection: &Connection, run_id: &RunId) -> Result<Vec<DatasetRun>, Trouble> {
    let query = "select * from dataset_runs where run_id = ?1 order by publication, attempt";
    rows(connection, query, [run_id.to_string()], decode_dataset_run)
}

pub(super) fn last_success(connection: &Connection, publication: &Publication) -> Result<Option<DatasetRun>, Trouble> {
    let query = "select id from dataset_runs where publication = ?1 and status = 'succeeded' order by id desc limit 1";
    let last: Option<i64> = connection.query_row(query, [publication.path()], |row| row.get(0)).optional()?;
    let Some(last) = last else { return Ok(None) };
    Ok(rows(connection, "select * from dataset_runs where id = ?1", [last], decode_dataset_run)?.pop())
}

fn decode_run(row: &Row<'_>) -> Result<Run, Trouble> {
    Ok(Run {
        run_id: value(row, "run_id")?,
        trigger: value(row, "trigger")?,
        datasets: json(row, "datasets")?,
        execution: row.get("execution")?,
        status: value(row, "status")?,
        started_at: value(row, "started_at")?,
        finished_at: optional(row, "finished_at")?,
        errors: json(row, "errors")?,
        report_key: row.get("report_key")?,
        baseline: baseline(row)?,
    })
}

/// Reads what publications served. A ledger of before it was kept, on a disk that cannot be written, has no such column.
fn baseline(row: &Row<'_>) -> Result<Baseline, Trouble> {
    match row.get_ref("baseline") {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(Baseline::default()),
        _ => json(row, "baseline"),
    }
}

fn decode_dataset_run(row: &Row<'_>) -> Result<DatasetRun, Trouble> {
    let rows: Option<i64> = row.get("rows")?;
    Ok(DatasetRun {
        run_id: value(row, "run_id")?,
        publication: Publication::from_path(&row.get::<_, String>("publication")?),
        attempt: row.get("attempt")?,
        status: value(row, "status")?,
        started_at: value(row, "started_at")?,
        finished_at: optional(row, "finished_at")?,
        error: row.get("error")?,
        reason: row.get("reason")?,
        rows: rows.and_then(|rows| u64::try_from(rows).ok()),
        previous_run_id: optional(row, "previous_run_id")?,
    })
}
