//! `carelake loads settle`: mends what a crash or a rollback left behind.

use std::process::ExitCode;

use carelake_loads::functions::{Mended, mend};
use carelake_loads::plan::Selection;
use clap::Args;
use serde_json::json;

use super::section;
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::runner::unnamed;

/// Bring the rows that are there now to what follows from each log, and the status to what is served
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake loads settle
  carelake loads settle crm
  carelake loads settle crm/crm.accounts --json

A load that was killed, or a rollback, leaves the rows that are there now behind the log; the next load mends that, and this does it at
once. The catalogue of the source is looked at, and no row is read there. Exit code: 1 when a table could not be mended.")]
pub(crate) struct Settle {
    /// What is mended: SOURCE or SOURCE/DATABASE.TABLE, in which `*` stands for any characters; all when not given
    #[arg(value_name = "SOURCE[/DATABASE.TABLE]")]
    tables: Vec<String>,
}

impl Settle {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let selection = Selection::read(&section(&lake)?, &self.tables);
        let selection = selection.map_err(|failure| Failure::argument(failure.reason))?;
        if lake.deployment().is_some() {
            let message = "sources are reached by the functions, and not from here; the next load mends the same";
            return Err(Failure::argument(message).advise(format!("carelake load {}", lake.options)));
        }
        let local = execution::runner(lake)?;
        let mended = local.with_context(&|| false, |context| mend(context, &unnamed(), &selection))?;
        let is_well = mended.iter().all(|one| one.error.is_none());
        if global.json {
            output::json(&json!({ "tables": mended }))?;
        } else if mended.is_empty() {
            output::aside("nothing was loaded yet");
        } else {
            output::toned_table(&["TABLE", "", "ROWS"], &["ROWS"], mended.iter().map(row));
        }
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn row(one: &Mended) -> (Tone, Vec<String>) {
    let (tone, what) = match (&one.error, one.written > 0, one.status) {
        (Some(why), ..) => (Tone::Bad, why.clone()),
        (None, true, _) => (Tone::Good, "mended".to_owned()),
        (None, false, true) => (Tone::Good, "its status is mended".to_owned()),
        (None, false, false) => (Tone::Faint, "as it should be".to_owned()),
    };
    (tone, vec![format!("{}/{}", one.source, one.table), what, thousands(one.rows)])
}
