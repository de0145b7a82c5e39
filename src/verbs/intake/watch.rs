//! `carelake intake watch`: what arrives in a folder is delivered, several files side by side.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use carelake_core::ErrorKind;
use clap::Args;

use super::crew::Crew;
use crate::failure::Failure;
use crate::options::Global;

/// Take in what arrives in a folder, DIR/PARTNER/..., until it is told to end
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake watch landing
  carelake intake watch landing --json
  carelake intake watch landing --once

A file is taken when it is whole: renamed into place, unmoved for settle_secs, or with the marker or control file that its feed
declares under `ready`. Nothing is taken twice, and deliveries that an earlier process left are taken up first. Ctrl-C ends when
what is under way is done. The configuration is read once; a new feed counts from the next start on.")]
pub(crate) struct WatchVerb {
    /// The folder that has a folder for each partner
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Take what is there, wait until it has settled, and end; the exit code is that of the first delivery that failed
    #[arg(long)]
    once: bool,
    /// Files that are worked on side by side; one more than there are processors when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
}

impl WatchVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let crew = Crew::open(global, self.workers.map(usize::from))?;
        let (ending, waiting) = (Arc::clone(&crew), thread::current());
        ctrlc::set_handler(move || {
            ending.end();
            waiting.unpark();
        })
        .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))?;
        let code = crew.watch(&self.folder, self.once)?;
        Ok(code.filter(|_| self.once).unwrap_or(ExitCode::SUCCESS))
    }
}
