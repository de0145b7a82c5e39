//! `carelake hl7 errors`: messages that could not be used.

use std::process::ExitCode;

use carelake_hl7::Reason;
use carelake_hl7::catalog::{Catalog, ErrorRow, Open};
use carelake_hl7::world::Hl7Error;
use clap::Args;
use jiff::civil::Date;
use serde_json::json;

use super::with_world;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::{Global, date};
use crate::output::{self, Tone};

/// List messages that could not be used, the last one first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 errors
  carelake hl7 errors --reason charset_invalid --day 2026-11-30
  carelake hl7 errors --all --json

`carelake hl7 show MESSAGE` shows one, `carelake hl7 replay` tries them again. With --all those are listed, too, that were tried again and
are in staging by now.")]
pub(crate) struct Errors {
    /// Those that could not be used for this reason
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Those that were received on this day, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    day: Option<Date>,
    /// Those that are in staging by now, too
    #[arg(long)]
    all: bool,
}

impl Errors {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let reason = known(self.reason.as_deref())?;
        let lake = Lake::open(global)?;
        let found: Vec<ErrorRow> = with_world(&lake, |world| {
            let found = Catalog::of(world).errors(reason.map(Reason::name), self.day).map_err(Hl7Error::from)?;
            Ok(found.into_iter().filter(|row| self.all || row.state == Open::Open).collect())
        })?;
        if global.json {
            output::json(&json!({ "errors": found }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |row: &ErrorRow| {
            let (application, facility) = &row.sender;
            let place = [row.segment, row.field].into_iter().flatten().map(|it| it.to_string()).collect::<Vec<_>>();
            let tone = if row.state == Open::Open { Tone::Bad } else { Tone::Good };
            let at = format!("{:.0}", row.received_at);
            (
                tone,
                vec![
                    at,
                    row.reason.clone(),
                    format!("{facility} {application}"),
                    place.join("."),
                    row.message_id.clone(),
                ],
            )
        };
        output::toned_table(&["RECEIVED", "REASON", "SENDER", "PLACE", "MESSAGE"], &[], found.iter().map(row));
        let mut told: Vec<&str> = Vec::new();
        for entry in &found {
            if let Some(reason) = Reason::named(&entry.reason).filter(|reason| !told.contains(&reason.name())) {
                output::aside(format_args!("{reason}: {}\n  next: {}", reason.meaning(), reason.advice()));
                told.push(reason.name());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the reason of a name, or tells the nearest.
pub(super) fn known(name: Option<&str>) -> Result<Option<Reason>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let names = Reason::ALL.iter().map(|reason| reason.name());
    Reason::named(name).map(Some).ok_or_else(|| Failure::unknown("reason", name, names))
}
