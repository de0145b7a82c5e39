//! `carelake intake run`: files are delivered, one after the other.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_intake::arrive::Recorded;
use carelake_intake::course::Accepts;
use clap::Args;

use super::deliver::{Deliverer, Given, Told, sent};
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, Tone};

/// Take files in: each goes through claiming, judging and publishing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake run landing/bayview/PAT_20261005.csv landing/bayview/VIS_20261005.csv
  carelake intake run --partner bayview PAT_20261005.csv
  carelake intake run --arrivals arrivals.jsonl
  carelake intake run --accept-loss landing/warehouse/flat_20261005.parquet

The folder of a file is its partner, unless --partner says so. --arrivals replays a recorded sequence: lines such as
{\"path\": \"bayview/PAT_20260803.csv\", \"at\": \"2026-08-03T11:00:00Z\"}, whose files lie in arrivals/0001/, arrivals/0002/ beside it, each
as of its time. The exit code is that of the first delivery that failed.")]
pub(crate) struct Run {
    /// The files
    #[arg(value_name = "FILE", required_unless_present = "arrivals", conflicts_with = "arrivals")]
    files: Vec<PathBuf>,
    /// A recorded sequence of arrivals
    #[arg(long, value_name = "FILE")]
    arrivals: Option<PathBuf>,
    /// Who sent the files; the name of their folder when not given
    #[arg(long, value_name = "NAME")]
    partner: Option<String>,
    /// Let deliveries pass in spite of their rejected rows, this once
    #[arg(long)]
    accept_rejects: bool,
    /// Let deliveries pass in spite of rows or values that are gone, this once
    #[arg(long, visible_alias = "accept-volume")]
    accept_loss: bool,
}

impl Run {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let given = self.given()?;
        let deliverer = Deliverer::open(global)?;
        let mut code = ExitCode::SUCCESS;
        let mut is_first = true;
        for one in &given {
            let told = deliverer.deliver(one)?;
            show(&told, global.json)?;
            if let Some(failed) = failed(&told).filter(|_| is_first) {
                (code, is_first) = (failed, false);
            }
        }
        for told in deliverer.carry_out_pending()? {
            show(&told, global.json)?;
        }
        Ok(code)
    }

    fn given(&self) -> Result<Vec<Given>, Failure> {
        let accepts = Accepts { rejects: self.accept_rejects, loss: self.accept_loss };
        if let Some(file) = &self.arrivals {
            let unread = |error| {
                Failure::argument(format!("{}: {}", file.display(), carelake_core::causes(&error))).advise(
                    r#"each line is such as {"path": "bayview/PAT_20260803.csv", "at": "2026-08-03T11:00:00Z"}"#,
                )
            };
            let arrivals = Recorded::read(file).map_err(unread)?;
            let given = arrivals.into_iter().map(|arrival| Given {
                path: arrival.file,
                partner: arrival.partner,
                name: arrival.name,
                at: Some(arrival.at),
                feed: None,
                accepts,
            });
            return Ok(given.collect());
        }
        let given = |path: &PathBuf| {
            let (partner, name) = sent(path, self.partner.as_deref())?;
            is_file(path)?;
            Ok(Given { path: path.clone(), partner, name, at: None, feed: None, accepts })
        };
        self.files.iter().map(given).collect()
    }
}

/// What to do where there is no file to read.
pub(super) const WHICH: &str = "name a file that can be read, from the folder that you are in; `carelake intake watch DIR` takes what a folder holds";

/// Refuses what is no file.
pub(super) fn is_file(path: &Path) -> Result<(), Failure> {
    let refused = |why: String| Failure::argument(format!("{}: {why}", path.display())).advise(WHICH);
    let there = path.metadata().map_err(|error| refused(error.to_string()))?;
    if there.is_file() { Ok(()) } else { Err(refused("is no file".to_owned())) }
}

/// Prints what became of a file.
pub(crate) fn show(told: &Told, is_json: bool) -> Result<(), Failure> {
    if is_json {
        output::json_line(told)?;
        return Ok(());
    }
    let tone = match told.status {
        "published" => Tone::Good,
        "failed" | "unclaimed" => Tone::Bad,
        _ => Tone::Faint,
    };
    let why: Vec<&str> = [told.error.as_deref(), told.reason.as_deref()].into_iter().flatten().collect();
    let delivery = told.delivery.as_deref().or(told.feed.as_deref()).unwrap_or("-");
    let path = carelake_intake::functions::shown(&told.path);
    output::line(format_args!(
        "{}  {path}  {delivery}  {}",
        tone.paint(format!("{:<10}", told.status)),
        why.join(": ")
    ));
    Ok(())
}

/// Returns the exit code of a delivery that failed.
pub(crate) fn failed(told: &Told) -> Option<ExitCode> {
    let kind = crate::registry::KINDS.named(told.error.as_deref()?)?;
    Some(ExitCode::from(kind.exit_code))
}
