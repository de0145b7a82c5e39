//! `carelake letters redrive`: what failed for good, done again.

use std::process::ExitCode;

use carelake_arrivals::letters::again::{Done, redrive};
use carelake_arrivals::letters::{Filter, Letter, Letters};
use carelake_intake::course::{Accepts, Change};
use carelake_pipeline::Context;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::registry::ROOMS;
use crate::verbs::intake::{self, There};
use crate::{execution, output};

/// Have letters done again: the function of each is called with what it was called with
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake letters redrive m-17 m-18
  carelake letters redrive --all
  carelake letters redrive --all --room intake --error SchemaDrift

Only letters that wait are done again; of several who ask for the same one, one does it. What fails again waits again, with all its
tries. The exit code is 1 when something failed again. In an environment on AWS letters of partners' files are done again there, and the
exit code is that of the first that failed again; messages of other functions are moved back by `aws sqs start-message-move-task`.")]
pub(crate) struct Redrive {
    /// The letters, as `carelake letters` names them
    #[arg(value_name = "LETTER", required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    /// Every letter that waits
    #[arg(long)]
    all: bool,
    /// Only those of this room
    #[arg(long, value_name = "ROOM")]
    room: Option<String>,
    /// Only those of this kind of error, such as SchemaDrift
    #[arg(long, value_name = "ERROR")]
    error: Option<String>,
}

/// The function that does letters of partners' files again.
const AGAIN: &str = "intake_again";

impl Redrive {
    pub(super) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        if let Some(there) = There::of(&lake) {
            return self.there(&lake, &there, global);
        }
        lake.existing_ledger()?;
        let local = execution::runner(lake)?;
        let letters = Letters::new(local.ledger(), &local.lake().scope);
        let chosen = self.chosen(&letters)?;
        let (mut done, mut failed) = (Vec::new(), false);
        for letter in &chosen {
            let again = |context: &Context<'_>| redrive(context, ROOMS.0, letter, &user());
            let became = local.with_context(&|| false, again)?;
            failed |= matches!(became, Done::Failed(_));
            if !global.json {
                tell(letter, &became);
            }
            done.push(told(letter, &became));
        }
        if global.json {
            output::json(&json!({ "letters": done }))?;
        } else if chosen.is_empty() {
            output::line("no letter waits");
        }
        Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// Does letters again in an environment on AWS, where a definition of their room does that.
    fn there(&self, lake: &Lake, there: &There<'_>, global: &Global) -> Result<ExitCode, Failure> {
        let ledger = lake.existing_ledger()?;
        let chosen = self.chosen(&Letters::new(&*ledger, &lake.scope))?;
        if let Some(letter) = chosen.iter().find(|letter| letter.function != AGAIN) {
            let message = format!(
                "letter {} is of `{}`, which this command calls on this machine only",
                letter.id, letter.function
            );
            return Err(Failure::argument(message).advise(
                "move its message back: aws sqs start-message-move-task --source-arn ARN-OF-THE-DEAD-LETTERS",
            ));
        }
        let mut code = None;
        for letter in &chosen {
            let change = Change::Redrive { letter: letter.id.clone(), accepts: Accepts::default() };
            for told in there.change(change)?.1 {
                code = code.or_else(|| intake::failed(&told));
                intake::show(&told, global.json)?;
            }
        }
        if chosen.is_empty() && !global.json {
            output::line("no letter waits");
        }
        Ok(code.unwrap_or(ExitCode::SUCCESS))
    }

    /// Returns the letters that are asked for. Nothing is done when one of them is not there, or its function is not.
    fn chosen(&self, letters: &Letters<'_>) -> Result<Vec<Letter>, Failure> {
        let filter = Filter { room: self.room.clone(), error: self.error.clone() };
        let mut all = letters.list(&filter, Timestamp::now())?;
        if self.all {
            all.retain(|letter| letter.redrive.is_none());
        } else {
            if let Some(id) = self.ids.iter().find(|id| !all.iter().any(|letter| letter.id == **id)) {
                return Err(Failure::unknown("letters", id, all.iter().map(|letter| letter.id.as_str())));
            }
            all.retain(|letter| self.ids.contains(&letter.id));
        }
        if let Some(letter) = all.iter().find(|letter| ROOMS.function(&letter.function).is_none()) {
            let message =
                format!("letter {} is of function `{}`, which this carelake does not have", letter.id, letter.function);
            return Err(Failure::argument(message).advise("use the version that wrote it, or leave it out"));
        }
        Ok(all)
    }
}

fn told(letter: &Letter, done: &Done) -> serde_json::Value {
    let (became, why) = match done {
        Done::Now => ("done", None),
        Done::Before { by } => ("done_before", Some(by)),
        Done::Failed(why) => ("failed", Some(why)),
    };
    json!({ "room": letter.room, "id": letter.id, "became": became, "why": why })
}

fn tell(letter: &Letter, done: &Done) {
    let name = format_args!("{} {}", letter.room, letter.id);
    match done {
        Done::Now => output::line(format_args!("{name}: done")),
        Done::Before { by } => output::line(format_args!("{name}: {by} had it done before")),
        Done::Failed(why) => output::line(format_args!("{name}: failed again: {why}")),
    }
}
