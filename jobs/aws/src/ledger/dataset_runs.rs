//! Attempts at publications. A dataset's job writes in partitions of its own dataset only.
//!
//! The run item names the datasets. A feed is named once more in the partition of its dataset, so that one query for each
//! dataset and one for each feed find every attempt of a run.

use carelake_core::ledger::{DatasetRun, DatasetRunEnd, Run, Status};
use carelake_core::names::{Publication, RunId};
use jiff::Timestamp;

use super::Trouble;
use super::item::{Item, SK};
use super::runs;
use super::table::{Condition, Table, Together};

/// The sort key of the last success.
const SUCCESS: &str = "SUCCESS";
/// The number that tells which of two attempts began later.
const ORDER: &str = "order";

/// The partition of a publication.
pub(super) fn partition(publication: &Publication) -> String {
    format!("PUB#{publication}")
}

/// What the sort key of every attempt of a run begins with.
fn of_run(run_id: &RunId) -> String {
    format!("RUN#{run_id}#")
}

fn key(run_id: &RunId, attempt: u32) -> String {
    format!("{}{attempt:04}", of_run(run_id))
}

pub(super) async fn start(
    table: &Table,
    run_id: &RunId,
    publication: &Publication,
    attempt: u32,
    now: Timestamp,
) -> Result<(), Trouble> {
    if runs::run(table, run_id).await?.is_none() {
        return Err(runs::no_such_run(table, run_id));
    }
    if let Some(feed) = publication.feed() {
        let dataset = partition(&Publication::of_dataset(publication.dataset()));
        // Before the attempt, so that no attempt is without it.
        let named = Item::at(&dataset, &format!("{}FEED#{feed}", of_run(run_id))).with("feed", feed);
        table.put(named, &Condition::Always).await?;
    }
    let item = Item::at(&partition(publication), &key(run_id, attempt))
        .with("run_id", run_id)
        .with("publication", publication)
        .with_number("attempt", attempt)
        .with("status", Status::Running)
        .with("started_at", now)
        .with_number(ORDER, now.as_nanosecond());
    table.put(item, &Condition::Always).await.map(drop)
}

pub(super) async fn finish(
    table: &Table,
    run_id: &RunId,
    publication: &Publication,
    attempt: u32,
    end: &DatasetRunEnd,
) -> Result<(), Trouble> {
    let (pk, sk) = (partition(publication), key(run_id, attempt));
    let Some(item) = table.get(&pk, &sk).await? else { return Err(runs::no_such_run(table, run_id)) };
    let begun = Item::default().with("started_at", item.value::<Timestamp>("started_at")?);
    let mut ended = item
        .with("status", end.status)
        .with("finished_at", end.now)
        .with_optional("error", end.error.map(|kind| kind.name))
        .with_optional("reason", end.reason.as_ref())
        .with_optional("previous_run_id", end.previous_run_id.as_ref());
    if let Some(rows) = end.rows {
        ended = ended.with_number("rows", rows);
    }
    if end.status == Status::Succeeded {
        let success = ended.clone().with(SK, SUCCESS);
        let writes = vec![(ended.clone(), Condition::Same(begun.clone())), (success, Condition::NotNewer(ORDER))];
        if table.put_together(writes).await? == Together::Done {
            return Ok(());
        }
        // A later attempt has succeeded already, or the attempt began again.
    }
    if table.put(ended, &Condition::Same(begun)).await? { Ok(()) } else { Err(Trouble::Busy) }
}

/// Returns every attempt of a run, by publication and attempt.
pub(super) async fn of(table: &Table, run_id: &RunId) -> Result<Vec<DatasetRun>, Trouble> {
    let Some(run) = runs::run(table, run_id).await? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for dataset in &run.datasets {
        let publication = Publication::of_dataset(dataset);
        for item in table.query(&partition(&publication), &of_run(run_id)).await? {
            match item.optional::<String>("feed")? {
                None => found.push(decode(&item, Some(&run))?),
                Some(feed) => {
                    let publication = Publication::of_feed(dataset, &feed);
                    for item in table.query(&partition(&publication), &of_run(run_id)).await? {
                        found.push(decode(&item, Some(&run))?);
                    }
                }
            }
        }
    }
    found.sort_by_key(|attempt| (attempt.publication.path(), attempt.attempt));
    Ok(found)
}

pub(super) async fn last_success(table: &Table, publication: &Publication) -> Result<Option<DatasetRun>, Trouble> {
    let item = table.get(&partition(publication), SUCCESS).await?;
    item.map(|item| decode(&item, None)).transpose()
}

/// Reads an attempt. One that was under way when its run was aborted was aborted with it.
fn decode(item: &Item, run: Option<&Run>) -> Result<DatasetRun, Trouble> {
    let mut attempt = DatasetRun {
        run_id: item.value("run_id")?,
        publication: Publication::from_path(&item.value::<String>("publication")?),
        attempt: item.number("attempt")?,
        status: item.value("status")?,
        started_at: item.value("started_at")?,
        finished_at: item.optional("finished_at")?,
        error: item.optional("error")?,
        reason: item.optional("reason")?,
        rows: item.optional_number("rows")?,
        previous_run_id: item.optional("previous_run_id")?,
    };
    if let Some(run) = run.filter(|run| run.status == Status::Aborted && attempt.status == Status::Running) {
        (attempt.status, attempt.finished_at) = (Status::Aborted, run.finished_at);
    }
    Ok(attempt)
}
