//! `carelake read`: rows of Parquet, wherever it lies.

mod known;
mod print;

use std::process::ExitCode;

use carelake_conditions::Condition;
use carelake_core::{ErrorKind, causes};
use carelake_rows::{Fetched, ParquetFile, RowsError, Wish};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::deployment;
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, Tone, size, thousands};
use crate::reading::{self, Source};
use known::Files;
use print::Printer;

/// Show rows of publications or of Parquet files; only what is needed of them is fetched
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake read clinicians --limit 10
  carelake read clinicians --columns npi,last_name --where \"state = 'ME' and telehealth = true\"
  carelake read loads/crm/crm/accounts@12 --format csv > accounts.csv
  carelake read ./exports --where \"updated_at >= '2026-11-01T08:00:00Z'\" --keep-going
  carelake read s3://partner-bucket/tables/visits --columns id --where 'address.city is null' --json

PLACE is a publication, a folder with all folders in it, a file, or s3://bucket/prefix. NAME@SEQUENCE is a former state of a publication, as
long as it is kept. Folders such as state=ME are columns. In folders files *.parquet are read; what begins with _ or . is passed over.

A condition has =, !=, <, <=, >, >=, in (…), is null, and, or, not and brackets. Texts stand in 'quotes'; address.city and tags[0] are members
and items, and odd names stand in \"double quotes\". Dates are '2026-11-01', times '2026-11-01T08:30:00Z', or without an offset in UTC; bytes are base64. What compares with null is
unknown, and such a row is not shown. Row groups and pages that cannot have such a row are not fetched.

Rows are lines of JSON, or CSV; with --json one object: rows, files, what was fetched. Else standard error says how many bytes were fetched.
Decimals are texts in JSON, so that no digit is lost.
A file that is cut or is no Parquet ends the reading with exit code 30 and its name; with --keep-going the others are read before.")]
pub(crate) struct Read {
    /// Publications, folders, files, s3://bucket/prefix
    #[arg(value_name = "PLACE", required = true)]
    places: Vec<String>,
    /// The columns to show, in this order; all when not given
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Only rows that fulfil this condition
    #[arg(long = "where", value_name = "EXPR")]
    condition: Option<String>,
    /// Show at most so many rows; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 0)]
    limit: usize,
    /// How rows are written
    #[arg(long, value_enum, conflicts_with = "json")]
    format: Option<Format>,
    /// Read the other files where one is cut, damaged or no Parquet
    #[arg(long)]
    keep_going: bool,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An object a line
    Ndjson,
    /// A header, and a record a row
    Csv,
}

impl Read {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let is_remote = self.places.iter().any(|place| place.contains("://"));
        self.read(global).map_err(|failure| {
            // The output is not what was read.
            let is_of_store = failure.advice.as_deref() == Some(ErrorKind::STORAGE.advice);
            if is_remote && is_of_store { failure.advise(deployment::ADVICE) } else { failure }
        })
    }

    fn read(self, global: &Global) -> Result<ExitCode, Failure> {
        let condition = self.condition.as_deref().map(Condition::parse).transpose();
        let condition = condition.map_err(|error| Failure::argument(format!("--where: {error}")))?;
        let mut sources = Vec::new();
        for place in &self.places {
            sources.extend(reading::sources(global, place)?);
        }
        let mut columns = self.columns.clone();
        if let Some(columns) = &mut columns {
            let mut seen = std::collections::HashSet::new();
            columns.retain(|name| seen.insert(name.clone()));
        }
        let mut wish = Wish { columns, condition, limit: (self.limit > 0).then_some(self.limit) };
        let fetched = Fetched::default();
        let mut files = Files::new(&sources, &fetched, self.keep_going);
        files.check(&wish)?;
        let mut printer = match self.format {
            _ if global.json => Printer::json(),
            None | Some(Format::Ndjson) => Printer::lines(),
            Some(Format::Csv) => Printer::csv(match &wish.columns {
                Some(columns) => columns.clone(),
                None => files.all_columns()?,
            }),
        };
        let read = (0..sources.len()).try_for_each(|at| {
            if wish.limit == Some(0) || printer.is_over() {
                return Ok(());
            }
            let Some(file) = files.open(at)? else { return Ok(()) };
            let (shown, failure) = rows(&file, &sources, at, &wish, &fetched, &mut printer);
            wish.limit = wish.limit.map(|limit| limit - shown.min(limit));
            failure.map_or(Ok(()), |error| files.failed(error))
        });
        let summary = json!({
            "shown": printer.rows(), "files": files.read(), "failed": files.failures(),
            "fetched_bytes": fetched.bytes(), "requests": fetched.requests(), "bytes": files.size_bytes(),
        });
        printer.end(&summary);
        read?;
        if !global.json {
            let text = format!(
                "{} rows of {} files; {} of {} fetched by {} requests",
                thousands(printer.rows()),
                files.read(),
                size(fetched.bytes()),
                size(files.size_bytes()),
                thousands(fetched.requests())
            );
            output::aside(Tone::Faint.paint(text));
        }
        // The rest was read; that something was wrong is told by the exit code all the same.
        Ok(files.exit_code())
    }
}

/// Prints what is wanted of a file; answers how many rows were shown, and why there are no more.
fn rows(
    file: &ParquetFile,
    sources: &[Source],
    at: usize,
    wish: &Wish,
    fetched: &Fetched,
    printer: &mut Printer,
) -> (usize, Option<RowsError>) {
    let Some(source) = sources.get(at) else { return (0, None) };
    let mut shown = 0;
    let rows = match file.rows(&*source.store, wish, fetched) {
        Ok(rows) => rows,
        Err(error) => return (0, Some(error)),
    };
    for batch in rows {
        match batch.and_then(|batch| printer.print(&file.name, &batch)) {
            Ok(rows) => shown += rows,
            Err(error) => return (shown, Some(error)),
        }
        if printer.is_over() {
            break;
        }
    }
    (shown, None)
}

/// A failure to read a file.
fn unread(error: &RowsError) -> Failure {
    let failure = match error {
        RowsError::Literal { .. } | RowsError::Type { .. } => return Failure::argument(causes(error)),
        error => Failure::new(error.kind(), causes(error)),
    };
    match error {
        RowsError::Store(_) => failure.advise(error.kind().advice),
        error if error.is_of_file() => failure.advise("copy it again, or read the others with --keep-going"),
        error => failure.advise(error.kind().advice),
    }
}
