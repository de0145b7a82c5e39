//! `carelake describe`: what is published, what its columns hold, and how to read it.

use std::process::ExitCode;

use carelake_core::names::{Column, Publication};
use carelake_core::publish::{self, Manifest, Pointer, Serves};
use carelake_core::table::FileColumns;
use carelake_tabular::config::SourceSpec;
use carelake_tabular::source::release_date;
use clap::Args;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, size, thousands};
use crate::publications;
use crate::published::folders;
use crate::ready::{self, Ready};
use crate::registry;
use crate::tables::meaning_in;
use crate::tenant::lake_of;
use crate::verbs::doctor::STALE_DAYS;

/// Show what is published: columns and what they hold, key, sources, age, and ready queries
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake describe
  carelake describe clinicians
  carelake describe hospitals/hospital_enrollments --json

FROM names the columns of the sources that become a column under the same name; what is computed is derived. The same meanings
are in the Parquet files, in the metadata of their fields.")]
pub(crate) struct Describe {
    /// The dataset, or a feed as hospitals/FEED; a list of all when not given
    #[arg(value_name = "DATASET")]
    dataset: Option<String>,
}

/// What is told of a publication in a list.
#[derive(Debug, Serialize)]
struct Summary {
    publication: String,
    key: Vec<String>,
    partition_by: Vec<String>,
    /// The run that is served; none before the first.
    served: Option<Served>,
}

#[derive(Debug, Serialize)]
struct Served {
    run_id: String,
    as_of: Date,
    rows: u64,
    /// How many runs are served; of more than one, the run that is told of is the last.
    runs: usize,
    files: usize,
    bytes: u64,
    written_at: Timestamp,
    published_at: Timestamp,
    age_days: i64,
    is_stale: bool,
}

/// What is told of a publication that is asked for.
#[derive(Debug, Serialize)]
struct Details {
    #[serde(flatten)]
    summary: Summary,
    columns: Vec<ColumnDetails>,
    sources: Vec<SourceDetails>,
    queries: Vec<Ready>,
}

#[derive(Debug, Serialize)]
struct ColumnDetails {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    description: String,
    /// The columns of sources that it is; none when it is derived.
    from: Vec<String>,
    is_partition: bool,
}

#[derive(Debug, Serialize)]
struct SourceDetails {
    source: String,
    file: String,
    release: Option<String>,
    bytes: u64,
    sha256: String,
}

