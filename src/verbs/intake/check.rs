//! `carelake intake check`: every sample beside the configuration is read and judged.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_intake::functions::{Asked, Trial, shown, tried};
use clap::Args;
use serde::Serialize;

use super::deliver::Deliverer;
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Where samples are, beside the configuration.
const SAMPLES: &str = "feeds/samples";

/// Read and judge every sample under feeds/samples/FEED/ beside the configuration; nothing is written
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake check
  carelake intake check bayview_patients --json

A sample is a small file with invented people, called as the partner calls its files. It fails where a delivery of the same content
would, were it the first of its feed; then the exit code is 1.")]
pub(crate) struct Check {
    /// Feeds; all when not given
    #[arg(value_name = "FEED")]
    feeds: Vec<String>,
}

/// What became of a sample.
#[derive(Debug, Serialize)]
struct Checked {
    feed: String,
    /// From the folder of samples; none of a feed that has no sample.
    sample: Option<String>,
    status: &'static str,
    error: Option<&'static str>,
    reason: Option<String>,
    read: u64,
    published: u64,
    rejected: u64,
}

impl Check {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let deliverer = Deliverer::open(global)?;
        let intake = deliverer.intake()?;
        let names: Vec<&str> = intake.feeds.iter().map(|feed| feed.name.as_str()).collect();
        if let Some(unknown) = self.feeds.iter().find(|feed| !names.contains(&feed.as_str())) {
            return Err(Failure::unknown("feeds", unknown, names));
        }
        let root = global.config.parent().unwrap_or(Path::new("")).join(SAMPLES);
        let mut checked = Vec::new();
        for name in names.iter().filter(|name| self.feeds.is_empty() || self.feeds.iter().any(|feed| feed == *name)) {
            let samples = samples(&root.join(name))?;
            if samples.is_empty() {
                checked.push(Checked::absent(name));
            }
            for sample in samples {
                let asked = Asked { feed: name, file: &sample, as_of: None, rows: 0, against_served: false };
                let trial = deliverer.local.with_context(&|| false, |context| tried(context, asked))?;
                checked.push(Checked::of(&trial, sample.strip_prefix(&root).unwrap_or(&sample)));
            }
        }
        // A folder of no feed is one of a feed that is called otherwise now.
        let strays = folders(&root)?.into_iter().filter(|folder| !names.contains(&folder.as_str()));
        checked.extend(strays.filter(|_| self.feeds.is_empty()).map(|folder| Checked::stray(&folder)));
        print(&checked, global.json)?;
        let is_failed = checked.iter().any(|one| one.status == "failed");
        Ok(if is_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

impl Checked {
    fn of(trial: &Trial, sample: &Path) -> Self {
        let sum = |figure: fn(&carelake_core::account::Account) -> u64| {
            trial.tables.iter().map(|table| figure(&table.account)).sum()
        };
        let (error, reason) = trial.refused.clone().unzip();
        Self {
            feed: trial.feed.clone(),
            sample: Some(sample.display().to_string()),
            status: if error.is_some() { "failed" } else { "good" },
            error,
            reason,
            read: sum(|account| account.read),
            published: sum(|account| account.published),
            rejected: sum(carelake_core::account::Account::rejects),
        }
    }

    fn absent(feed: &str) -> Self {
        let (read, published, rejected) = (0, 0, 0);
        Self {
            feed: feed.to_owned(),
            sample: None,
            status: "no sample",
            error: None,
            reason: None,
            read,
            published,
            rejected,
        }
    }

    fn stray(folder: &str) -> Self {
        let reason = Some("there is no such feed; call the folder as a feed, or remove it".to_owned());
        Self { status: "failed", sample: Some(folder.to_owned()), reason, ..Self::absent(folder) }
    }
}

fn print(checked: &[Checked], is_json: bool) -> Result<(), Failure> {
    if is_json {
        return Ok(checked.iter().try_for_each(output::json_line)?);
    }
    let rows = checked.iter().map(|one| {
        let tone = match one.status {
            "failed" => Tone::Bad,
            "good" => Tone::Plain,
            _ => Tone::Faint,
        };
        let why: Vec<&str> = [one.error, one.reason.as_deref()].into_iter().flatten().collect();
        let sample = one.sample.as_deref().map_or_else(|| "-".to_owned(), shown);
        let [read, published, rejected] = [one.read, one.published, one.rejected].map(thousands);
        (tone, vec![one.status.to_owned(), shown(&one.feed), sample, read, published, rejected, why.join(": ")])
    });
    let header = ["STATUS", "FEED", "SAMPLE", "READ", "PUBLISHED", "REJECTED", "WHY"];
    output::toned_table(&header, &["READ", "PUBLISHED", "REJECTED"], rows);
    Ok(())
}

/// Returns the files of a folder and of those in it, in order; none where there is no such folder.
fn samples(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let is_folder = path.is_dir();
            if is_folder {
                folders.push(path);
            } else {
                found.insert(path);
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn folders(root: &Path) -> Result<Vec<String>, Failure> {
    let folders = entries(root)?.into_iter().filter(|path| path.is_dir());
    Ok(folders.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unread = |error| Failure::argument(format!("{}: cannot be read: {error}", folder.display()));
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path()).map_err(unread)).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unread(error)),
    }
}
