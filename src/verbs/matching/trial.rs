//! `carelake match try`: what a record would be.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_matching::reference::{Columns, Key};
use carelake_matching::run::{explain, load};
use clap::Args;
use jiff::Zoned;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::explain::tell;
use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::{Global, date};

/// Tell what a record would be that nobody sent: nothing is published, asked or kept
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  carelake match try record.json
  carelake match try record.json --as-of 2026-11-01 --json

The file is an object of columns as they would be published, such as {\"data_source\": \"palms\", \"patient_id\": \"X1\", \"last_name\": \"Lopez\"}.")]
pub(crate) struct Trial {
    /// A file with a record as JSON
    #[arg(value_name = "RECORD.json")]
    file: PathBuf,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
    /// The day after which no day of the record can be; today when not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
}

impl Trial {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let columns = read(&self.file)?;
        let of = |name: &str| columns.get(name).cloned().unwrap_or_default();
        let key = Key::new(&of("data_source"), &of("patient_id"));
        let as_of = self.as_of.unwrap_or_else(|| Zoned::now().date());
        let explained = with_matcher(global, self.matcher.as_deref(), |_, world, engine| {
            let mut reference = world.reference(&engine.matcher.name)?;
            load(world, engine, &mut reference)?;
            Ok::<_, Trouble>(explain(engine, &reference, (key, columns, as_of))?)
        })?;
        tell(&explained, global.json)
    }
}

fn read(path: &PathBuf) -> Result<Columns, Failure> {
    let wrong = |what: &str| Failure::argument(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
    // What the parser says may have a value of the record in it.
    let object: Map<String, Value> = serde_json::from_str(&text)
        .map_err(|error| wrong(&format!("is no object of columns (line {})", error.line())))?;
    let mut columns = Columns::new();
    for (name, value) in object {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(is_so) => is_so.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(wrong(&format!("column {name} is a list or an object"))),
        };
        if !text.is_empty() {
            columns.insert(name, text);
        }
    }
    Ok(columns)
}
