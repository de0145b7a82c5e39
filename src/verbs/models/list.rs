//! `carelake models list`: every model, in the order in which they are built.

use std::process::ExitCode;

use carelake_curated::config::{Body, Curated, Model};
use carelake_curated::select::{Unknown, select};
use clap::Args;
use serde_json::json;

use super::{section, usage};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// List models, in the order in which they are built
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake models list
  carelake models list +kpi_tat --tree
  carelake models list zone:report,tag:daily

`changed` and `failed` are known to `carelake build` only.")]
pub(crate) struct List {
    /// Which models; all when not given
    #[arg(value_name = "SELECT")]
    select: Vec<String>,
    /// Show below each model what it is made of
    #[arg(long)]
    tree: bool,
}

impl List {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let curated = section(&lake)?;
        let models = select(&curated, &self.select, &[], &Unknown).map_err(|error| usage(&error))?;
        if global.json {
            let told = |model: &&Model| {
                json!({
                    "model": model.name, "zone": model.zone.name(), "description": model.description, "owner": model.owner,
                    "tags": model.tags, "tests": model.tests.len(), "reads": model.tables(),
                })
            };
            output::json(&json!({ "models": models.iter().map(told).collect::<Vec<_>>() }))?;
        } else if self.tree {
            let is_top =
                |model: &&&Model| !curated.above(model).any(|above| models.iter().any(|it| it.name == above.name));
            for model in models.iter().filter(is_top) {
                branch(&curated, model, 0);
            }
        } else {
            let row = |model: &&Model| {
                let made_by = match &model.body {
                    Body::Sql(script) => script.path.clone(),
                    Body::Steps(steps) => format!("{} steps", steps.len()),
                };
                let tests = model.tests.len().to_string();
                vec![model.name.clone(), model.zone.name().to_owned(), made_by, tests, model.description.clone()]
            };
            output::table(&["MODEL", "ZONE", "MADE BY", "TESTS", "A ROW IS"], &["TESTS"], models.iter().map(row));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn branch(curated: &Curated, model: &Model, depth: usize) {
    output::line(format_args!("{}{}", "  ".repeat(depth), model.name));
    for below in curated.below(model) {
        branch(curated, below, depth + 1);
    }
    for input in &model.inputs {
        let from = match &input.from {
            carelake_curated::config::From::Publication(name) | carelake_curated::config::From::Pattern(name) => name,
        };
        output::line(format_args!("{}{from}", "  ".repeat(depth + 1)));
    }
}
