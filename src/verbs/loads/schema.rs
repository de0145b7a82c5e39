//! `carelake loads schema`: the columns of tables, and what changed about them.

use std::process::ExitCode;

use carelake_loads::kept::Kept;
use carelake_loads::schema::told;
use carelake_loads::standing::{TableSchema, schema};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::entries_of;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// Show the columns of tables as they were seen last, and every change that was seen
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake loads schema crm/crm.accounts
  carelake loads schema 'crm/crm.acc*' --json")]
pub(crate) struct Schema {
    /// The tables, in which `*` stands for any characters
    #[arg(value_name = "SOURCE/DATABASE.TABLE")]
    table: String,
}

impl Schema {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let ledger = lake.existing_ledger()?;
        let kept = Kept::new(&*ledger, &lake.scope);
        let (source, entries) = entries_of(&lake, &kept, &self.table)?;
        let schemas = entries.iter().map(|entry| schema(&kept, &source, entry, Timestamp::now()));
        let schemas: Vec<TableSchema> = schemas.collect::<Result<_, _>>()?;
        if global.json {
            output::json(&json!({ "tables": schemas }))?;
            return Ok(ExitCode::SUCCESS);
        }
        for (entry, TableSchema { shape, mut history, .. }) in entries.iter().zip(schemas) {
            output::line(format_args!("{source}/{}, first seen {:.0}", entry.shown(), entry.first_seen));
            let columns = shape.map(|shape| shape.columns).unwrap_or_default();
            let row = |column: carelake_loads::schema::Known| {
                vec![column.name, column.lake, column.declared, column.class, column.fate.word().to_owned()]
            };
            output::table(&["COLUMN", "IN THE LAKE", "TYPE", "CLASS", ""], &[], columns.into_iter().map(row));
            history.sort_by_key(|seen| seen.seen_at);
            for seen in &history {
                let (column, what) = told(seen);
                let column = if column.is_empty() { "the table".to_owned() } else { column };
                output::line(format_args!("{:.0}  {column}: {what}", seen.seen_at));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
