//! `carelake query`: SQL over what is published.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use carelake_query::{Database, QueryError};
use clap::Args;

use crate::answer::{self, Shown};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::listing::Listing;
use crate::options::Global;
use crate::output;
use crate::tables::{REJECTS, Tables};
use crate::tenant::{SHARED, shared_lake};
use crate::width;

/// Ask what is published, in SQL; the tables are the datasets, their feeds and the rejected rows
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake query 'select state, count(*) as clinicians from clinicians group by 1 order by 2 desc'
  carelake query --csv 'select * from hospitals where overall_rating = 5'
  carelake query --json 'select participation_tier, count(*) as n from providers group by 1'
  carelake query 'show tables'
  carelake query 'describe clinicians'
  carelake query --vertical --limit 1 'select * from hospitals__hospital_enrollments'
  carelake query 'select publication, rule, count(*) as n from rejects group by 1, 2'

The tables are the datasets, each with all its feeds; each feed as \"hospitals/FEED\" or hospitals__FEED; and rejects, the rows
that the last run of each publication refused, by file, line, rule and column. `show tables`, `describe TABLE`, `.tables` and
`.schema` list them. With --tenant, \"shared:NAME\" is a publication outside of every tenant.
Partners' feeds are \"intake/TABLE/FEED\" or TABLE__FEED, and all feeds of a table in one are persons, encounters and the like;
what a feed does not have is null.
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
    /// Show each row as lines, one for a column
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    vertical: bool,
    /// Show every column and whole cells, however wide the terminal is
    #[arg(long)]
    wide: bool,
    /// Show at most so many rows; 0 shows all. 100 on a terminal and all in a pipe when not given
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Query {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let listing = Listing::of(&self.sql);
        let with_rejects = listing == Some(Listing::Tables) || self.sql.to_lowercase().contains(REJECTS);
        let mut tables = Tables::find(&lake, with_rejects)?;
        if self.sql.contains(SHARED) {
            tables.add_shared(Tables::find(&shared_lake(global)?, false)?);
        }
        let explain = |error: QueryError| tables.explain(&lake, error);
        let sql = listing.map_or_else(|| self.sql.clone(), |listing| listing.sql(&tables));
        let limit = match self.limit {
            Some(0) => usize::MAX,
            Some(limit) => limit,
            None if io::stdout().is_terminal() && !self.csv && !global.json => 100,
            None => usize::MAX,
        };
        let database = Database::with_views(tables.known.clone(), &tables.views).map_err(explain)?;
        let mut question = database.ask(&sql).map_err(explain)?;
        if global.json {
            answer::json(&mut question, limit, explain)?;
        } else if self.csv {
            answer::csv(&mut question, limit, explain)?;
        } else if self.vertical {
            let (shown, rows) = answer::vertical(&mut question, limit, explain)?;
            tell_rows(shown, rows);
        } else {
            let line = if self.wide { None } else { width::of_terminal() };
            let Shown { rows: (shown, rows), columns: (columns, all), is_cut } =
                answer::table(&mut question, limit, line, explain)?;
            tell_rows(shown, rows);
            let cut = if columns < all {
                format!("{columns} of {all} columns")
            } else if is_cut {
                "cells are cut".to_owned()
            } else {
                return Ok(ExitCode::SUCCESS);
            };
            output::line(format_args!("... {cut}; --vertical shows a column a line, --wide shows all"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn tell_rows(shown: usize, rows: usize) {
    if shown < rows {
        output::line(format_args!("... {shown} of {rows} rows; --limit 0 shows all"));
    }
}
