//! `carelake hl7 replay`: messages that could not be used are tried again.

use std::process::ExitCode;

use carelake_hl7::replay::{Wanted, replay};
use clap::Args;
use jiff::civil::Date;

use super::errors::known;
use super::with_world;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::{Global, date};
use crate::output::{self, thousands};

/// Try messages again that could not be used: the same bytes, by the code and configuration of today
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 replay --reason processing_id
  carelake hl7 replay --message 0f3a…
  carelake hl7 replay --all

A message that can be used now is in staging, with the time at which it was received; its entry stays and says so. Its day is published
anew by the next `carelake hl7 day`. Trying again what is in staging changes nothing. The exit code is 1 if any stays in the error zone.")]
pub(crate) struct Replay {
    /// Those that could not be used for this reason
    #[arg(long, value_name = "REASON", required_unless_present_any = ["message", "all"], conflicts_with = "message")]
    reason: Option<String>,
    /// Those that were received on this day, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date, conflicts_with = "message")]
    day: Option<Date>,
    /// This one
    #[arg(long, value_name = "MESSAGE")]
    message: Option<String>,
    /// All of them
    #[arg(long, conflicts_with_all = ["message", "reason"])]
    all: bool,
}

impl Replay {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let reason = known(self.reason.as_deref())?.map(|reason| reason.name().to_owned());
        let lake = Lake::open(global)?;
        let wanted = Wanted { reason, day: self.day, message: self.message };
        let replayed = with_world(&lake, |world| Ok(replay(world, &wanted)?))?;
        if global.json {
            output::json(&replayed)?;
        } else {
            let (tried, stored) = (thousands(replayed.tried), thousands(replayed.stored));
            output::line(format_args!("{tried} messages tried again, {stored} are in staging now"));
            for (reason, count) in &replayed.errors {
                output::aside(format_args!("{} stay: {reason}", thousands(*count)));
            }
        }
        Ok(ExitCode::from(u8::from(!replayed.errors.is_empty())))
    }
}
