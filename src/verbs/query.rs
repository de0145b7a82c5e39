//! `carelake query`: SQL over what is published.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Args;
use polars::prelude::*;
use polars::sql::SQLContext;

use crate::cli::Global;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output;
use crate::published::{current, failed};
use crate::registry;

/// Ask what is published, in SQL; the tables are the datasets
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake query 'select state, count(*) as clinicians from clinicians group by 1 order by 2 desc'
  carelake query --csv 'select * from hospitals where overall_rating = 5'
  carelake query --json 'select participation_tier, count(*) as n from providers group by 1'

The state and source of a row are columns like any other.")]
pub(crate) struct Query {
    /// The query
    #[arg(value_name = "SQL")]
    sql: String,
    /// Answer in CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Show at most so many rows; 0 shows all. 100 on a terminal and all in a pipe when not given
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Query {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let mut context = SQLContext::new();
        let mut absent = Vec::new();
        for dataset in &registry::DATASETS {
            match current(&lake, dataset.name)? {
                Some(table) => context.register(dataset.name, table),
                None => absent.push(dataset.name),
            }
        }
        let unpublished = |failure: Failure| match absent.iter().find(|name| self.sql.contains(**name)) {
            Some(name) => failure.advise(format!("{name} was never published into {}", lake.output.describe())),
            None => failure,
        };
        let answer =
            context.execute(&self.sql).and_then(LazyFrame::collect).map_err(|error| unpublished(failed(error)))?;
        let is_terminal = io::stdout().is_terminal();
        let limit = match self.limit {
            Some(0) => usize::MAX,
            Some(limit) => limit,
            None if is_terminal && !self.csv && !global.json => 100,
            None => usize::MAX,
        };
        let rows = answer.height();
        let mut shown = answer.slice(0, limit.min(rows));
        if global.json {
            JsonWriter::new(io::stdout()).with_json_format(JsonFormat::Json).finish(&mut shown).map_err(failed)?;
            output::line("");
        } else if self.csv {
            CsvWriter::new(io::stdout()).finish(&mut shown).map_err(failed)?;
        } else {
            print(&shown)?;
            if shown.height() < rows {
                output::line(format_args!("... {} of {rows} rows; --limit 0 shows all", shown.height()));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints a small table with aligned columns, numbers to the right, nulls empty.
pub(crate) fn print(frame: &DataFrame) -> Result<(), Failure> {
    let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let numeric: Vec<&str> = frame
        .columns()
        .iter()
        .filter(|column| column.dtype().is_primitive_numeric())
        .map(|column| column.name().as_str())
        .collect();
    let mut rows = Vec::with_capacity(frame.height());
    for at in 0..frame.height() {
        let mut row = Vec::with_capacity(names.len());
        for column in frame.columns() {
            row.push(match column.get(at).map_err(failed)? {
                AnyValue::Null => String::new(),
                AnyValue::String(text) => text.to_owned(),
                AnyValue::StringOwned(text) => text.to_string(),
                other => other.to_string(),
            });
        }
        rows.push(row);
    }
    output::table(&names, &numeric, rows);
    Ok(())
}
