//! Unit tests of models: given rows, expected rows, no lake.
//!
//! `tests/models/<name>/inputs/<table>.csv` and `tests/models/<name>/expected.csv`, beside the configuration. The header of a column has its
//! type: `order_id:bigint`. `tests/models/<name>/as_of` has the day of the build, if the model uses it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::civil::{Date, date};
use polars::prelude::DataFrame;
use serde::Serialize;

use super::error::BuildError;
use super::make::make;
use super::testing::as_csv;
use crate::config::{Curated, Model};
use crate::engine::{EngineError, Tables, given, take};
use crate::standings::values;

/// The most lines of each kind that are shown.
const MOST_SHOWN: usize = 10;

/// How a unit test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitResult {
    /// The model.
    pub model: String,
    /// Whether what came out is what is expected.
    pub passed: bool,
    /// Lines that are expected and did not come, and lines that came and are not expected. They are of given rows, never of a lake. A few of each,
    /// and how many more there are.
    pub differences: Vec<String>,
}

/// Runs the unit test of a model; nothing where it has none.
///
/// # Errors
/// [`BuildError::File`] or [`BuildError::Engine`].
pub fn unit(curated: &Curated, model: &Model, folder: &Path) -> Result<Option<UnitResult>, BuildError> {
    let folder = folder.join("tests/models").join(&model.name);
    let expected = folder.join("expected.csv");
    if !expected.is_file() {
        return Ok(None);
    }
    let failed = |cause| BuildError::Engine { model: model.name.clone(), cause };
    let mut tables = Tables::new();
    for name in model.tables() {
        let file = folder.join("inputs").join(format!("{name}.csv"));
        tables.insert(name.to_owned(), given(&read(&file)?).map_err(failed)?);
    }
    let as_of = std::fs::read_to_string(folder.join("as_of")).ok();
    let as_of: Date = as_of.and_then(|text| text.trim().parse().ok()).unwrap_or(date(2026, 1, 1));
    let vars: BTreeMap<String, String> = values(curated, as_of);
    let made = make(model, &tables, &vars, as_of)?;
    let expected = take(given(&read(&expected)?).map_err(failed)?).map_err(failed)?;
    let names: Vec<&str> = expected.get_column_names().iter().map(|name| name.as_str()).collect();
    let came = made.rows.select(names.iter().copied()).map_err(|_| {
        failed(EngineError::Question { what: "expected.csv has a column that the model has not".to_owned() })
    })?;
    let text = |rows: &DataFrame| {
        let what = || EngineError::Question { what: "its rows cannot be written as CSV".to_owned() };
        as_csv(rows, usize::MAX).ok_or_else(|| failed(what()))
    };
    let (came, expected) = (text(&came)?, text(&expected)?);
    let (missing, extra) = (beyond(&expected, &came), beyond(&came, &expected));
    let all = missing.len() + extra.len();
    let shown = |sign: &'static str, lines: Vec<&str>| -> Vec<String> {
        lines.into_iter().take(MOST_SHOWN).map(|line| format!("{sign} {line}")).collect()
    };
    let mut differences = [shown("-", missing), shown("+", extra)].concat();
    if differences.len() < all {
        differences.push(format!("… and {} lines more", all - differences.len()));
    }
    Ok(Some(UnitResult { model: model.name.clone(), passed: differences.is_empty(), differences }))
}

/// Returns the lines of a text that another has not, or not as often.
fn beyond<'t>(text: &'t str, other: &str) -> Vec<&'t str> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for line in other.lines() {
        *left.entry(line).or_default() += 1;
    }
    let is_beyond = |line: &&str| match left.get_mut(*line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    text.lines().filter(is_beyond).collect()
}

fn read(file: &Path) -> Result<String, BuildError> {
    std::fs::read_to_string(file).map_err(|cause| BuildError::File { path: file.display().to_string(), cause })
}
