//! `carelake diff`: what changed between two runs of a dataset.

use std::io::{self, StdoutLock};
use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, RunState, Serves};
use carelake_query::{Difference, Keys, Table, Value, changes, differences};
use clap::Args;

use crate::answer::{self, plain, shown};
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::options::Global;
use crate::output::{self, thousands};
use crate::publications::one;
use crate::published::{table, union, unreadable};
use crate::verbs::diff_lists::Lists;

/// What a list of runs is called by, before its number.
const LIST: &str = "list ";

/// Show the rows that two runs of a dataset, or two lists of a publication, do not share, by key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake diff clinicians
  carelake diff clinicians 2026-10-01.1 2026-11-01.1 --rows 20
  carelake diff hospitals/hospital_enrollments --json
  carelake diff clinicians --values
  carelake diff clinicians --csv > changes.csv
  carelake diff files/truth --key npi
  carelake diff files/truth --sequences 4 6

A publication that serves several runs is compared list by list: the runs that came and went, and with a key their rows.
CSV has a line for each row that was added or removed, and one for each column of a row that changed, with its old and new value.")]
pub(crate) struct Diff {
    /// The dataset, or a feed as hospitals/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The earlier and the later run; the run before the current and the current when not given
    #[arg(value_name = "RUN", num_args = 2, value_parser = run_id)]
    runs: Vec<RunId>,
    /// The earlier and the later list of a publication that serves several runs; the one before and the current when not given
    #[arg(long, value_name = "SEQUENCE", num_args = 2, conflicts_with = "runs")]
    sequences: Vec<u64>,
    /// The columns that tell a row from every other, with commas between; those of the configuration when not given
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    key: Vec<String>,
    /// Show so many keys of each kind; 10 when not given, and all with --csv
    #[arg(long, value_name = "N")]
    rows: Option<u32>,
    /// Show old and new values of the changed rows that are shown
    #[arg(long)]
    values: bool,
    /// Answer in CSV, with old and new values
    #[arg(long, conflicts_with_all = ["json", "values"])]
    csv: bool,
}

