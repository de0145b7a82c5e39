//! `carelake match undo`: the last run is taken back.

use std::process::ExitCode;

use carelake_matching::functions::UndoTask;
use carelake_matching::run::{Undone, last_run};
use clap::Args;

use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, thousands};

/// Have the publications of a matcher serve what they did before its last run; decisions stay
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match undo match-1793836800000000000-4711-0
  carelake match undo --matcher pinellas

RUN is the execution that `carelake match run --json` and the page of the matcher name; without it the last one is taken back. Runs are taken
back one by one, the last first. Mend what made it wrong before the next run, or that does the same again.")]
pub(crate) struct Undo {
    /// The execution
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
}

impl Undo {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let undone = with_matcher(global, self.matcher.as_deref(), |context, world, engine| {
            let name = engine.matcher.name.clone();
            let execution = match self.run {
                Some(run) => run,
                None => last_run(world, &name)?,
            };
            let task = serde_json::to_value(UndoTask { matcher: name, execution }).unwrap_or_default();
            let answer = carelake_matching::functions::undo(context, &task)
                .map_err(|failure| Trouble::Typed(super::told(failure)))?;
            let undone: Undone = serde_json::from_value(answer).unwrap_or_default();
            Ok::<_, Trouble>(undone)
        })?;
        if global.json {
            output::json(&undone)?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |(publication, rows): &(String, u64)| vec![publication.clone(), thousands(*rows)];
        output::table(&["PUBLICATION", "ROWS NOW"], &["ROWS NOW"], undone.publications.iter().map(row));
        output::aside(format_args!("{} questions that nobody answered are taken back", thousands(undone.reviews)));
        Ok(ExitCode::SUCCESS)
    }
}
