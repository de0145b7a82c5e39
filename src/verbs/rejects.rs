//! `carelake rejects`: the rows that were refused.

mod of_intake;

pub(crate) use of_intake::which;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_core::names::{Publication, RunId};
use carelake_core::store::StoreError;
use carelake_tabular::rejects::{RejectedRows, decode};
use clap::Args;

use crate::failure::Failure;
use crate::kept;
use crate::lake::{Lake, run_id};
use crate::options::Global;
use crate::output::{self, thousands};

/// Show which rows were refused, by file, line, rule and column
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake rejects clinicians
  carelake rejects clinicians --rule npi_checksum --lines
  carelake rejects enrollments --export ./to-mend
  carelake rejects intake/persons/bayview_patients --lines
  carelake rejects intake/persons/bayview_patients --delivery bayview_patients/2026-10-05 --json

Of a feed of partners the deliveries are shown that are in, and those that were refused because of their rows.
Rows themselves may be protected health information. They are shown only with --raw, and exported only on request.")]
pub(crate) struct Rejects {
    /// The dataset, a feed as hospitals/FEED, or a table of a feed of partners as intake/TABLE/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// Only rows of this delivery of a partner's feed, or of the delivery of this letter
    #[arg(long, value_name = "DELIVERY", conflicts_with = "run")]
    delivery: Option<String>,
    /// The run; the last one that tried the dataset when not given
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    run: Option<RunId>,
    /// Only rows that broke this rule
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Show each row: file, line, rule and column
    #[arg(long)]
    lines: bool,
    /// Show the rows themselves too
    #[arg(long)]
    raw: bool,
    /// Show at most so many rows
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Write the rows as CSV files with their header into this folder
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

impl Rejects {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        if of_intake::is_meant(&lake, &self.dataset) {
            return self.of_intake(&lake, global.json);
        }
        if self.delivery.is_some() {
            return Err(
                Failure::argument(format!("{} has no deliveries", self.dataset)).advise("name a run with --run")
            );
        }
        let (mut shown, mut untold) = (Vec::new(), Vec::new());
        for publication in lake.named(&self.dataset)? {
            let run = match &self.run {
                Some(run) => run.clone(),
                None => last_try(&lake, &publication)?,
            };
            let found = read(&lake, &publication, &run)?;
            match if found.is_empty() { untellable(&lake, &publication, &run)? } else { None } {
                None => shown.push((publication, run, found)),
                Some(failure) => untold.push(failure),
            }
        }
        // A dataset of feeds is shown as far as there is something to show.
        if shown.is_empty()
            && let Some(failure) = untold.pop()
        {
            return Err(failure);
        }
        untold.iter().for_each(|failure| output::aside(&failure.message));
        self.keep_rule(&mut shown)?;
        if let Some(folder) = &self.export {
            return export(folder, &shown);
        }
        if global.json {
            output::json(
                &shown
                    .iter()
                    .map(|(publication, run, found)| self.as_json(publication, run, found))
                    .collect::<Vec<_>>(),
            )?;
        } else {
            shown.iter().for_each(|(publication, run, found)| self.print(publication, run, found));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Keeps the rows that broke the wanted rule. One that none of them broke, though others were broken, is refused: it is most
    /// likely misspelt.
    fn keep_rule(&self, shown: &mut [(Publication, RunId, Vec<RejectedRows>)]) -> Result<(), Failure> {
        let Some(rule) = &self.rule else { return Ok(()) };
        let rows = shown.iter().flat_map(|(_, _, found)| found).flat_map(|rejected| &rejected.rows);
        let broken: BTreeSet<String> = rows.map(|row| row.rule.clone()).collect();
        if !broken.is_empty() && !broken.contains(rule) {
            return Err(Failure::unknown("--rule", rule, broken.iter().map(String::as_str)));
        }
        for (_, _, found) in shown {
            found.iter_mut().for_each(|rejected| rejected.rows.retain(|row| row.rule == *rule));
            found.retain(|rejected| !rejected.rows.is_empty());
        }
        Ok(())
    }

    fn as_json(&self, publication: &Publication, run: &RunId, found: &[RejectedRows]) -> serde_json::Value {
        let rows = found.iter().flat_map(|rejected| rejected.rows.iter().map(move |row| (&rejected.source_name, row)));
        let rows: Vec<_> = rows
            .take(self.limit)
            .map(|(source, row)| {
                let mut shown = serde_json::json!({
                    "source": source, "file": row.source_file, "line": row.line, "rule": row.rule, "column": row.column,
                });
                if self.raw
                    && let Some(object) = shown.as_object_mut()
                {
                    object.insert("raw".to_owned(), String::from_utf8_lossy(&row.raw).into());
                }
                shown
            })
            .collect();
        let total: usize = found.iter().map(|rejected| rejected.rows.len()).sum();
        serde_json::json!({
            "publication": publication.path(), "run_id": run, "by_rule": by_rule(found), "total": total, "rows": rows,
        })
    }

    fn print(&self, publication: &Publication, run: &RunId, found: &[RejectedRows]) {
        let total: usize = found.iter().map(|rejected| rejected.rows.len()).sum();
        output::line(format_args!("{publication}: {} rows rejected in run {run}", thousands(total as u64)));
        if total == 0 {
            return;
        }
        output::line("");
        let counts = by_rule(found);
        let rows = counts.iter().flat_map(|(source, rules)| {
            rules.iter().map(move |(rule, rows)| vec![source.clone(), rule.clone(), thousands(*rows)])
        });
        output::table(&["SOURCE", "RULE", "ROWS"], &["ROWS"], rows);
        if !self.lines && !self.raw {
            return;
        }
        output::line("");
        let all = found.iter().flat_map(|rejected| &rejected.rows);
        let rows = all.take(self.limit).map(|row| {
            let mut cells = vec![
                row.source_file.clone(),
                row.line.to_string(),
                row.rule.clone(),
                row.column.clone().unwrap_or_default(),
            ];
            if self.raw {
                cells.push(one_line(&row.raw));
            }
            cells
        });
        let header: &[&str] =
            if self.raw { &["FILE", "LINE", "RULE", "COLUMN", "ROW"] } else { &["FILE", "LINE", "RULE", "COLUMN"] };
        output::table(header, &["LINE"], rows);
        if total > self.limit {
            output::line(format_args!("... and {} more; --limit N shows more", thousands((total - self.limit) as u64)));
        }
    }
}

/// Returns a row as it stands in its file, so that it can be searched there; only what would move the cursor is escaped.
fn one_line(raw: &[u8]) -> String {
    let mut line = String::with_capacity(raw.len());
    for character in String::from_utf8_lossy(raw).chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Returns the last run that tried a publication.
fn last_try(lake: &Lake, publication: &Publication) -> Result<RunId, Failure> {
    let ledger = lake.existing_ledger()?;
    for run in ledger.runs(1_000)? {
        if ledger.dataset_runs(&run.run_id)?.iter().any(|entry| entry.publication == *publication) {
            return Ok(run.run_id);
        }
    }
    Err(Failure::argument(format!("{publication} was never run"))
        .advise(format!("`carelake run --dataset {publication}`")))
}

/// Returns why it cannot be told which rows were refused, where none are kept: none was judged, or they are gone.
pub(crate) fn untellable(lake: &Lake, publication: &Publication, run: &RunId) -> Result<Option<Failure>, Failure> {
    let tries = lake.existing_ledger()?.dataset_runs(run)?;
    let Some(last) = tries.iter().rev().find(|entry| entry.publication == *publication) else {
        return Ok(Some(
            Failure::argument(format!("run {run} was not asked for {publication}, or there is no such run"))
                .advise("`carelake runs` lists the runs there were"),
        ));
    };
    let were_rejected = kept::report(lake, run).is_ok_and(|report| {
        let outcome = report.publications.into_iter().find(|outcome| outcome.publication == publication.path());
        let sources = outcome.and_then(|outcome| outcome.report).map(|report| report.sources).unwrap_or_default();
        sources.values().any(|source| source.rejects.is_some())
    });
    let unjudged = [ErrorKind::INPUT_MISSING, ErrorKind::INVALID_CONFIG, ErrorKind::SCHEMA_DRIFT];
    Ok(match last.error.as_deref() {
        Some(error) if unjudged.iter().any(|kind| kind.name == error) => Some(
            Failure::argument(format!("run {run} ended with {error} before a row of {publication} was judged"))
                .advise(format!("`carelake status {run}`")),
        ),
        error if were_rejected || error == Some(ErrorKind::REJECT_THRESHOLD.name) => Some(
            Failure::argument(format!("the rejected rows of {publication} in run {run} are gone, as its run is"))
                .advise("`carelake runs DATASET` lists the runs that are kept"),
        ),
        _ => None,
    })
}

/// Reads the rejected rows of a run, source by source.
pub(crate) fn read(lake: &Lake, publication: &Publication, run: &RunId) -> Result<Vec<RejectedRows>, Failure> {
    let mut found = Vec::new();
    let closed = |error| match error {
        StoreError::Denied { place, .. } => {
            let message = format!(
                "{place}: rejected rows can be read by their owner only: they may be protected health information"
            );
            Failure::new(ErrorKind::STORAGE, message)
                .advise(format!("ask whoever runs carelake; `carelake status {run}` has the counts"))
        }
        error => error.into(),
    };
    for object in lake.rejects.list(&format!("{publication}/{run}/")).map_err(closed)? {
        let damaged = |error| Failure::new(ErrorKind::STORAGE, format!("{}: {error}", object.key));
        found.push(decode(lake.rejects.read(&object.key).map_err(closed)?).map_err(damaged)?);
    }
    Ok(found)
}

/// Counts rejected rows by source and rule.
pub(crate) fn by_rule(found: &[RejectedRows]) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for rejected in found {
        let rules = counts.entry(rejected.source_name.clone()).or_default();
        for row in &rejected.rows {
            *rules.entry(row.rule.clone()).or_default() += 1;
        }
    }
    counts
}

fn export(folder: &PathBuf, shown: &[(Publication, RunId, Vec<RejectedRows>)]) -> Result<ExitCode, Failure> {
    fs::create_dir_all(folder)?;
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for rejected in shown.iter().flat_map(|(_, _, found)| found) {
        // A source with increments has several files, each with a header of its own.
        let number = files.entry(&rejected.source_name).and_modify(|number| *number += 1).or_insert(1);
        let increment = if *number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{}{increment}.csv", rejected.source_name));
        let mut file = create_for_owner(&path).map_err(|error| {
            Failure::new(ErrorKind::STORAGE, format!("{}: {error}", path.display())).advise("choose an empty folder")
        })?;
        file.write_all(&as_csv(rejected))?;
        output::line(format_args!("{}: {} rows", path.display(), thousands(rejected.rows.len() as u64)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Creates a file that its owner alone can read: it may hold protected health information.
fn create_for_owner(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Returns rejected rows as the file they came from would have them: the header and the rows.
pub(crate) fn as_csv(rejected: &RejectedRows) -> Vec<u8> {
    let mut text = rejected.header.clone();
    text.push(b'\n');
    for row in &rejected.rows {
        text.extend_from_slice(&row.raw);
        text.push(b'\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_row_is_shown_as_it_stands_but_for_what_moves_the_cursor() {
        let quoted = r#""OPAL ""X"" É",'a'"#;
        assert_eq!(one_line(quoted.as_bytes()), quoted);
        assert_eq!(one_line(b"a\x1b[2J\r\tb"), r"a\u{1b}[2J\r\tb");
    }
}
