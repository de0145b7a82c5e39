//! `carelake hl7 day`: messages are published as tables.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_hl7::day::{Made, Settled};
use carelake_hl7::functions::HourlyRequest;
use clap::Args;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::{Global, date};
use crate::output::{self, Tone, thousands};
use crate::registry::KINDS;
use crate::runner::unnamed;

/// The definition that is carried out.
const DEFINITION: &str = "hl7";

/// Publish messages as tables, a day of receipt a run: those of days that changed, or of the days that are named
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 day
  carelake hl7 day 2026-11-29 2026-11-30

`carelake serve --work` does so every hour. The tables are hl7/messages, hl7/patients, hl7/visits, hl7/orders, hl7/observations,
hl7/diagnoses, hl7/allergies and hl7/segments. A day whose messages did not change stays as it is. Of a month that is over for five weeks
the days become one part.")]
pub(crate) struct Day {
    /// Days of receipt in UTC; those that changed when not given
    #[arg(value_name = "YYYY-MM-DD", value_parser = date)]
    days: Vec<Date>,
}

/// What an execution ends with.
#[derive(Deserialize)]
struct Ended {
    made: Vec<Made>,
    settled: Answer,
}

#[derive(Deserialize)]
struct Answer {
    answer: Settled,
}

impl Day {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        if lake.deployment().is_some() {
            return Err(Failure::argument("an environment on AWS publishes messages by its own functions")
                .advise("start the execution of the definition `hl7` there"));
        }
        let local = execution::runner(lake)?;
        let request = HourlyRequest { trigger: Some("manual".to_owned()), as_of: None, days: self.days };
        let request = serde_json::to_value(request).map_err(std::io::Error::from)?;
        let ended = local.carry_out(DEFINITION, Some(&unnamed()), request)?;
        if let Some(error) = &ended.error {
            let kind = KINDS.named(error).unwrap_or(ErrorKind::INTERNAL);
            return Err(Failure::new(kind, ended.cause.unwrap_or_default()).advise(kind.advice));
        }
        let ended = ended.output.and_then(|output| serde_json::from_value::<Ended>(output).ok());
        let (made, settled) = ended.map(|it| (it.made, it.settled.answer)).unwrap_or_default();
        if global.json {
            output::json(&json!({ "parts": made, "settled": settled }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |made: &Made| {
            let state = if made.is_unchanged { "unchanged" } else { "published" };
            let account = &made.account;
            let counts = [account.read, account.published, account.rejects(), account.duplicates(), made.rows];
            (Tone::Good, [made.part.clone(), state.to_owned()].into_iter().chain(counts.map(thousands)).collect())
        };
        output::toned_table(
            &["DAY", "", "RECEIVED", "PUBLISHED", "ERRORS", "DUPLICATES", "ROWS"],
            &["RECEIVED", "PUBLISHED", "ERRORS", "DUPLICATES", "ROWS"],
            made.iter().map(row),
        );
        Ok(ExitCode::SUCCESS)
    }
}
