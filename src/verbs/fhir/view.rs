//! `carelake fhir view`: rows of a view over files, with nothing published.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_fhir::config::Definition;
use carelake_fhir::functions::failed;
use carelake_fhir::take::open_file;
use carelake_fhir::views::{SHIPPED, compiled, rows_of};
use clap::Args;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Show the rows of a view over files of resources; nothing is published
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake fhir view patients Patient.1.ndjson
  carelake fhir view views/my_patients.json exports/*.ndjson.gz --base https://fhir.example.org/r4 > rows.ndjson

A view is one that is shipped, or a file of a ViewDefinition. Each row is a line of JSON. Rows hold what the resources hold: see to where they
go. Several values for a column that takes one are an error here; in a run the column is null, and counted.")]
pub(crate) struct View {
    /// A shipped view, or a file
    #[arg(value_name = "VIEW")]
    view: String,
    /// Files of lines; packed where they end with .gz
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Base URLs that references to these resources begin with
    #[arg(long, value_name = "URL")]
    base: Vec<String>,
}

impl View {
    pub(crate) fn execute(self, _global: &Global) -> Result<ExitCode, Failure> {
        let views =
            compiled(&[definition(&self.view)?], Timestamp::now()).map_err(|error| Failure::from(failed(&error)))?;
        for path in &self.files {
            let name = path.display().to_string();
            let file = open_file(path).map_err(|error| Failure::argument(format!("{name}: {error}")))?;
            let passed = rows_of(&views, (&name, file), &self.base, |row| output::line(row));
            let passed = passed.map_err(|error| Failure::from(failed(&error)))?;
            if passed > 0 {
                output::aside(format_args!("{name}: {passed} lines are no JSON object"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) fn definition(view: &str) -> Result<Definition, Failure> {
    let shipped = || SHIPPED.iter().map(|(name, _)| *name);
    if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == view) {
        return Ok(Definition { name: (*name).to_owned(), text: (*text).into() });
    }
    if !view.ends_with(".json") {
        return Err(Failure::unknown("view", view, shipped()));
    }
    let path = Path::new(view);
    let text = std::fs::read_to_string(path).map_err(|error| Failure::argument(format!("{view}: {error}")))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Definition { name, text: text.into() })
}
