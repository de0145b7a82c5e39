//! `carelake diff`: what changed between two runs of a dataset.

use std::process::ExitCode;

use carelake_core::publish::{self, RunId, RunState};
use clap::Args;
use polars::prelude::*;

use crate::cli::Global;
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::output::{self, thousands};
use crate::published::{failed, table};
use crate::verbs::query::print;

/// Show the rows that two runs of a dataset do not share, by key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake diff clinicians
  carelake diff clinicians 2026-10-01.1 2026-11-01.1 --rows 20
  carelake diff hospitals/hospital_enrollments --json")]
pub(crate) struct Diff {
    /// The dataset, or a feed as hospitals/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The earlier and the later run; the run before the current and the current when not given
    #[arg(value_name = "RUN", num_args = 2, value_parser = run_id)]
    runs: Vec<RunId>,
    /// Show so many keys of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: u32,
}

/// Rows that only one run has, and rows that changed.
struct Difference {
    added: DataFrame,
    removed: DataFrame,
    changed: DataFrame,
    /// Columns that changed, and in how many rows.
    columns: Vec<(String, u64)>,
}

impl Diff {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = lake.one(&self.dataset)?;
        let (earlier, later) = match self.runs.as_slice() {
            [earlier, later] => (earlier.clone(), later.clone()),
            _ => last_two(&lake, &publication)?,
        };
        let spec = lake.config.dataset(&publication.dataset);
        let spec = spec.and_then(|dataset| dataset.publications.iter().find(|spec| spec.feed == publication.feed));
        let key: Vec<String> = spec.map(|spec| spec.key.clone()).unwrap_or_default();
        let before = table(&lake, &publication, &earlier)?;
        let after = table(&lake, &publication, &later)?;
        let found = difference(before, after, &key).map_err(failed)?;
        if global.json {
            let columns: serde_json::Map<_, _> =
                found.columns.iter().map(|(name, rows)| (name.clone(), (*rows).into())).collect();
            output::json(&serde_json::json!({
                "publication": publication.path(), "earlier": earlier, "later": later, "key": key,
                "added": found.added.height(), "removed": found.removed.height(), "changed": found.changed.height(),
                "changed_columns": columns,
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        output::line(format_args!("{publication}: run {earlier} to run {later}, by {}", key.join(", ")));
        for (what, rows) in [("added", &found.added), ("removed", &found.removed), ("changed", &found.changed)] {
            output::line(format_args!("\n{} {what}", thousands(rows.height() as u64)));
            if rows.height() > 0 && self.rows > 0 {
                print(&rows.head(Some(self.rows as usize)))?;
            }
        }
        if !found.columns.is_empty() {
            output::line("\nchanged columns");
            let rows = found.columns.into_iter().map(|(name, rows)| vec![name, thousands(rows)]);
            output::table(&["COLUMN", "ROWS"], &["ROWS"], rows);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the run that is served and the one published before it.
fn last_two(lake: &Lake, publication: &publish::Publication) -> Result<(RunId, RunId), Failure> {
    let runs = publish::runs(&*lake.output, publication)?;
    let current = runs.iter().find(|run| run.state == RunState::Current);
    let before = current.and_then(|run| run.manifest.as_ref()).and_then(|manifest| manifest.previous_run_id.clone());
    match (before, current) {
        (Some(before), Some(current)) if runs.iter().any(|run| run.run_id == before) => {
            Ok((before, current.run_id.clone()))
        }
        _ => Err(Failure::argument(format!("{publication} has no two runs to compare"))
            .advise("name two runs: `carelake runs`")),
    }
}

fn difference(before: LazyFrame, after: LazyFrame, key: &[String]) -> PolarsResult<Difference> {
    let lineage = carelake_core::table::LINEAGE.map(|field| field.name);
    let strip = |frame: LazyFrame| frame.select([all().exclude_cols(lineage).as_expr()]);
    let (before, after) = (strip(before), strip(after));
    let on: Vec<Expr> = key.iter().map(col).collect();
    let only = |left: &LazyFrame, right: &LazyFrame| {
        let args = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Anti) };
        left.clone()
            .join(right.clone().select(&on), &on, &on, args)
            .select(&on)
            .sort(key, SortMultipleOptions::default())
            .collect()
    };
    let (added, removed) = (only(&after, &before)?, only(&before, &after)?);
    let names: Vec<String> = after.clone().collect_schema()?.iter_names().map(ToString::to_string).collect();
    let compared: Vec<&String> = names.iter().filter(|name| !key.contains(name)).collect();
    let args = JoinArgs { suffix: Some("__before".into()), nulls_equal: true, ..JoinArgs::new(JoinType::Inner) };
    let differs = |name: &str| col(name).neq_missing(col(format!("{name}__before")));
    let flags: Vec<Expr> = compared.iter().map(|name| differs(name).alias(format!("{name}__differs"))).collect();
    let joined = after.join(before, &on, &on, args).with_columns(flags);
    let any =
        compared.iter().map(|name| col(format!("{name}__differs"))).reduce(Expr::or).unwrap_or_else(|| lit(false));
    let changed = joined.filter(any);
    let sums: Vec<Expr> = compared
        .iter()
        .map(|name| col(format!("{name}__differs")).sum().cast(DataType::UInt64).alias(name.as_str()))
        .collect();
    let counts = changed.clone().select(sums).collect()?;
    let mut columns = Vec::new();
    for column in counts.columns() {
        let rows = column.u64()?.get(0).unwrap_or(0);
        if rows > 0 {
            columns.push((column.name().to_string(), rows));
        }
    }
    columns.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    let changed = changed.select(&on).sort(key, SortMultipleOptions::default()).collect()?;
    Ok(Difference { added, removed, changed, columns })
}
