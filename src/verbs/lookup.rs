//! `carelake lookup`: rows by their keys.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::causes;
use carelake_core::store::Store;
use carelake_lookup::config::{self, LookupSpec, Place};
use carelake_lookup::{Answers, Key, KeyColumn, LookupError, Machine, Wish, get_many, open};
use clap::Args;
use serde_json::json;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::tenant::{SHARED, shared_lake};

/// Look up rows by their keys, many at once: of a publication, a table of SQLite or a table of DynamoDB
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake lookup sites --keys sites.txt
  cut -d, -f2 visits.csv | carelake lookup sites --keys - --columns name,region
  carelake lookup visits --keys keys.jsonl --consistent --json

NAME is a look-up of the section `lookups` of the configuration:
  lookups:
    sites: { publication: files/sites, key: site_id }
    codes: { file: ref/codes.sqlite, table: codes, key: code }
    visits: { table: visits-prod, key: [pk, { name: sk, type: number }] }

A line of the keys is a key: as it stands, or as JSON where it begins with \", [ or {: [\"a\", 7] or {\"pk\": \"a\", \"sk\": 7} is a key of two
columns. Empty lines are passed over. Numbers are compared as numbers, 1.0 is 1; bytes are base64, days 2026-11-01.

Each line of the answer is the row of the key in the same line, or null. A key that comes twice is asked for once and answered twice. What a
service leaves open is asked for again; if keys are open after `deadline` (30 s), nothing is answered, and the exit code is 20.")]
pub(crate) struct Lookup {
    /// The look-up
    #[arg(value_name = "NAME")]
    name: String,
    /// The keys, one a line; - reads standard input
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The columns to show, in this order; all when not given
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Find what was written just now, too; of DynamoDB this costs twice as much
    #[arg(long)]
    consistent: bool,
}

impl Lookup {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let spec = spec(&lake, &self.name)?;
        let (spec, store) = placed(&lake, global, spec)?;
        let lookup = open(&spec, &*store).map_err(unanswered)?;
        let keys = keys(&self.keys, lookup.key())?;
        let wish = Wish { columns: self.columns, is_consistent: self.consistent, deadline: spec.deadline };
        let answers = get_many(&*lookup, &keys, &wish, &Machine::start()).map_err(unanswered)?;
        print(&answers, keys.len(), global.json);
        Ok(ExitCode::SUCCESS)
    }
}

fn spec(lake: &Lake, name: &str) -> Result<LookupSpec, Failure> {
    let file = std::path::absolute(&lake.config.file)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let specs = lake.config.section(config::SECTION.name, |spot, mistakes| config::read(spot, folder, mistakes));
    let specs = specs.unwrap_or_default();
    let known = || specs.iter().map(|spec| spec.name.as_str());
    specs.iter().find(|spec| spec.name == name).cloned().ok_or_else(|| {
        let failure = Failure::unknown("lookups", name, known());
        if specs.is_empty() {
            failure.advise("the configuration has no section `lookups`; `carelake lookup --help` shows one")
        } else {
            failure
        }
    })
}

/// Returns a look-up with the place of its publications. `shared:NAME` is one outside of every tenant.
fn placed(lake: &Lake, global: &Global, mut spec: LookupSpec) -> Result<(LookupSpec, Arc<dyn Store>), Failure> {
    if let Place::Publication(name) = &spec.place
        && let Some(name) = name.strip_prefix(SHARED)
    {
        spec.place = Place::Publication(name.to_owned());
        return Ok((spec, shared_lake(global)?.output));
    }
    Ok((spec, Arc::clone(&lake.output)))
}

fn keys(file: &Path, columns: &[KeyColumn]) -> Result<Vec<Key>, Failure> {
    let unread = |error: io::Error| {
        Failure::argument(format!("--keys {}: cannot be read: {error}", file.display())).advise("name a file, or - ")
    };
    let input: Box<dyn Read> =
        if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(file).map_err(unread)?) };
    let mut keys = Vec::new();
    for (at, line) in BufReader::new(input).split(b'\n').enumerate() {
        let line = line.map_err(unread)?;
        let text = std::str::from_utf8(&line).map(|text| text.strip_suffix('\r').unwrap_or(text));
        let text = text.map(|text| if at == 0 { text.trim_start_matches('\u{feff}') } else { text });
        let key = match text {
            Ok("") => continue,
            Ok(text) => key(text, columns),
            Err(_) => None,
        };
        keys.push(key.ok_or_else(|| no_key(at + 1, columns))?);
    }
    Ok(keys)
}

/// Tells what a line should be, and not what it is: keys may be protected health information.
fn no_key(line: usize, columns: &[KeyColumn]) -> Failure {
    let wanted: Vec<String> =
        columns.iter().map(|column| format!("{} ({})", column.name, column.kind.name())).collect();
    Failure::argument(format!("--keys: line {line} is no key of {}", wanted.join(", ")))
        .advise("write the key as it is, or as JSON; `carelake lookup --help` has examples")
}

/// Reads a line: JSON where it begins so, else the text of the only column.
fn key(line: &str, columns: &[KeyColumn]) -> Option<Key> {
    let text = |raw: &RawValue| match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw.get()).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.get().to_owned()),
    };
    let texts: Vec<String> = match line.trim_start().as_bytes().first() {
        Some(b'"') => vec![serde_json::from_str(line).ok()?],
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(line).ok()?;
            values.into_iter().map(text).collect::<Option<_>>()?
        }
        Some(b'{') => {
            let members: std::collections::HashMap<String, &RawValue> = serde_json::from_str(line).ok()?;
            if members.len() != columns.len() {
                return None;
            }
            columns.iter().map(|column| text(members.get(&column.name)?)).collect::<Option<_>>()?
        }
        _ => vec![line.to_owned()],
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Key::parse(&texts, columns)
}

fn print(answers: &Answers, asked: usize, is_json: bool) {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    let mut is_read = !is_json || output::printed(out.write_all(b"{\"rows\":["));
    for (at, row) in answers.rows.iter().enumerate() {
        line.clear();
        if is_json && at > 0 {
            line.push(b',');
        }
        match row {
            Some(row) => row.write_json(&mut line),
            None => line.extend_from_slice(b"null"),
        }
        if !is_json {
            line.push(b'\n');
        }
        is_read = is_read && output::printed(out.write_all(&line));
    }
    if is_json && is_read {
        let told = json!({
            "asked": asked, "distinct": answers.distinct, "missing": answers.missing, "requests": answers.requests,
        });
        let told = told.to_string();
        let told = told.strip_prefix('{').unwrap_or_default();
        output::printed(writeln!(out, "],{told}"));
    }
    if is_read {
        output::printed(out.flush());
    }
    if !is_json {
        let text = format!(
            "{} keys, {} of them different; {} without a row; {} requests",
            thousands(asked as u64),
            thousands(answers.distinct as u64),
            thousands(answers.missing as u64),
            thousands(answers.requests as u64)
        );
        output::aside(Tone::Faint.paint(text));
    }
}

/// A failure of a look-up.
fn unanswered(error: LookupError) -> Failure {
    let failure = Failure::new(error.kind(), causes(&error));
    match error {
        LookupError::Unknown { near: Some(near), .. } => failure.advise(format!("write `{near}`")),
        error => failure.advise(error.kind().advice),
    }
}
