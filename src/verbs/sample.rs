//! `carelake sample`: synthetic inputs, to try everything with.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use carelake_core::{ErrorKind, causes};
use clap::Args;

use crate::failure::{Class, Failure};
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, size, thousands};
use carelake_sample::{Sample, SampleError, Stop};

/// The exit code of what a person stopped.
const ABORTED: u8 = 130;

/// Write synthetic inputs in the CMS layouts; every value is invented
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake sample
  carelake sample --rows 1000 --dirt 0 ./small
  carelake sample --nppes --seed 11 ./input")]
pub(crate) struct SampleVerb {
    /// The folder to write to; the input of the environment when not given
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Rows of the clinician file; the other files scale with it
    #[arg(long, value_name = "N", default_value_t = Sample::default().rows)]
    rows: u64,
    /// The share of rows to damage, 0 to 1
    #[arg(long, value_name = "RATIO", default_value_t = Sample::default().dirt_ratio)]
    dirt: f64,
    /// Equal seeds give equal bytes
    #[arg(long, value_name = "N", default_value_t = Sample::default().seed)]
    seed: u64,
    /// Write an NPPES file too, which is large
    #[arg(long)]
    nppes: bool,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

impl SampleVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let folder = match self.folder {
            Some(folder) => folder,
            None => Lake::open(global)?.input_folder()?.to_owned(),
        };
        let is_used = folder.read_dir().is_ok_and(|entries| entries.flatten().any(|entry| !is_hidden(&entry)));
        if is_used && !self.force {
            return Err(Failure::argument(format!("{} is not empty", folder.display()))
                .advise("choose another folder, or replace files of the same names with --force"));
        }
        let sample = Sample { rows: self.rows, dirt_ratio: self.dirt, seed: self.seed, nppes: self.nppes };
        let stop = Stop::default();
        let stopped = stop.clone();
        ctrlc::set_handler(move || stopped.ask())
            .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))?;
        let written = sample.write(&folder, &stop, &mut |file| {
            if !global.json {
                let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                output::line(format_args!("{name}: {} rows, {}", thousands(file.rows), size(file.bytes)));
            }
        });
        if let Err(error @ SampleError::Stopped) = &written {
            output::aside(format_args!("failed to {error}; files that were complete stay"));
            return Ok(ExitCode::from(ABORTED));
        }
        let written = written?;
        if global.json {
            let files: Vec<_> = written
                .iter()
                .map(|file| serde_json::json!({"source": file.source, "path": file.path, "rows": file.rows, "bytes": file.bytes}))
                .collect();
            output::json(&files)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is hidden is no input: an unfinished file of a process that was killed, or what the system keeps in a folder.
fn is_hidden(entry: &fs::DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

impl From<SampleError> for Failure {
    fn from(error: SampleError) -> Self {
        let class = if matches!(error, SampleError::Io { .. }) { ErrorKind::STORAGE.into() } else { Class::Usage };
        Self::new(class, causes(&error))
    }
}
