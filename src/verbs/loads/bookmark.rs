//! `carelake loads bookmark`: where the next window of a table begins, shown or moved.

use std::process::ExitCode;

use carelake_core::names::Publication;
use carelake_loads::bookmark::{Move, Moved, bookmark, move_bookmark};
use carelake_loads::kept::Kept;
use carelake_loads::publish::World;
use carelake_pipeline::pipeline::Failure as Failed;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::entries_of;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// Show where the next window of a table begins, or move it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake loads bookmark crm/crm.accounts
  carelake loads bookmark crm/crm.accounts --to 2026-11-01T00:00:00Z
  carelake loads bookmark crm/crm.accounts --reset

Moved back, rows are read again and what is served already is dropped. Moved forward, rows between the two are never read: that needs
--force. After --reset the next load reads the whole table.")]
pub(crate) struct Bookmark {
    /// The table, in which `*` stands for any characters where it is only shown
    #[arg(value_name = "SOURCE/DATABASE.TABLE")]
    table: String,
    /// Move it to this time
    #[arg(long, value_name = "TIME", conflicts_with = "reset")]
    to: Option<Timestamp>,
    /// Take it away
    #[arg(long)]
    reset: bool,
    /// Move it forward, too
    #[arg(long, requires = "to")]
    force: bool,
}

impl Bookmark {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let ledger = lake.existing_ledger()?;
        let kept = Kept::new(&*ledger, &lake.scope);
        let (source, entries) = entries_of(&lake, &kept, &self.table)?;
        let scratch = lake.scratch()?;
        let world = World {
            store: &*lake.output,
            ledger: &*ledger,
            scratch: &scratch,
            scope: &lake.scope,
            execution: None,
            code_version: env!("CARGO_PKG_VERSION"),
            now: &Timestamp::now,
            log: None,
        };
        let told = |error: carelake_loads::publish::LoadError| {
            Failure::from(Failed::new(error.kind(), carelake_core::causes(&error)))
        };
        let to = match (self.to, self.reset) {
            (Some(time), _) => Some(Move::To { time, is_forced: self.force }),
            (None, true) => Some(Move::Reset),
            (None, false) => None,
        };
        if to.is_some() && entries.len() > 1 {
            let message = format!("`{}` is {} tables; bookmarks are moved one by one", self.table, entries.len());
            return Err(Failure::argument(message));
        }
        let mut shown = Vec::new();
        for entry in entries {
            let publication = Publication::from_path(&entry.publication);
            if let Some(to) = to {
                let refused = match move_bookmark(&world, &publication, to).map_err(told)? {
                    Moved::Done => None,
                    Moved::Nothing => Some("it was never loaded, so that there is no bookmark"),
                    Moved::NoTime => Some("its bookmark is no time; --reset takes it away"),
                    Moved::Forward => Some(
                        "that is later than the bookmark: rows between the two would never be read; --force does it",
                    ),
                };
                if let Some(why) = refused {
                    return Err(Failure::argument(format!("{source}/{}: {why}", entry.shown())));
                }
            }
            let state = bookmark(&world, &publication).map_err(told)?;
            shown.push((format!("{source}/{}", entry.shown()), entry.mode, state));
        }
        if global.json {
            let one = |(table, mode, state)| json!({ "table": table, "mode": mode, "state": state });
            output::json(&json!({ "tables": shown.into_iter().map(one).collect::<Vec<_>>() }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |(table, mode, state): (String, Option<String>, Option<carelake_loads::publish::TableState>)| {
            use carelake_loads::publish::Position;
            let at = match state.and_then(|state| state.position) {
                Some(Position::Time(at)) => {
                    Timestamp::from_microsecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
                }
                Some(Position::Transaction { xmin, .. }) => format!("transaction {xmin}"),
                // A key is a value.
                Some(_) => "a key".to_owned(),
                None => "the beginning".to_owned(),
            };
            vec![table, mode.unwrap_or_else(|| "-".to_owned()), at]
        };
        output::table(&["TABLE", "MODE", "BEGINS AT"], &[], shown.into_iter().map(row));
        Ok(ExitCode::SUCCESS)
    }
}
