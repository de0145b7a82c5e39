//! `carelake hl7 load`: files of messages.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_core::causes;
use carelake_hl7::inbox;
use carelake_hl7::load::{LoadError, Loaded, Outcome, load};
use carelake_hl7::world::World;
use clap::Args;
use jiff::Timestamp;
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
  carelake hl7 load --inbox /srv/drop

A file holds messages one after the other, files and batches (FHS, BHS, BTS, FTS), or frames of MLLP as they were captured; a name that
ends in .gz is that of a packed one. Memory does not grow with the file. What is there already is a duplicate, so that a file may be loaded
again. What cannot be used is in the error zone: `carelake hl7 errors` lists it.

With --inbox each file of a folder is taken once, for cron or a timer: those whose names begin with a dot or an underscore or end in .part,
.filepart, .tmp or .crdownload, and those written within the last 5 seconds, wait for the next time. They stay where they are; what came of
them is kept. `carelake serve --work` does the same with hl7/drop/ where messages are received.

A file ends in `ok`, in `errors` (of messages), `batch_count` (a trailer counts another number than there are), `batch_open` (a batch is
not closed, so the file was cut), `junk` (there is text before the first header) or `empty`. Every message is taken in any case. The exit
code is 1 if a file ends in anything but ok.")]
pub(crate) struct Load {
    /// Files; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "inbox", conflicts_with = "inbox")]
    files: Vec<PathBuf>,
    /// Take every file of this folder, and below it, that was not taken
    #[arg(long, value_name = "DIR")]
    inbox: Option<PathBuf>,
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
            match &self.inbox {
                Some(folder) => arrived(world, folder),
                None => self.files.iter().map(one).collect(),
            }
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

fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(path).map_err(|error| {
        Failure::argument(format!("{} cannot be read: {error}", path.display())).advise("name a file of messages")
    });
    Ok(Box::new(opened?))
}

fn failed(name: &str, error: &LoadError) -> Failure {
    Failure::new(error.kind(), format!("{name}: {}", causes(error)))
        .advise("mend that and load it again: what is there already is a duplicate")
}

/// Takes the files of a folder that have arrived, in the order of their names.
fn arrived(world: &World<'_>, folder: &Path) -> Result<Vec<Loaded>, Failure> {
    // A file is known by where it is, from wherever it is named.
    let root = fs::canonicalize(folder).map_err(|error| {
        Failure::argument(format!("{} cannot be read: {error}", folder.display())).advise("name a folder that is there")
    })?;
    let mut taken = Vec::new();
    for path in files_of(&root)? {
        let (name, about) = (path.display().to_string(), fs::metadata(&path)?);
        let modified = Timestamp::try_from(about.modified()?).unwrap_or(Timestamp::UNIX_EPOCH);
        if inbox::is_whole(&name) && inbox::is_settled(modified, world.time()) {
            let version = format!("{} of {modified}", about.len());
            taken.extend(inbox::take(world, &name, &version, open(&path)?).map_err(|error| failed(&name, &error))?);
        }
    }
    Ok(taken)
}

/// Returns the files of a folder and of those below it, in order. Links are not followed.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => found.extend(files_of(&entry.path())?),
            kind if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found.sort();
    Ok(found)
}
