//! `carelake describe`: what is published, what its columns hold, and how to read it.

use std::process::ExitCode;

use carelake_core::names::Publication;
use carelake_facts::{Details, Served, Summary};
use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, size, thousands};
use crate::publications;
use crate::ready::{self, Ready};
use crate::tenant::lake_of;

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

/// What is told of a publication that is asked for.
#[derive(Serialize)]
struct Described {
    #[serde(flatten)]
    details: Details,
    queries: Vec<Ready>,
}

impl Describe {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let Some(name) = &self.dataset else {
            let lake = Lake::open(global)?;
            let all = carelake_facts::publications(&lake.facts(None))?;
            if global.json {
                output::json(&serde_json::json!({"publications": all}))?;
            } else {
                print_list(&all);
            }
            return Ok(ExitCode::SUCCESS);
        };
        let (lake, name) = lake_of(global, name)?;
        let found = publications::named(&lake, &name)?;
        let found = found.iter().map(|publication| described(&lake, publication, global));
        let found: Vec<Described> = found.collect::<Result<_, Failure>>()?;
        if global.json {
            output::json(&serde_json::json!({"publications": found}))?;
            return Ok(ExitCode::SUCCESS);
        }
        for (at, described) in found.iter().enumerate() {
            if at > 0 {
                output::line("");
            }
            print(described, &lake.options);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn described(lake: &Lake, publication: &Publication, global: &Global) -> Result<Described, Failure> {
    let details = carelake_facts::publication(&lake.facts(None), publication)?;
    Ok(Described { details, queries: ready::queries(lake, publication, global)? })
}

/// Returns how old what is served is, for people.
fn age(served: &Served) -> String {
    let age = match served.age_days {
        0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    if served.is_stale { format!("{age}, stale") } else { age }
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
                age(served),
            ]),
            None => row.extend(["", "", "", "never published", "", "", ""].map(str::to_owned)),
        }
        row.push(summary.key.join(", "));
        row
    });
    let header = ["PUBLICATION", "ROWS", "FILES", "SIZE", "RUN", "AS OF", "PUBLISHED", "AGE", "KEY"];
    output::table(&header, &["ROWS", "FILES", "SIZE"], rows);
}

fn print(described: &Described, options: &str) {
    let Described { details: Details { summary, columns, sources }, queries } = described;
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
                age(served),
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
