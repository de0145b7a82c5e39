//! `carelake match labels`: what people answered, for training.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_matching::reference::{Columns, Reference};
use carelake_matching::reviews::{Labelled, labels};
use carelake_matching::run::find;
use clap::Args;
use serde_json::json;

use super::{Trouble, who, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, thousands};

/// Write what people answered to a file, a line an answer
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match labels --out labels.csv
  carelake match labels --out labels.csv --with-values

Columns: data_source, patient_id, matched_data_source, matched_patient_id, label (match or no_match), reviewer, decided_at, and the level of
each field. Values of the record and of the reference record are written with --with-values only; such a file holds persons.")]
pub(crate) struct Labels {
    /// The file, which is made or replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
    /// Write values, too
    #[arg(long)]
    with_values: bool,
}

impl Labels {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (fields, found) = with_matcher(global, self.matcher.as_deref(), |context, world, engine| {
            who(context)?;
            let reference = world.reference(&engine.matcher.name)?;
            let fields: Vec<String> = engine.matcher.fields.iter().map(|field| field.name.clone()).collect();
            let mut found: Vec<(Labelled, Columns, Columns)> = Vec::new();
            for label in labels(&reference)? {
                let (ours, theirs) = if self.with_values {
                    let ours = find(world, engine, &label.record)?.map(|(columns, _)| columns);
                    (
                        ours.unwrap_or_default(),
                        reference.record(&label.person)?.map(|it| it.columns).unwrap_or_default(),
                    )
                } else {
                    Default::default()
                };
                found.push((label, ours, theirs));
            }
            Ok::<_, Trouble>((fields, found))
        })?;
        self.write(&fields, &found).map_err(|error| {
            Failure::new(ErrorKind::STORAGE, format!("{} cannot be written: {error}", self.out.display()))
        })?;
        if global.json {
            output::json(&json!({ "labels": found.len(), "file": self.out }))?;
        } else {
            output::line(format_args!("{}: {} answers", self.out.display(), thousands(found.len() as u64)));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn write(&self, fields: &[String], found: &[(Labelled, Columns, Columns)]) -> Result<(), csv::Error> {
        let mut file = csv::Writer::from_path(&self.out)?;
        let mut header: Vec<String> = [
            "data_source",
            "patient_id",
            "matched_data_source",
            "matched_patient_id",
            "label",
            "reviewer",
            "decided_at",
        ]
        .map(str::to_owned)
        .to_vec();
        header.extend(fields.iter().map(|field| format!("level_{field}")));
        if self.with_values {
            header.extend(["record".to_owned(), "reference".to_owned()]);
        }
        file.write_record(&header)?;
        for (label, ours, theirs) in found {
            let (record, person) = (&label.record, &label.person);
            let mut line = vec![
                record.data_source.clone(),
                record.patient_id.clone(),
                person.data_source.clone(),
                person.patient_id.clone(),
                label.label.to_owned(),
                label.reviewer.clone(),
                label.decided_at.clone(),
            ];
            line.extend(fields.iter().map(|field| label.levels.get(field).cloned().unwrap_or_default()));
            if self.with_values {
                line.extend([ours, theirs].map(|columns| json!(columns).to_string()));
            }
            file.write_record(&line)?;
        }
        file.flush()?;
        Ok(())
    }
}