impl Describe {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let Some(name) = &self.dataset else {
            let lake = Lake::open(global)?;
            let all = publications::all(&lake)?;
            let all = all.iter().map(|publication| Ok(summary(&lake, publication)?.0));
            let all: Vec<Summary> = all.collect::<Result<_, Failure>>()?;
            if global.json {
                output::json(&serde_json::json!({"publications": all}))?;
            } else {
                print_list(&all);
            }
            return Ok(ExitCode::SUCCESS);
        };
        let (lake, name) = lake_of(global, name)?;
        let found = publications::named(&lake, &name)?;
        let found = found.iter().map(|publication| details(&lake, publication, global));
        let found: Vec<Details> = found.collect::<Result<_, Failure>>()?;
        if global.json {
            output::json(&serde_json::json!({"publications": found}))?;
            return Ok(ExitCode::SUCCESS);
        }
        for (at, details) in found.iter().enumerate() {
            if at > 0 {
                output::line("");
            }
            print(details, &lake.options);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads what is told of a publication in a list, and the manifest of the run that it serves.
fn summary(lake: &Lake, publication: &Publication) -> Result<(Summary, Option<Manifest>), Failure> {
    let dataset = lake.config.dataset(publication.dataset());
    let (served, manifest) = match publish::current_run(&*lake.output, publication)? {
        Some((pointer, manifest)) => (Some(Served::of(&pointer, &manifest, Timestamp::now())), Some(manifest)),
        None => (None, None),
    };
    let mut partition_by = manifest.as_ref().map(folders).unwrap_or_default();
    if partition_by.is_empty() {
        partition_by = dataset.map(|dataset| dataset.partition_by.clone()).unwrap_or_default();
    }
    let summary =
        Summary { publication: publication.path(), key: publications::key_of(lake, publication), partition_by, served };
    Ok((summary, manifest))
}

impl Served {
    /// A rollback moves the pointer and makes the rows no newer: their age counts from when they were written.
    fn of(pointer: &Pointer, manifest: &Manifest, now: Timestamp) -> Self {
        let age = now.duration_since(manifest.written_at);
        Self {
            run_id: manifest.run_id.to_string(),
            as_of: manifest.as_of,
            rows: if pointer.kind == Serves::Log { pointer.rows() } else { manifest.rows },
            runs: pointer.runs.len(),
            files: manifest.files.len(),
            bytes: manifest.bytes,
            written_at: manifest.written_at,
            published_at: pointer.committed_at,
            age_days: age.as_hours() / 24,
            is_stale: pointer.kind == Serves::Snapshot && age > SignedDuration::from_hours(24 * STALE_DAYS),
        }
    }

    fn age(&self) -> String {
        let age = match self.age_days {
            0 => "today".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        if self.is_stale { format!("{age}, stale") } else { age }
    }
}

fn details(lake: &Lake, publication: &Publication, global: &Global) -> Result<Details, Failure> {
    let (summary, manifest) = summary(lake, publication)?;
    let sources = row_sources(lake, publication);
    let described = |column: &Column| ColumnDetails {
        name: column.name.clone(),
        kind: column.kind.clone(),
        description: column.description.clone(),
        from: from(&sources, &column.name),
        is_partition: false,
    };
    let files = registry::dataset(publication.dataset()).map(|dataset| dataset.files(&summary.partition_by));
    let declared = files.iter().flat_map(FileColumns::fields).map(|field| ColumnDetails {
        name: field.name.to_owned(),
        kind: field.kind.name().to_owned(),
        description: field.description.to_owned(),
        from: from(&sources, field.name),
        is_partition: false,
    });
    let mut columns: Vec<ColumnDetails> = match &manifest {
        Some(manifest) if !manifest.schema.is_empty() => manifest.schema.iter().map(described).collect(),
        _ => declared.collect(),
    };
    columns.extend(summary.partition_by.iter().map(|name| ColumnDetails {
        name: name.clone(),
        kind: "text".to_owned(),
        description: meaning_in(publication.dataset(), name).to_owned(),
        from: from(&sources, name),
        is_partition: true,
    }));
    let sources = manifest.iter().flat_map(Manifest::input_files).map(|input| SourceDetails {
        release: release_date(&input.file).map(release),
        source: input.source.clone(),
        file: input.file.clone(),
        bytes: input.bytes,
        sha256: input.sha256.clone(),
    });
    Ok(Details { summary, columns, sources: sources.collect(), queries: ready::queries(lake, publication, global)? })
}

/// Returns the sources whose rows become rows of a publication.
fn row_sources<'l>(lake: &'l Lake, publication: &Publication) -> Vec<&'l SourceSpec> {
    let names = match publication.feed() {
        Some(feed) => vec![feed],
        None => {
            registry::dataset(publication.dataset()).map(|dataset| dataset.rows_from().collect()).unwrap_or_default()
        }
    };
    names.into_iter().filter_map(|name| lake.config.source(name)).collect()
}

/// Returns the columns of sources that have the name of an output column, as `source.column`.
fn from(sources: &[&SourceSpec], name: &str) -> Vec<String> {
    let has = |source: &&&SourceSpec| source.columns.iter().any(|column| column.name == name);
    sources.iter().filter(has).map(|source| format!("{}.{name}", source.name)).collect()
}

/// Returns a release as far as a file's name tells it: `2026-07-17`, `2026-07` or `2026`.
fn release(date: (u32, u32, u32)) -> String {
    match date {
        (year, 0, _) => year.to_string(),
        (year, month, 0) => format!("{year}-{month:02}"),
        (year, month, day) => format!("{year}-{month:02}-{day:02}"),
    }
}

fn print_list(all: &[Summary]) {
    let rows = all.iter().map(|summary| {
        let mut row = vec![summary.publication.clone()];
        match &summary.served {
            Some(served) => row.extend([
                thousands(served.rows),
                thousands(served.files as u64),
                size(served.bytes),
                served.run_id.clone(),
                served.as_of.to_string(),
                format!("{:.0}", served.published_at),
                served.age(),
            ]),
            None => row.extend(["", "", "", "never published", "", "", ""].map(str::to_owned)),
        }
        row.push(summary.key.join(", "));
        row
    });
    let header = ["PUBLICATION", "ROWS", "FILES", "SIZE", "RUN", "AS OF", "PUBLISHED", "AGE", "KEY"];
    output::table(&header, &["ROWS", "FILES", "SIZE"], rows);
}

fn print(details: &Details, options: &str) {
    let Details { summary, columns, sources, queries } = details;
    let name = &summary.publication;
    output::line(Tone::Heading.paint(name));
    match &summary.served {
        Some(served) => {
            let (rows, files) = (thousands(served.rows), thousands(served.files as u64));
            output::line(format_args!(
                "  run        {}{}, as of {}\n  written    {:.0} ({}); published {:.0}\n  rows       {rows} in {files} files, {}",
                served.run_id,
                if served.runs > 1 { format!(", the last of {}", served.runs) } else { String::new() },
                served.as_of,
                served.written_at,
                served.age(),
                served.published_at,
                size(served.bytes)
            ));
        }
        None => output::line(format_args!("  run        never published: carelake run --dataset {name} {options}")),
    }
    output::line(format_args!("  key        {}", summary.key.join(", ")));
    output::line(format_args!("  folders    {}\n", summary.partition_by.join(", ")));
    let rows = columns.iter().map(|column| {
        let from = if column.from.is_empty() { "derived".to_owned() } else { column.from.join(", ") };
        vec![column.name.clone(), column.kind.clone(), from, column.description.clone()]
    });
    output::table(&["COLUMN", "TYPE", "FROM", "MEANING"], &[], rows);
    if !sources.is_empty() {
        output::line("");
        let rows = sources.iter().map(|source| {
            let release = source.release.clone().unwrap_or_default();
            vec![source.source.clone(), source.file.clone(), release, size(source.bytes)]
        });
        output::table(&["SOURCE", "FILE", "RELEASE", "SIZE"], &["SIZE"], rows);
    }
    output::line("");
    for ready in queries {
        output::line(format_args!("{:<9} {}", ready.engine, ready.query));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_told_as_far_as_it_is_known() {
        assert_eq!([(2026, 7, 17), (2026, 7, 0), (2026, 0, 0)].map(release), ["2026-07-17", "2026-07", "2026"]);
    }
}
