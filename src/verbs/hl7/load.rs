//! `carelake hl7 load`: files of messages.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use carelake_core::{ErrorKind, causes};
use carelake_hl7::load::{LoadError, Loaded, Outcome, load};
use clap::Args;
use serde_json::json;

use super::with_world;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Take the messages of files, each as if it had been sent by itself
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 load night.hl7
  carelake hl7 load backlog/*.hl7.gz --json
  zcat backlog.gz | carelake hl7 load -

A file holds messages one after the other, files and batches (FHS, BHS, BTS, FTS), or frames of MLLP as they were captured; a name that
ends in .gz is that of a packed one. Memory does not grow with the file. What is there already is a duplicate, so that a file may be loaded
again. What cannot be used is in the error zone: `carelake hl7 errors` lists it.

A file ends in `ok`, in `errors` (of messages), `batch_count` (a trailer counts another number than there are), `batch_open` (a batch is
not closed, so the file was cut), `junk` (there is text before the first header) or `empty`. Every message is taken in any case. The exit
code is 1 if a file ends in anything but ok.")]
pub(crate) struct Load {
    /// Files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Load {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let by = user();
        let found: Vec<Loaded> = with_world(&lake, |world| {
            let one = |path: &PathBuf| {
                let name = path.display().to_string();
                let loaded = load(world, &name, open(path)?, &by);
                loaded.map_err(|error| failed(&name, &error))
            };
            self.files.iter().map(one).collect()
        })?;
        if global.json {
            output::json(&json!({ "files": found }))?;
        } else {
            output::toned_table(
                &["FILE", "", "MESSAGES", "STORED", "DUPLICATES", "ERRORS"],
                &["MESSAGES", "STORED", "DUPLICATES", "ERRORS"],
                found.iter().map(row),
            );
            for (loaded, (reason, count)) in found.iter().flat_map(|it| it.errors.iter().map(move |error| (it, error)))
            {
                output::aside(format_args!("{}: {} {reason}", loaded.file, thousands(*count)));
            }
        }
        Ok(ExitCode::from(u8::from(found.iter().any(|loaded| loaded.outcome != Outcome::Ok))))
    }
}

fn row(loaded: &Loaded) -> (Tone, Vec<String>) {
    let tone = if loaded.outcome == Outcome::Ok { Tone::Good } else { Tone::Bad };
    let outcome = serde_json::to_value(loaded.outcome).ok().and_then(|it| it.as_str().map(str::to_owned));
    let errors = loaded.errors.values().sum::<u64>() + loaded.junk;
    let counts = [loaded.messages, loaded.stored, loaded.duplicates, errors].map(thousands);
    (tone, [loaded.file.clone(), outcome.unwrap_or_default()].into_iter().chain(counts).collect())
}

fn open(path: &PathBuf) -> Result<Box<dyn Read>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(path).map_err(|error| {
        Failure::argument(format!("{} cannot be read: {error}", path.display())).advise("name a file of messages")
    });
    Ok(Box::new(opened?))
}

fn failed(name: &str, error: &LoadError) -> Failure {
    let kind = match error {
        LoadError::Read(_) => ErrorKind::STORAGE,
        LoadError::Taken(not_taken) => not_taken.cause.kind(),
    };
    Failure::new(kind, format!("{name}: {}", causes(error)))
        .advise("mend that and load it again: what is there already is a duplicate")
}
