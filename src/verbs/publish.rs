//! `carelake publish`: files that somebody has, as a publication.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_core::causes;
use carelake_core::names::{Column, Publication};
use carelake_files::{Request, publish};
use clap::Args;
use jiff::Zoned;
use jiff::civil::Date;

use crate::failure::Failure;
use crate::lake::{Lake, desk};
use crate::options::{Global, date};
use crate::output::{self, size, thousands};
use crate::tenant::refuse_shared;

/// Publish Parquet or CSV files as they are, under a name of `files/`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake publish files/truth truth.parquet
  carelake publish files/seeds seeds/ --append
  carelake publish files/beds beds.csv --schema 'ccn:text,beds:int16,counted:date,rate:decimal(6,2)'

PATH is a file or a folder; folders such as state=FL become partitions. The same files are the same run: publishing them twice changes
nothing. A file whose values do not fit is refused as a whole. Types: text, bool, int8 to int64, float64, date,
timestamp_micros_utc, decimal(PRECISION,SCALE).")]
pub(crate) struct Publish {
    /// The name, as files/NAME
    #[arg(value_name = "files/NAME")]
    name: String,
    /// A file, or a folder of files
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Add to what is served, and do not replace it
    #[arg(long)]
    append: bool,
    /// The columns of CSV files, in any order: NAME:TYPE,...
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    schema: Option<Columns>,
    /// The date that the files are as of; today when not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
}

/// Declared columns.
#[derive(Debug, Clone)]
struct Columns(Vec<Column>);

impl Publish {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_shared(&self.name)?;
        let publication: Publication = self
            .name
            .parse()
            .map_err(|error: carelake_core::names::PublicationError| Failure::argument(error.to_string()))?;
        let ledger = lake.ledger()?;
        let request = Request {
            path: &self.path,
            columns: self.schema.as_ref().map(|Columns(columns)| columns.as_slice()),
            append: self.append,
            as_of: self.as_of.unwrap_or_else(|| Zoned::now().date()),
            code_version: env!("CARGO_PKG_VERSION"),
        };
        let published = publish(desk(&lake, &*ledger, &publication), &request)?;
        if global.json {
            output::json(&serde_json::json!({
                "publication": publication.path(), "sequence": published.sequence, "rows": published.rows,
                "files": published.files, "bytes": published.bytes,
            }))?;
        } else {
            let (rows, files) = (thousands(published.rows), thousands(published.files));
            output::line(format_args!(
                "{publication}: published {rows} rows in {files} files, {}",
                size(published.bytes)
            ));
        }
        for warning in &published.warnings {
            output::aside(format_args!("warning: {}", causes(warning)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads columns such as `npi:text,rate:decimal(6,2)`.
fn columns(text: &str) -> Result<Columns, String> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    let ends = text.char_indices().chain([(text.len(), ',')]);
    for (at, character) in ends {
        match character {
            '(' | '<' => depth += 1,
            ')' | '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let column = text.get(start..at).unwrap_or_default().trim();
                let (name, kind) = column.split_once(':').ok_or_else(|| format!("`{column}` is not NAME:TYPE"))?;
                let (name, kind) = (name.trim().to_owned(), kind.trim().to_owned());
                found.push(Column { name, kind, nullable: true, description: String::new() });
                start = at + 1;
            }
            _ => {}
        }
    }
    Ok(Columns(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_are_typed() {
        let told = |text| {
            columns(text).map(|Columns(all)| all.into_iter().map(|one| (one.name, one.kind)).collect::<Vec<_>>())
        };
        let pair = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
        assert_eq!(told("a:text, b: decimal(6,2)"), Ok(vec![pair("a", "text"), pair("b", "decimal(6,2)")]));
        assert_eq!(told("a"), Err("`a` is not NAME:TYPE".to_owned()));
        assert!(told("").is_err());
    }
}
