//! The history of schemas: numbered from 1 in the partition of the publication.

use carelake_core::ledger::SchemaEntry;
use carelake_core::names::{Column, Publication, RunId};
use jiff::Timestamp;

use super::Trouble;
use super::dataset_runs::partition;
use super::item::Item;
use super::table::{Condition, Table};
use crate::attempts;

const SCHEMA: &str = "SCHEMA#";

pub(super) async fn record(
    table: &Table,
    publication: &Publication,
    schema: &[Column],
    run_id: &RunId,
    now: Timestamp,
) -> Result<bool, Trouble> {
    let pk = partition(publication);
    for attempt in 1..=attempts::MOST {
        let history = history(table, publication).await?;
        if let Some(last) = history.last().filter(|last| last.schema == schema) {
            // Ours, when the answer to the attempt before was lost.
            return Ok(attempt > 1 && last.run_id == *run_id && last.recorded_at == now);
        }
        // Six digits, so that the order of the keys is the order of the numbers.
        let item = Item::at(&pk, &format!("{SCHEMA}{:06}", history.len() + 1))
            .with("run_id", run_id)
            .with("recorded_at", now)
            .with_json("columns", &schema)?;
        if table.put(item, &Condition::Absent).await? {
            return Ok(true);
        }
        attempts::wait(attempt).await;
    }
    Err(Trouble::Busy)
}

pub(super) async fn history(table: &Table, publication: &Publication) -> Result<Vec<SchemaEntry>, Trouble> {
    let items = table.query(&partition(publication), SCHEMA).await?;
    let decode = |item: &Item| {
        Ok(SchemaEntry {
            run_id: item.value("run_id")?,
            recorded_at: item.value("recorded_at")?,
            schema: item.json("columns")?,
        })
    };
    items.iter().map(decode).collect()
}
