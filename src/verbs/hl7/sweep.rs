//! `carelake hl7 sweep`: what was cut off is made up for.

use std::process::ExitCode;

use carelake_hl7::config::Hl7 as Section;
use carelake_hl7::sweep::sweep;
use clap::Args;
use jiff::SignedDuration;

use super::with_world;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, thousands};

/// Make up for messages that were kept and did not get through, because a process was killed or a store failed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 sweep
  carelake hl7 sweep --now --all

`carelake serve --work` does so every five minutes. Only messages older than hl7.sweep_after are looked at, so that those under way are left
to whoever is at them, and those since the last sweep; --now and --all look at others, too. Doing it again changes nothing.")]
pub(crate) struct Sweep {
    /// Look at messages of any age
    #[arg(long)]
    now: bool,
    /// Look at every message that there ever was, and not at those since the last sweep only
    #[arg(long)]
    all: bool,
}

impl Sweep {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let usual = Section::of_config(&lake.config).sweep_after;
        let after = if self.now { SignedDuration::from_hours(-24) } else { usual };
        let swept = with_world(&lake, |world| Ok(sweep(world, after, self.all)?))?;
        if global.json {
            output::json(&swept)?;
        } else {
            let [looked_at, stored, errors, duplicates, mended] =
                [swept.looked_at, swept.stored, swept.errors, swept.duplicates, swept.mended].map(thousands);
            output::line(format_args!(
                "{looked_at} messages looked at: {stored} stored, {errors} in error, {duplicates} the same as others; {mended} files mended"
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
