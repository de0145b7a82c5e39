//! `carelake match people`: a person's records and their history.

use std::process::ExitCode;

use carelake_matching::reference::{Key, Reference, ReferenceRecord};
use carelake_matching::reviews::{ReviewError, about_person};
use clap::Args;
use serde_json::{Value, json};

use super::{Trouble, review_trouble, who, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Show the records that are about a person, what they took the place of, and what was decided
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match people p_67lkmdv4aun6uh7cbeku4nihai
  carelake match people p_67lkmdv4aun6uh7cbeku4nihai --with-values --json

An id that was given once leads to the person that stands now. Values are shown with --with-values only, to reviewers.")]
pub(crate) struct People {
    /// The person
    #[arg(value_name = "ID")]
    person: String,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
    /// Show the values of the records
    #[arg(long)]
    with_values: bool,
}

impl People {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (person, members, decisions) = with_matcher(global, self.matcher.as_deref(), |context, world, engine| {
            who(context)?;
            let reference = world.reference(&engine.matcher.name)?;
            let unknown = || ReviewError::Unknown { what: "person", name: self.person.clone() };
            let person = reference.person(&self.person)?.ok_or_else(|| review_trouble(unknown()))?;
            let members = reference.members(&person)?;
            if members.is_empty() {
                return Err(review_trouble(unknown()));
            }
            let decisions = about_person(&reference, &members)?;
            Ok::<_, Trouble>((person, members, decisions))
        })?;
        let shown = |record: &ReferenceRecord| {
            let mut told = json!({
                "data_source": record.key.data_source, "patient_id": record.key.patient_id, "observed": record.observed,
                "run_id": record.run_id, "fingerprint": record.fingerprint_hex(),
            });
            if let (true, Value::Object(told)) = (self.with_values, &mut told) {
                told.insert("columns".to_owned(), json!(record.columns));
            }
            told
        };
        if global.json {
            let records: Vec<Value> = members
                .iter()
                .map(|(record, former)| json!({ "record": shown(record), "former": former.iter().map(shown).collect::<Vec<_>>() }))
                .collect();
            output::json(&json!({ "person": person, "records": records, "decisions": decisions }))?;
            return Ok(ExitCode::SUCCESS);
        }
        output::line(&person);
        let row = |record: &ReferenceRecord, is_former: bool| {
            let values: Vec<String> = record.columns.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let values = if self.with_values { output::for_people(values.join(" ")) } else { String::new() };
            let state = if is_former { "former" } else { "stands" };
            let Key { data_source, patient_id } = record.key.clone();
            vec![data_source, patient_id, state.to_owned(), record.observed.clone(), record.run_id.clone(), values]
        };
        let rows = members.iter().flat_map(|(record, former)| {
            std::iter::once(row(record, false)).chain(former.iter().map(|former| row(former, true)))
        });
        output::table(&["SOURCE", "ID", "", "OBSERVED", "RUN", "VALUES"], &[], rows.collect::<Vec<_>>());
        Ok(ExitCode::SUCCESS)
    }
}
