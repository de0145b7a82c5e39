//! `carelake loads`: how tables of databases stand, how each is loaded and why, what changed about them, and where windows begin.

mod bookmark;
mod schema;
mod settle;
mod status;
mod tables;

use std::process::ExitCode;

use carelake_loads::config::{Loads as Section, TablePattern};
use carelake_loads::kept::{Entry, Kept};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::load::section;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;

/// See how tables of databases stand, and move what loads remember of them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake loads status
  carelake loads status crm --json
  carelake loads tables crm --why
  carelake loads schema 'crm/crm.acc*'
  carelake loads bookmark crm/crm.accounts
  carelake loads bookmark crm/crm.accounts --to 2026-11-01T00:00:00Z
  carelake loads bookmark crm/crm.accounts --reset
  carelake loads settle crm")]
pub(crate) struct Loads {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Status(status::Status),
    Tables(tables::Tables),
    Schema(schema::Schema),
    Bookmark(bookmark::Bookmark),
    Settle(settle::Settle),
}

impl Loads {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        match self.verb {
            Verb::Status(verb) => verb.execute(global),
            Verb::Tables(verb) => verb.execute(global),
            Verb::Schema(verb) => verb.execute(global),
            Verb::Bookmark(verb) => verb.execute(global),
            Verb::Settle(verb) => verb.execute(global),
        }
    }
}

/// Returns the sources of this name, all without one.
fn named(section: &Section, source: Option<&str>) -> Result<Vec<String>, Failure> {
    match source {
        Some(name) => {
            let found = section.source(name).map_err(|failure| Failure::argument(failure.reason))?;
            Ok(vec![found.name.clone()])
        }
        None => Ok(section.sources.iter().map(|source| source.name.clone()).collect()),
    }
}

/// Returns the tables of `SOURCE/DATABASE.TABLE` that were ever seen.
fn entries_of(lake: &Lake, kept: &Kept<'_>, text: &str) -> Result<(String, Vec<Entry>), Failure> {
    let split = text.split_once('/').and_then(|(source, tables)| Some((source, TablePattern::parse(tables)?)));
    let (source, pattern) = split.ok_or_else(|| {
        Failure::argument(format!("`{text}` must be SOURCE/DATABASE.TABLE, such as crm/crm.accounts"))
    })?;
    let source = named(&section(lake)?, Some(source))?.remove(0);
    let all = kept.entries(&source, Timestamp::now())?;
    let found: Vec<Entry> = all.iter().filter(|it| pattern.fits(&it.database, &it.table)).cloned().collect();
    if found.is_empty() {
        let names: Vec<String> = all.iter().map(|it| format!("{source}/{}.{}", it.database, it.table)).collect();
        let failure = Failure::unknown("table", text, names.iter().map(String::as_str));
        return Err(if names.is_empty() { failure.advise(format!("carelake loads tables {source}")) } else { failure });
    }
    Ok((source, found))
}
