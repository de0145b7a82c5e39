//! `carelake match train`: a model is made of what is served.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_matching::reference::Key;
use carelake_matching::run::{Labels, train};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Make a model of a matcher's own records and reference, and keep it as a new version
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match train pinellas
  carelake match train pinellas --out models/pinellas.json
  carelake match train pinellas --labels labels.csv

Weights come from pairs that are certain without a field, where there are enough, else by expectation maximisation; with --labels from what
people answered, as `carelake match labels --out FILE` writes it. A matcher without `model:` uses the version that was made last; no run
trains in passing. Read the warnings: each names a level whose weight should not be trusted.")]
pub(crate) struct Train {
    /// The matcher; the only one when not given
    #[arg(value_name = "NAME")]
    matcher: Option<String>,
    /// Answers of people, as CSV
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Write the model to a file, too
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A line of a file of labels; columns beside these are of no account.
#[derive(Deserialize)]
struct Line {
    data_source: String,
    patient_id: String,
    matched_data_source: String,
    matched_patient_id: String,
    label: String,
}

impl Train {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let labels = self.labels.as_ref().map(read).transpose()?.unwrap_or_default();
        let (name, version, content, sha256) = with_matcher(global, self.matcher.as_deref(), |_, world, engine| {
            let kept = train(world, engine, &labels)?.kept;
            Ok::<_, Trouble>((engine.matcher.name.clone(), kept.version, kept.content, kept.sha256))
        })?;
        let model: Value = serde_json::from_str(&content).unwrap_or_default();
        if let Some(path) = &self.out {
            let text = serde_json::to_string_pretty(&model).unwrap_or_default() + "\n";
            std::fs::write(path, text).map_err(|error| {
                Failure::new(ErrorKind::STORAGE, format!("{} cannot be written: {error}", path.display()))
            })?;
        }
        if global.json {
            output::json(&json!({ "matcher": name, "version": version, "sha256": sha256, "model": model }))?;
        } else {
            output::line(format_args!("{name}: version {version} of its model is kept, SHA-256 {sha256}"));
            let warnings = model.get("warnings").and_then(Value::as_array).cloned().unwrap_or_default();
            for warning in warnings {
                output::aside(format_args!(
                    "warning: {}",
                    warning.as_str().map_or_else(|| warning.to_string(), str::to_owned)
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(path: &PathBuf) -> Result<Labels, Failure> {
    let unread = |error: &dyn std::fmt::Display| Failure::argument(format!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(|error| unread(&error))?;
    let mut labels = Labels::new();
    for (number, line) in reader.deserialize::<Line>().enumerate() {
        // What a parser says of a line may have a value of it.
        let why = format!("line {} has not the columns that `carelake match labels --out` writes", number + 2);
        let line = line.map_err(|_| unread(&why))?;
        if line.label == "match" {
            let person = Key::new(&line.matched_data_source, &line.matched_patient_id);
            labels.insert(Key::new(&line.data_source, &line.patient_id), person);
        }
    }
    Ok(labels)
}
