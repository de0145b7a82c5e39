//! `carelake intake try`: a file is read and judged by the page of a feed, and nothing is written.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_intake::functions::{Asked, Trial, TriedRow, TriedTable, shown, tried};
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::deliver::Deliverer;
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::registry::KINDS;

/// Rejects that are listed one by one.
const REJECTS: usize = 20;

/// Read and judge a file by the page of a feed, and show what would become of it; nothing is written
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake try bayview_patients landing/bayview/PAT_20261005.csv
  carelake intake try bayview_patients sample.csv --rows 3 --as-of 2026-10-05
  carelake intake try bayview_patients PAT_20261005.csv --against served
  carelake intake try bayview_patients PAT_20261005.csv --rows 0 --json

Rows are shown as they stand in the file and as what they become: they may be protected health information, and go to the terminal
only. The exit code is that with which the file would be refused if it were the first of its feed.")]
pub(crate) struct Try {
    /// The feed
    #[arg(value_name = "FEED")]
    feed: String,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Rows of each table that are shown
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
    /// Count by key what differs from what the feed serves
    #[arg(long, value_name = "WHAT")]
    against: Option<Against>,
    /// The delivery date, whatever name and file say
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

/// What a file is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Against {
    /// What the feed serves
    Served,
}

impl Try {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        super::run::is_file(&self.file)?;
        let deliverer = Deliverer::open(global)?;
        let intake = deliverer.intake()?;
        if intake.feed(&self.feed).is_none() {
            let names = intake.feeds.iter().map(|feed| feed.name.as_str());
            return Err(Failure::unknown("feeds", &self.feed, names));
        }
        let asked = Asked {
            feed: &self.feed,
            file: &self.file,
            as_of: self.as_of,
            rows: self.rows,
            against_served: self.against.is_some(),
        };
        let trial = deliverer.local.with_context(&|| false, |context| tried(context, asked))?;
        if global.json {
            output::json(&trial)?;
        } else {
            print(&trial);
        }
        Ok(code(&trial))
    }
}

/// Returns the exit code of a trial.
pub(super) fn code(trial: &Trial) -> ExitCode {
    let kind = trial.refused.as_ref().and_then(|(error, _)| KINDS.named(error));
    kind.map_or(ExitCode::SUCCESS, |kind| ExitCode::from(kind.exit_code))
}

fn print(trial: &Trial) {
    trial.tables.iter().for_each(rows);
    for table in &trial.tables {
        rejects(table);
        columns(table);
    }
    counts(&trial.tables);
    if !trial.unused.is_empty() {
        let names: Vec<String> = trial.unused.iter().map(|name| shown(name)).collect();
        output::line(format_args!("\nnothing is made of {}", names.join(", ")));
    }
    let (feed, date) = (&trial.feed, trial.delivery_date);
    output::line(match &trial.refused {
        Some((error, reason)) => Tone::Bad.paint(format_args!("\n{feed} of {date} would fail: {error}: {reason}")),
        None => Tone::Good.paint(format_args!("\n{feed} of {date} would be published")),
    });
}

fn rows(table: &TriedTable) {
    let cell = |(name, text): (&String, &str)| format!("{}={}", shown(name), shown(text));
    for TriedRow { place, before, after, why } in &table.rows {
        let before = before.iter().filter_map(|(name, text)| Some(cell((name, text.as_deref()?))));
        output::line(Tone::Heading.paint(format_args!("{} {place}", table.table)));
        output::line(format_args!("  {}", before.collect::<Vec<_>>().join("  ")));
        match (after, why) {
            (Some(after), _) => {
                let after = after.iter().map(|(name, text)| cell((name, text)));
                output::line(format_args!("  -> {}", after.collect::<Vec<_>>().join("  ")));
            }
            (None, why) => output::line(Tone::Bad.paint(format_args!("  -> {}", why.as_deref().unwrap_or("left out")))),
        }
    }
}

fn rejects(table: &TriedTable) {
    if table.rejects.is_empty() {
        return;
    }
    output::line(format_args!("\n{}: {} rejected rows", table.table, thousands(table.rejects.len() as u64)));
    let rows = table.rejects.iter().take(REJECTS).map(|reject| {
        let none = || "-".to_owned();
        let part = reject.part.as_deref().map_or_else(none, shown);
        vec![part, reject.place.clone(), reject.rule.clone(), reject.column.clone().unwrap_or_else(none)]
    });
    output::table(&["PART", "PLACE", "RULE", "COLUMN"], &[], rows);
    if table.rejects.len() > REJECTS {
        output::line(format_args!("... {REJECTS} of {}; --json has all", table.rejects.len()));
    }
}

fn columns(table: &TriedTable) {
    output::line(format_args!("\n{}: columns", table.table));
    let rows = table.columns.iter().map(|(name, (filled, invalid))| {
        let tone = if *invalid > 0 { Tone::Bad } else { Tone::Plain };
        (tone, vec![name.clone(), thousands(*filled), thousands(*invalid)])
    });
    output::toned_table(&["COLUMN", "FILLED", "INVALID"], &["FILLED", "INVALID"], rows);
    if !table.missing.is_empty() {
        let missing = table.missing.join(", ");
        output::line(Tone::Bad.paint(format_args!("nothing in the file feeds {missing}")));
    }
    for (counter, values) in &table.account.counted {
        output::line(format_args!("{counter}  {}", thousands(*values)));
    }
}

fn counts(tables: &[TriedTable]) {
    output::line("");
    let rows = tables.iter().map(|table| {
        let account = &table.account;
        let filtered = account.filtered.values().sum();
        let figures = [account.read, account.published, account.rejects(), filtered, account.duplicates()];
        std::iter::once(table.table.clone()).chain(figures.map(thousands)).collect()
    });
    let right = ["READ", "PUBLISHED", "REJECTED", "FILTERED", "DUPLICATE"];
    output::table(&[["TABLE"].as_slice(), &right].concat(), &right, rows);
    for table in tables {
        if let Some(change) = table.change {
            let [added, removed, changed, same] =
                [change.added, change.removed, change.changed, change.same].map(thousands);
            let table = &table.table;
            output::line(format_args!(
                "{table}, against what is served: {added} added, {removed} removed, {changed} changed, {same} the same"
            ));
        }
    }
}
