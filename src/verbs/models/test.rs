//! `carelake models test`: how tests went, and unit tests.

use std::process::ExitCode;

use carelake_curated::select::select;
use carelake_curated::standings::{Outcome, Standings, TestResult};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{section, usage};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Show how the tests of the last build went, or run unit tests
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake models test
  carelake models test kpi_tat --unit

Unit tests are rows in CSV beside the configuration: tests/models/NAME/inputs/TABLE.csv and tests/models/NAME/expected.csv; a header such as
order_id:bigint has the types. They need no lake.")]
pub(crate) struct TestVerb {
    /// Which models; all when not given
    #[arg(value_name = "SELECT")]
    select: Vec<String>,
    /// Run unit tests
    #[arg(long)]
    unit: bool,
}

impl TestVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if self.unit { self.units(global) } else { self.standing(global) }
    }

    #[cfg(not(feature = "curated"))]
    #[expect(clippy::unused_self, reason = "with the engine it is needed")]
    fn units(&self, _: &Global) -> Result<ExitCode, Failure> {
        Err(super::without_engine())
    }

    #[cfg(feature = "curated")]
    fn units(&self, global: &Global) -> Result<ExitCode, Failure> {
        use std::path::Path;

        use carelake_curated::build::unit;
        use carelake_curated::select::Unknown;

        let lake = Lake::open(global)?;
        let curated = section(&lake)?;
        let models = select(&curated, &self.select, &[], &Unknown).map_err(|error| usage(&error))?;
        let file = std::path::absolute(&lake.config.file).unwrap_or_else(|_| lake.config.file.clone());
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut results = Vec::new();
        for model in &models {
            results.extend(unit(&curated, model, folder).map_err(|error| super::invalid(error.to_string()))?);
        }
        if global.json {
            output::json(&json!({ "unit_tests": results }))?;
        } else if results.is_empty() {
            output::aside("no model that is meant has a unit test: tests/models/NAME/expected.csv");
        } else {
            for result in &results {
                let word = if result.passed { Tone::Good.paint("passed") } else { Tone::Bad.paint("failed") };
                output::line(format_args!("{:<24} {word}", result.model));
                for line in &result.differences {
                    output::line(format_args!("  {line}"));
                }
            }
        }
        Ok(if results.iter().all(|result| result.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn standing(&self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let curated = section(&lake)?;
        let Some(ledger) = lake.ledger_if_any()? else {
            return Err(Failure::argument("nothing was built yet").advise("`carelake build`"));
        };
        let standings = Standings::new(&*ledger, &lake.scope, Timestamp::now());
        let models = select(&curated, &self.select, &[], &standings).map_err(|error| usage(&error))?;
        let mut rows = Vec::new();
        for model in &models {
            let kept = standings.of(&model.name)?;
            rows.extend(kept.into_iter().flat_map(|kept| kept.tests).map(|test| (model.name.clone(), test)));
        }
        if global.json {
            let told = rows.iter().map(|(model, test)| json!({ "model": model, "result": test })).collect::<Vec<_>>();
            output::json(&json!({ "tests": told }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |(model, test): &(String, TestResult)| {
            let (tone, word) = match test.outcome {
                Outcome::Passed => (Tone::Good, "passed"),
                Outcome::Warned => (Tone::Faint, "warned"),
                Outcome::Failed => (Tone::Bad, "failed"),
            };
            (tone, vec![model.clone(), test.test.clone(), word.to_owned(), thousands(test.failing), test.found.clone()])
        };
        output::toned_table(&["MODEL", "TEST", "", "ROWS FAIL", "FOUND"], &["ROWS FAIL"], rows.iter().map(row));
        Ok(ExitCode::SUCCESS)
    }
}
