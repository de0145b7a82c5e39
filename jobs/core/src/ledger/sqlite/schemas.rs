//! The history of schemas.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::decode::{json, rows, to_json, value};
use super::{SqliteLedger, Trouble};
use crate::ledger::{LedgerError, SchemaEntry, Schemas};
use crate::names::{Column, Publication, RunId};

impl Schemas for SqliteLedger {
    fn record_schema(
        &self,
        publication: &Publication,
        schema: &[Column],
        run_id: &RunId,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.write("record a schema", |transaction| record(transaction, publication, schema, run_id, now))
    }

    fn schema_history(&self, publication: &Publication) -> Result<Vec<SchemaEntry>, LedgerError> {
        self.read("read schemas", |connection| history(connection, publication))
    }
}

fn record(
    connection: &Connection,
    publication: &Publication,
    schema: &[Column],
    run_id: &RunId,
    now: Timestamp,
) -> Result<bool, Trouble> {
    if history(connection, publication)?.pop().is_some_and(|last| last.schema == schema) {
        return Ok(false);
    }
    connection.execute(
        "insert into schemas (publication, run_id, recorded_at, columns) values (?1, ?2, ?3, ?4)",
        params![publication.path(), run_id.to_string(), now.to_string(), to_json(&schema, "columns")?],
    )?;
    Ok(true)
}

fn history(connection: &Connection, publication: &Publication) -> Result<Vec<SchemaEntry>, Trouble> {
    let query = "select * from schemas where publication = ?1 order by id";
    rows(connection, query, [publication.path()], |row| {
        Ok(SchemaEntry {
            run_id: value(row, "run_id")?,
            recorded_at: value(row, "recorded_at")?,
            schema: json(row, "columns")?,
        })
    })
}
