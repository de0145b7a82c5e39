//! `carelake query`: SQL over what is published.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_query::{Database, QueryError};
use clap::Args;

use crate::answer;
use crate::cli::Global;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output;
use crate::published::{current, unanswered};
use crate::registry;

/// Ask what is published, in SQL; the tables are the datasets
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake query 'select state, count(*) as clinicians from clinicians group by 1 order by 2 desc'
  carelake query --csv 'select * from hospitals where overall_rating = 5'
  carelake query --json 'select participation_tier, count(*) as n from providers group by 1'

The state and source of a row are columns like any other. The language is SQLite's: one SELECT, WITH, VALUES or EXPLAIN,
which can change nothing.
  Dates are text such as 2026-11-01, times are text such as 2026-11-01T00:00:00+00:00 in UTC; date() and strftime() read both.
  Booleans are 1 and 0 in SQL, so that sum() and avg() work, and are shown as true and false in their own columns.
  Identifiers such as npi are text: write npi = '1234567893', which also finds the row without reading everything.
  LIKE tells upper from lower case. 5 / 2 is 2, and 5 / 2.0 is 2.5.")]
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
        let (mut tables, mut absent, mut broken) = (Vec::new(), Vec::new(), Vec::new());
        for dataset in &registry::DATASETS {
            match current(&lake, dataset.name) {
                Ok(Some(table)) => tables.push(Arc::new(table)),
                Ok(None) => absent.push(dataset.name),
                // What is damaged is told to who asks for it; the others are answered.
                Err(failure) if failure.kind == ErrorKind::Storage => broken.push((dataset.name, failure)),
                Err(failure) => return Err(failure),
            }
        }
        let explain = |error: QueryError| match &error {
            QueryError::UnknownTable { name, .. } if broken.iter().any(|(broken, _)| broken == name) => {
                let failure = broken.iter().find(|(broken, _)| broken == name).map(|(_, failure)| failure.clone());
                failure.unwrap_or_else(|| unanswered(error))
            }
            QueryError::UnknownTable { name, .. } if absent.contains(&name.as_str()) => {
                let advice = format!("{name} was never published into {}", lake.output.describe());
                unanswered(error).advise(advice)
            }
            _ => unanswered(error),
        };
        let limit = match self.limit {
            Some(0) => usize::MAX,
            Some(limit) => limit,
            None if io::stdout().is_terminal() && !self.csv && !global.json => 100,
            None => usize::MAX,
        };
        let database = Database::open(tables).map_err(explain)?;
        let mut question = database.ask(&self.sql).map_err(explain)?;
        if global.json {
            answer::json(&mut question, limit, explain)?;
        } else if self.csv {
            answer::csv(&mut question, limit, explain)?;
        } else {
            let (shown, rows) = answer::table(&mut question, limit, explain)?;
            if shown < rows {
                output::line(format_args!("... {shown} of {rows} rows; --limit 0 shows all"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
