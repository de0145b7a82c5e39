//! `carelake hl7 patient`, `messages`, `conflicts`, `link`: patients as the catalogue has them.

use std::io::{self, BufRead};
use std::process::ExitCode;

use carelake_hl7::catalog::{Catalog, MessageLine, Patient as Found};
use carelake_hl7::world::{Hl7Error, World};
use clap::Args;
use serde_json::json;

use super::with_world;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// Whom is asked for: identifiers are in no list of processes and in no history of a shell.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// The UUID of a patient
    #[arg(value_name = "UUID")]
    uuid: Option<String>,
    /// Read a local id, as HOSP#MR#7, from standard input
    #[arg(long, value_name = "-", value_parser = ["-"])]
    local_id: Option<String>,
}

impl Whom {
    fn find(&self, world: &World<'_>) -> Result<Found, Failure> {
        let catalog = Catalog::of(world);
        let found = match &self.uuid {
            Some(uuid) => catalog.patient(uuid),
            None => {
                let mut line = String::new();
                io::stdin().lock().read_line(&mut line)?;
                catalog.find(line.trim())
            }
        };
        Ok(found.map_err(Hl7Error::from)?.ok_or(Hl7Error::Unknown { what: "patient" })?)
    }
}

/// Show a patient: local ids, who became this one, who is linked
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 patient 3f0c2e5e-0d6b-4c6a-9d0e-9b8a4d3c2b1a
  carelake hl7 patient --local-id - <<< 'HOSP#MR#7'")]
pub(crate) struct Patient {
    #[command(flatten)]
    whom: Whom,
}

impl Patient {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let found = with_world(&Lake::open(global)?, |world| self.whom.find(world))?;
        if global.json {
            output::json(&found)?;
            return Ok(ExitCode::SUCCESS);
        }
        output::line(&found.uuid);
        for (name, list) in [
            ("local ids", &found.local_ids),
            ("merged from", &found.merged_from),
            ("linked", &found.linked),
            ("conflicts", &found.conflicts),
        ] {
            if !list.is_empty() {
                output::line(format_args!("  {name}: {}", list.join(", ")));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// List the messages of a patient, the last one by MSH-7 first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 messages 3f0c2e5e-0d6b-4c6a-9d0e-9b8a4d3c2b1a
  carelake hl7 messages --local-id - --limit 10 <<< 'HOSP#MR#7'")]
pub(crate) struct Messages {
    #[command(flatten)]
    whom: Whom,
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
}

impl Messages {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lines: Vec<MessageLine> = with_world(&Lake::open(global)?, |world| {
            let found = self.whom.find(world)?;
            let all: Vec<String> = std::iter::once(found.uuid).chain(found.merged_from).collect();
            let lines = Catalog::of(world).messages(&all, None, self.limit.max(1), &|_, _| true);
            Ok(lines.map_err(Hl7Error::from)?)
        })?;
        if global.json {
            output::json(&json!({ "messages": lines }))?;
        } else {
            let row = |MessageLine { message, .. }: &MessageLine| {
                vec![
                    message.sent_at.clone(),
                    message.event.clone(),
                    message.provided_id.clone(),
                    message.message_id.clone(),
                ]
            };
            output::table(&["SENT", "EVENT", "CONTROL ID", "MESSAGE"], &[], lines.iter().map(row));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// List patients that a message took for one, where nobody has decided yet
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 conflicts
  carelake hl7 conflicts --all --json

`carelake hl7 link UUID UUID --merge` or `--apart` decides.")]
pub(crate) struct Conflicts {
    /// Those that are decided, too
    #[arg(long)]
    all: bool,
}

impl Conflicts {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let found = with_world(&Lake::open(global)?, |world| {
            Ok(Catalog::of(world).conflicts(self.all).map_err(Hl7Error::from)?)
        })?;
        if global.json {
            output::json(&json!({ "conflicts": found }))?;
        } else {
            output::table(
                &["RECEIVED", "PATIENT", "PATIENT", "DECIDED", "MESSAGE"],
                &[],
                found.into_iter().map(|it| {
                    let (one, other) = it.patients;
                    vec![format!("{:.0}", it.at), one, other, it.decided.unwrap_or_default(), it.message_id]
                }),
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Decide about two patients that were taken for one: the second becomes the first, or they are two
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 link 3f0c2e5e-0d6b-4c6a-9d0e-9b8a4d3c2b1a 77aa01c4-8c0c-4f5f-8c37-2b1f6f6b0b0e --merge
  carelake hl7 link 3f0c2e5e-0d6b-4c6a-9d0e-9b8a4d3c2b1a 77aa01c4-8c0c-4f5f-8c37-2b1f6f6b0b0e --apart

The identifiers of one that became another answer with that one from then on. It cannot be taken back.")]
pub(crate) struct Link {
    /// The patient that is left
    #[arg(value_name = "UUID")]
    survivor: String,
    /// The other one
    #[arg(value_name = "UUID")]
    other: String,
    /// The second becomes the first
    #[arg(long, conflicts_with = "apart", required_unless_present = "apart")]
    merge: bool,
    /// They are two
    #[arg(long)]
    apart: bool,
}

impl Link {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        with_world(&Lake::open(global)?, |world| {
            Ok(Catalog::of(world).decide((&self.survivor, &self.other), self.merge, &user())?)
        })?;
        let decided = if self.merge { "the second became the first" } else { "they are two" };
        if global.json {
            output::json(&json!({ "patients": [self.survivor, self.other], "decided": decided }))?;
        } else {
            output::line(decided);
        }
        Ok(ExitCode::SUCCESS)
    }
}
