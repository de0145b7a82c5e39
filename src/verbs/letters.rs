//! `carelake letters`: what failed for good and waits for somebody.

use std::process::ExitCode;

use carelake_arrivals::letters::{Filter, Letters as Kept};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone};
use crate::verbs::redrive::Redrive;

/// List what failed for good: each retry was made, and it waits to be done again
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  carelake letters\n  carelake letters --room intake --error SchemaDrift\n  carelake letters --json
  carelake letters redrive m-17\n  carelake letters redrive --all --error Storage"
)]
pub(crate) struct Letters {
    #[command(subcommand)]
    redrive: Option<Again>,
    /// Only those of this room
    #[arg(long, value_name = "ROOM")]
    room: Option<String>,
    /// Only those of this kind of error, such as SchemaDrift
    #[arg(long, value_name = "ERROR")]
    error: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Again {
    Redrive(Redrive),
}

impl Letters {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if let Some(Again::Redrive(redrive)) = self.redrive {
            return redrive.execute(global);
        }
        let lake = Lake::open(global)?;
        let ledger = lake.existing_ledger()?;
        let filter = Filter { room: self.room, error: self.error };
        let letters = Kept::new(&*ledger, &lake.scope).list(&filter, Timestamp::now())?;
        if global.json {
            output::json(&letters)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = letters.iter().map(|letter| {
            let done = letter.redrive.as_ref();
            let row = vec![
                letter.room.clone(),
                letter.id.clone(),
                letter.subject.clone(),
                letter.error.clone(),
                letter.attempts.to_string(),
                format!("{:.0}", letter.failed_at),
                done.map_or_else(|| "waits".to_owned(), |done| format!("done again by {}", done.by)),
                letter.reason.clone(),
            ];
            (if done.is_some() { Tone::Plain } else { Tone::Bad }, row)
        });
        let header = ["ROOM", "LETTER", "SUBJECT", "ERROR", "TRIES", "FAILED", "STATE", "WHY"];
        output::toned_table(&header, &["TRIES"], rows);
        Ok(ExitCode::SUCCESS)
    }
}