impl Diff {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = one(&lake, &self.dataset)?;
        let key = self.key_of(&lake, &publication);
        let serves = publish::current(&*lake.output, &publication)?.map(|pointer| pointer.kind);
        let (before, after, between) = if serves == Some(Serves::Log) && self.runs.is_empty() {
            let lists = Lists::read(&lake, &publication, self.between())?;
            if key.is_empty() {
                return self.tell_lists(global, &publication, &lists);
            }
            if !global.json && !self.csv {
                lists.tell(&publication);
            }
            sides_of_lists(&lake, &publication, &lists)?
        } else {
            let (earlier, later) = match self.runs.as_slice() {
                [earlier, later] => (earlier.clone(), later.clone()),
                _ => last_two(&lake, &publication)?,
            };
            sides_of_runs(&lake, &publication, (&earlier, &later))?
        };
        self.compare(global, &publication, &key, (&before, &after), between)
    }

    /// Returns the key that is given, or that the configuration has.
    fn key_of(&self, lake: &Lake, publication: &Publication) -> Vec<String> {
        if self.key.is_empty() { key_of(lake, publication) } else { self.key.clone() }
    }

    fn between(&self) -> Option<(u64, u64)> {
        match *self.sequences.as_slice() {
            [earlier, later] => Some((earlier, later)),
            _ => None,
        }
    }

    /// Tells which runs came and went, of a publication whose rows have no key.
    fn tell_lists(&self, global: &Global, publication: &Publication, lists: &Lists) -> Result<ExitCode, Failure> {
        if self.csv || self.values {
            return Err(Failure::argument(format!("{publication} has no key in the configuration"))
                .advise("name the columns that tell a row from every other: --key"));
        }
        if global.json {
            output::json(&lists.as_json(publication))?;
        } else {
            lists.tell(publication);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Compares two tables row by row.
    fn compare(
        &self,
        global: &Global,
        publication: &Publication,
        key: &[String],
        (before, after): (&Arc<Table>, &Arc<Table>),
        (earlier, later): (String, String),
    ) -> Result<ExitCode, Failure> {
        if let Some(unknown) = key.iter().find(|name| !after.columns().iter().any(|column| column.name == **name)) {
            return Err(Failure::unknown(
                publication,
                unknown,
                after.columns().iter().map(|column| column.name.as_str()),
            ));
        }
        let lineage = carelake_core::table::LINEAGE.map(|field| field.name);
        let rows = self.rows.map_or(if self.csv { usize::MAX } else { 10 }, |rows| rows as usize);
        let found = changes(before, after, key, &lineage, rows).map_err(unreadable)?;
        if self.csv {
            let mut table = DiffCsv::begin(key);
            table.rows("added", &found.added);
            table.rows("removed", &found.removed);
            let write = |difference| table.difference(&difference);
            differences(before, after, key, &lineage, &found.changed.first, write).map_err(unreadable)?;
            table.end()?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut values = Vec::new();
        if self.values {
            let keep = |difference| values.push(difference);
            differences(before, after, key, &lineage, &found.changed.first, keep).map_err(unreadable)?;
        }
        if global.json {
            let columns: serde_json::Map<_, _> =
                found.columns.iter().map(|(name, rows)| (name.clone(), (*rows).into())).collect();
            let mut answer = serde_json::json!({
                "publication": publication.path(), "earlier": earlier, "later": later, "key": key,
                "added": found.added.count, "removed": found.removed.count, "changed": found.changed.count,
                "changed_columns": columns,
                "first_added": answer::keys_as_json(key, &found.added.first),
                "first_removed": answer::keys_as_json(key, &found.removed.first),
                "first_changed": answer::keys_as_json(key, &found.changed.first),
            });
            if self.values
                && let Some(answer) = answer.as_object_mut()
            {
                answer.insert("values".to_owned(), values.iter().map(|value| as_json(key, value)).collect());
            }
            output::json(&answer)?;
            return Ok(ExitCode::SUCCESS);
        }
        let what = if earlier.starts_with(LIST) { "" } else { "run " };
        output::line(format_args!("{publication}: {what}{earlier} to {what}{later}, by {}", key.join(", ")));
        for (what, keys) in [("added", &found.added), ("removed", &found.removed), ("changed", &found.changed)] {
            output::line(format_args!("\n{} {what}", thousands(keys.count)));
            if !keys.first.is_empty() {
                answer::keys(key, &keys.first);
            }
        }
        if !found.columns.is_empty() {
            output::line("\nchanged columns");
            let rows = found.columns.into_iter().map(|(name, rows)| vec![name, thousands(rows)]);
            output::table(&["COLUMN", "ROWS"], &["ROWS"], rows);
        }
        if !values.is_empty() {
            output::line("\nold and new values");
            let mut header: Vec<&str> = key.iter().map(String::as_str).collect();
            header.extend(["COLUMN", "OLD", "NEW"]);
            output::table(&header, &[], values.iter().map(cells));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns a difference as cells: the key, the column, the old and the new value.
fn cells(of: &Difference) -> Vec<String> {
    let mut cells: Vec<String> = of.key.iter().map(plain).collect();
    cells.extend([of.column.clone(), shown(&of.before, Some(of.kind)), shown(&of.after, Some(of.kind))]);
    cells
}

fn as_json(key: &[String], of: &Difference) -> serde_json::Value {
    let key: serde_json::Map<_, _> = key.iter().cloned().zip(of.key.iter().map(Value::json)).collect();
    let value = |value| answer::as_json(value, Some(of.kind));
    serde_json::json!({"key": key, "column": of.column, "old": value(&of.before), "new": value(&of.after)})
}

/// Differing rows as CSV.
struct DiffCsv {
    writer: csv::Writer<StdoutLock<'static>>,
    failed: Option<csv::Error>,
}

impl DiffCsv {
    fn begin(key: &[String]) -> Self {
        let mut table = Self { writer: csv::Writer::from_writer(io::stdout().lock()), failed: None };
        table.write(["change"].into_iter().chain(key.iter().map(String::as_str)).chain(["column", "old", "new"]));
        table
    }

    fn write(&mut self, record: impl Iterator<Item = impl AsRef<[u8]>>) {
        if self.failed.is_none() {
            self.failed = self.writer.write_record(record).err();
        }
    }

    fn rows(&mut self, change: &str, keys: &Keys) {
        for key in &keys.first {
            let cells =
                key.iter().map(|value| answer::in_csv(value, None)).chain(std::iter::repeat_n(String::new(), 3));
            self.write(std::iter::once(change.to_owned()).chain(cells));
        }
    }

    fn difference(&mut self, of: &Difference) {
        let Difference { column, before, after, kind, .. } = of;
        let key = of.key.iter().map(|value| answer::in_csv(value, None));
        let values = [before, after].map(|value| answer::in_csv(value, Some(*kind)));
        let cells = key.chain([column.clone()]).chain(values);
        self.write(std::iter::once("changed".to_owned()).chain(cells));
    }

    /// Says whether it was written. A reader that went away (`| head`) is no failure.
    fn end(mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        match self.failed.map_or(flushed, |error| Err(error.into())) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Returns the columns that tell the rows of a publication apart, as the configuration has them.
pub(crate) fn key_of(lake: &Lake, publication: &Publication) -> Vec<String> {
    carelake_facts::key_of(&lake.facts(None), publication)
}

/// The earlier and the later side of a difference, and what they are called.
pub(crate) type Sides = (Arc<Table>, Arc<Table>, (String, String));

/// Returns what is served, and what was before it.
///
/// # Errors
/// Wrong usage where there are no two to compare.
pub(crate) fn last_difference(lake: &Lake, publication: &Publication) -> Result<Sides, Failure> {
    let serves = publish::current(&*lake.output, publication)?.map(|pointer| pointer.kind);
    if serves == Some(Serves::Log) {
        return sides_of_lists(lake, publication, &Lists::read(lake, publication, None)?);
    }
    let (earlier, later) = last_two(lake, publication)?;
    sides_of_runs(lake, publication, (&earlier, &later))
}

fn sides_of_runs(lake: &Lake, publication: &Publication, (earlier, later): (&RunId, &RunId)) -> Result<Sides, Failure> {
    let table = |run: &RunId| table(lake, publication, run).map(Arc::new);
    Ok((table(earlier)?, table(later)?, (earlier.to_string(), later.to_string())))
}

fn sides_of_lists(lake: &Lake, publication: &Publication, lists: &Lists) -> Result<Sides, Failure> {
    let table = |list| -> Result<Arc<Table>, Failure> {
        let runs = Lists::runs(lake, publication, list)?;
        union(lake, &publication.path(), &runs.iter().collect::<Vec<_>>()).map(Arc::new)
    };
    let between = (format!("{LIST}{}", lists.earlier.sequence), format!("{LIST}{}", lists.later.sequence));
    Ok((table(&lists.earlier)?, table(&lists.later)?, between))
}

/// Returns the run that is served and the one published before it.
fn last_two(lake: &Lake, publication: &Publication) -> Result<(RunId, RunId), Failure> {
    let runs = publish::runs(&*lake.output, publication)?;
    let current = runs.iter().find(|run| run.state == RunState::Current);
    let before = current.and_then(|run| run.manifest.as_ref()).and_then(|manifest| manifest.previous_run_id.clone());
    match (before, current) {
        (Some(before), Some(current)) if runs.iter().any(|run| run.run_id == before) => {
            Ok((before, current.run_id.clone()))
        }
        _ => Err(Failure::argument(format!("{publication} has no two runs to compare"))
            .advise("name two runs: `carelake runs`")),
    }
}
