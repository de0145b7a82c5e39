//! `carelake profile`: what the columns of a publication hold, in figures.

use std::process::ExitCode;
use std::sync::Arc;

use carelake_query::{ColumnProfile, Distinct, profile};
use clap::Args;

use crate::answer::{self, shown};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::publications;
use crate::published::{Run, all_served, kind_of, union, unreadable};
use crate::width;

/// Characters to which the least and the most value are cut where there is no terminal that says how many there are.
const VALUE: usize = 24;

/// Show what the columns of a dataset hold: nulls, distinct values, the least and the most, lengths of texts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake profile clinicians
  carelake profile hospitals/hospital_enrollments --json
  carelake profile intake/persons/bayview_patients

Every published row is looked at. Distinct values are counted exactly up to 4 million of a column; a number that begins with ~
is about right. Texts are compared byte by byte, and lengths are in characters. Long values are cut; --json has them whole.")]
pub(crate) struct Profile {
    /// The dataset, a feed as hospitals/FEED, or a table of a feed of partners as intake/TABLE/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
}

impl Profile {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let (mut runs, mut absent) = (Vec::new(), Vec::new());
        for publication in publications::named(&lake, &self.dataset)? {
            match all_served(&lake, &publication)?.filter(|served| !served.is_empty()) {
                Some(served) => runs.push(served),
                None => absent.push(publication.path()),
            }
        }
        // A dataset of feeds is shown as far as there is something to show.
        if runs.is_empty() {
            return Err(Failure::argument(format!("{} was never published", self.dataset))
                .advise(format!("carelake run --dataset {} {}", self.dataset, lake.options)));
        }
        absent.iter().for_each(|path| output::aside(format_args!("{path} was never published")));
        let mut objects = Vec::new();
        for (at, served) in runs.iter().enumerate() {
            let Some(last) = served.last() else { continue };
            let table = Arc::new(union(&lake, &last.publication.path(), &served.iter().collect::<Vec<_>>())?);
            let profiled = Profiled { served, last, columns: profile(&table).map_err(unreadable)? };
            if global.json {
                objects.push(profiled.as_json());
                continue;
            }
            if at > 0 {
                output::line("");
            }
            profiled.print();
        }
        if global.json {
            output::json(&serde_json::json!({"publications": objects}))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What a publication serves, with what its columns hold.
struct Profiled<'r> {
    /// The runs; several of a log.
    served: &'r [Run],
    last: &'r Run,
    columns: Vec<ColumnProfile>,
}

impl Profiled<'_> {
    fn rows(&self) -> u64 {
        self.served.iter().map(|run| run.manifest.rows).sum()
    }

    fn as_json(&self) -> serde_json::Value {
        let columns = self.columns.iter().map(|column| {
            let (distinct, is_exact) = match column.distinct {
                Distinct::Exactly(count) => (count, true),
                Distinct::About(count) => (count, false),
            };
            serde_json::json!({
                "name": column.name, "type": kind_of(self.served, &column.name), "nulls": column.nulls,
                "distinct": distinct, "distinct_is_exact": is_exact,
                "least": answer::as_json(&column.least, Some(column.kind)),
                "most": answer::as_json(&column.most, Some(column.kind)),
                "shortest": column.lengths.map(|(shortest, _)| shortest), "longest": column.lengths.map(|(_, longest)| longest),
            })
        });
        let mut told = serde_json::json!({
            "publication": self.last.publication.path(), "run_id": self.last.manifest.run_id, "rows": self.rows(),
            "columns": columns.collect::<Vec<_>>(), "sources": self.last.manifest.measures,
        });
        if let (Some(object), true) = (told.as_object_mut(), self.served.len() > 1) {
            object.insert("runs".to_owned(), self.served.len().into());
        }
        told
    }

    fn print(&self) {
        let run = &self.last.manifest.run_id;
        let of_run = match self.served.len() {
            1 => format!("run {run}"),
            runs => format!("{runs} runs, the last of them {run}"),
        };
        let name = Tone::Heading.paint(&self.last.publication);
        output::line(format_args!("{name}: {} rows of {of_run}\n", thousands(self.rows())));
        self.print_published();
        print_sources(self.last);
    }

    /// Prints the columns that are published.
    fn print_published(&self) {
        let mut lines: Vec<Vec<String>> = self.columns.iter().map(|column| self.line(column)).collect();
        let header = ["COLUMN", "TYPE", "NULLS", "NULL %", "DISTINCT", "SHORTEST", "LONGEST", "LEAST", "MOST"];
        let cell = value_width(&header, &lines);
        for line in &mut lines {
            line.iter_mut().skip(header.len() - 2).for_each(|value| *value = width::cut(value, cell));
        }
        output::table(&header, &["NULLS", "NULL %", "DISTINCT", "SHORTEST", "LONGEST"], lines);
    }

    fn line(&self, column: &ColumnProfile) -> Vec<String> {
        let share = column.nulls as f64 / (self.rows() as f64).max(1.0) * 100.0;
        let distinct = match column.distinct {
            Distinct::Exactly(count) => thousands(count),
            Distinct::About(count) => format!("~{}", thousands(count)),
        };
        let (shortest, longest) = column.lengths.unzip();
        let length = |length: Option<u64>| length.map(thousands).unwrap_or_default();
        vec![
            column.name.clone(),
            kind_of(self.served, &column.name).to_owned(),
            thousands(column.nulls),
            if column.nulls == 0 { String::new() } else { format!("{share:.1}") },
            distinct,
            length(shortest),
            length(longest),
            shown(&column.least, Some(column.kind)),
            shown(&column.most, Some(column.kind)),
        ]
    }
}

/// Prints what the columns of the sources held that the publication was made of.
fn print_sources(run: &Run) {
    let of = |cells: u64, rows: u64| {
        if cells == 0 { String::new() } else { format!("{:.1}", cells as f64 / rows.max(1) as f64 * 100.0) }
    };
    let rows = run.manifest.measures.iter().flat_map(|(source, measure)| {
        measure.columns.iter().map(move |(name, column)| {
            let figures = [column.null, column.invalid].map(|cells| [thousands(cells), of(cells, measure.rows)]);
            [vec![source.clone(), name.clone(), thousands(measure.rows)], figures.concat()].concat()
        })
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        output::line("\nas it was read, over all rows that no rule refused\n");
        let header = ["SOURCE", "COLUMN", "CELLS", "NULL", "NULL %", "MADE NULL", "MADE NULL %"];
        output::table(&header, &["CELLS", "NULL", "NULL %", "MADE NULL", "MADE NULL %"], rows);
    }
}

/// Returns how many characters of the last two columns fit beside the others.
fn value_width(header: &[&str], lines: &[Vec<String>]) -> usize {
    let Some(terminal) = width::of_terminal() else { return VALUE };
    let others = header.len() - 2;
    let widest = |at: usize, name: &str| {
        lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).fold(name.len(), usize::max) + 2
    };
    let taken: usize = header.iter().take(others).enumerate().map(|(at, name)| widest(at, name)).sum();
    (terminal.saturating_sub(taken + 2) / 2).clamp(8, 80)
}
