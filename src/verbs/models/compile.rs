//! `carelake models compile`: what an engine is asked.

use std::process::ExitCode;

use carelake_curated::config::Body;
use carelake_curated::sql::{Engine, compile};
use carelake_curated::standings::values;
use clap::{Args, ValueEnum};
use jiff::Zoned;
use jiff::civil::Date;
use serde_json::json;

use super::{invalid, named, section};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::{Global, date};
use crate::output;

/// Show the SQL of a model as an engine is asked it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake models compile kpi_tat
  carelake models compile kpi_tat --engine athena --as-of 2026-11-02

Of steps only those in SQL are shown. Functions that begin with cl_ are carelake's own.")]
pub(crate) struct Compile {
    /// The model
    #[arg(value_name = "NAME")]
    name: String,
    /// For what
    #[arg(long, value_name = "ENGINE", default_value = "polars")]
    engine: For,
    /// The day of the build; today when not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
}

/// What runs it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum For {
    Polars,
    Athena,
}

impl Compile {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let curated = section(&lake)?;
        let model = named(&curated, &self.name)?;
        let vars = values(&curated, self.as_of.unwrap_or_else(|| Zoned::now().date()));
        let engine = match self.engine {
            For::Polars => Engine::Polars,
            For::Athena => Engine::Athena,
        };
        let mut texts: Vec<(String, String)> = Vec::new();
        for script in model.scripts() {
            let text =
                compile(&script.checked, engine, &vars).map_err(|wrong| invalid(format!("{}:{wrong}", script.path)))?;
            texts.push((script.path.clone(), text));
            for warning in &script.checked.warnings {
                output::aside(format_args!("{}:{warning}", script.path));
            }
        }
        if global.json {
            let told = texts.iter().map(|(path, text)| json!({ "file": path, "sql": text })).collect::<Vec<_>>();
            output::json(&json!({ "model": model.name, "engine": engine, "scripts": told }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if let (Body::Steps(steps), true) = (&model.body, texts.is_empty()) {
            let kinds: Vec<&str> = steps.iter().map(|step| step.action.kind()).collect();
            output::line(format_args!("-- steps without SQL: {}", kinds.join(", ")));
        }
        for (path, text) in &texts {
            output::line(format_args!("-- {path}\n{text};"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
