//! Judging the rows of a run by the tests of their model.

use std::collections::BTreeMap;

use carelake_core::names::RunId;
use polars::prelude::DataFrame;

use super::error::BuildError;
use super::inputs::Table;
use super::questions::{Question, question, sum};
use super::world::World;
use crate::config::{Allowed, Check, Curated, Declared, Model, Severity};
use crate::engine::{EngineError, Tables, ask, take};
use crate::sql::{Checked, Engine, compile};
use crate::standings::{Outcome, TestResult, failing_key};

/// The most failing rows that are kept.
const MOST: usize = 1_000;

/// What tests are asked of.
pub struct Judged<'j> {
    /// The model.
    pub model: &'j Model,
    /// What was written, as `this`, and everything that tests ask beside.
    pub tables: Tables,
    /// The rows of what was written.
    pub rows: u64,
    /// What was served before, if anything.
    pub before: Option<polars::prelude::LazyFrame>,
    /// Rows of that.
    pub rows_before: Option<u64>,
    /// The run.
    pub run_id: &'j RunId,
    /// The values that SQL names.
    pub vars: &'j BTreeMap<String, String>,
}

/// Asks every test of a model, and keeps failing rows in the place of rejected rows.
///
/// # Errors
/// [`BuildError::Test`] when one cannot be asked; [`BuildError::Store`].
pub fn test(world: &World<'_>, judged: &Judged<'_>) -> Result<Vec<TestResult>, BuildError> {
    judged.model.tests.iter().map(|declared| one(world, judged, declared)).collect()
}

fn one(world: &World<'_>, judged: &Judged<'_>, declared: &Declared) -> Result<TestResult, BuildError> {
    let result = |outcome, failing, found: String| TestResult {
        test: declared.name.clone(),
        kind: declared.check.kind().to_owned(),
        outcome,
        failing,
        found,
    };
    let bad = match declared.severity {
        Severity::Error => Outcome::Failed,
        Severity::Warn => Outcome::Warned,
    };
    match question(judged.model, &declared.check) {
        Question::Failing(text) => {
            let failing = number_of(
                judged,
                declared,
                &format!("SELECT CAST(count(*) AS double) AS n FROM ({text}) AS failing_"),
            )?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
            let failing = failing.unwrap_or(0.0) as u64;
            if failing > 0 {
                keep(world, judged, declared, &text)?;
            }
            let is_over =
                |allowed: Option<Allowed>| allowed.map_or(failing > 0, |it| it.is_passed(failing, judged.rows));
            // A test that only warns fails where it says from which count on.
            let fails = match declared.severity {
                Severity::Error => is_over(declared.error_above),
                Severity::Warn => declared.error_above.is_some() && is_over(declared.error_above),
            };
            let outcome = match (fails, is_over(declared.warn_above)) {
                (true, _) => Outcome::Failed,
                (false, true) => Outcome::Warned,
                (false, false) => Outcome::Passed,
            };
            Ok(result(outcome, failing, String::new()))
        }
        Question::Number(text) => {
            let number = number_of(judged, declared, &text)?;
            let (outcome, found) = judge(world, judged, declared, number, bad)?;
            Ok(result(outcome, 0, found))
        }
    }
}

/// Judges a number.
fn judge(
    world: &World<'_>,
    judged: &Judged<'_>,
    declared: &Declared,
    number: Option<f64>,
    bad: Outcome,
) -> Result<(Outcome, String), BuildError> {
    let or = |is_good: bool| if is_good { Outcome::Passed } else { bad };
    let moved = |now: f64, before: f64| {
        if before == 0.0 { if now == 0.0 { 0.0 } else { f64::INFINITY } } else { (now - before).abs() / before.abs() }
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    let float = |count: u64| count as f64;
    Ok(match &declared.check {
        Check::Rows { min, max, max_change } => {
            let rows = judged.rows;
            let change = judged.rows_before.map(|before| moved(float(rows), float(before)));
            let is_near = max_change.zip(change).is_none_or(|(most, change)| change <= most);
            let is_good = min.is_none_or(|min| rows >= min) && max.is_none_or(|max| rows <= max) && is_near;
            (
                or(is_good),
                format!("{rows} rows, {} before", judged.rows_before.map_or("none".to_owned(), |it| it.to_string())),
            )
        }
        Check::SumChange { column, max_change } => {
            let Some(before) = &judged.before else {
                return Ok((Outcome::Passed, "nothing was served before".to_owned()));
            };
            let tables = Tables::from([("this".to_owned(), before.clone())]);
            let before = number_in(&tables, judged, declared, &sum(column, "this"))?.unwrap_or(0.0);
            let change = moved(number.unwrap_or(0.0), before);
            (or(change <= *max_change), format!("moved by {:.1} %", change * 100.0))
        }
        Check::Reconcile { to, to_column, tolerance, .. } => {
            let other = number_of(judged, declared, &sum(to_column, to))?.unwrap_or(0.0);
            let apart = moved(number.unwrap_or(0.0), other);
            (or(apart <= *tolerance), format!("{:.3} % apart", apart * 100.0))
        }
        Check::Freshness { warn_after, error_after, .. } => {
            let Some(newest) = number else { return Ok((bad, "there is no time".to_owned())) };
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
            let age = (world.now)().as_second() as f64 + newest * 60.0;
            #[expect(clippy::cast_precision_loss, reason = "seconds")]
            let is_older = |after: &Option<i64>| after.is_some_and(|after| age > after as f64);
            let outcome = match (is_older(error_after), is_older(warn_after)) {
                (true, _) => bad,
                (false, true) => Outcome::Warned,
                (false, false) => Outcome::Passed,
            };
            (outcome, format!("{:.1} hours old", age / 3600.0))
        }
        Check::Distribution { min, max, .. } => match number {
            Some(share) => (or((*min..=*max).contains(&share)), format!("{:.2} % of rows", share * 100.0)),
            None => (Outcome::Passed, "no rows".to_owned()),
        },
        _ => (Outcome::Passed, String::new()),
    })
}

fn compiled(judged: &Judged<'_>, declared: &Declared, text: &str) -> Result<String, BuildError> {
    let wrong = |what: String| BuildError::Test { model: judged.model.name.clone(), test: declared.name.clone(), what };
    let checked = Checked::parse(text)
        .map_err(|found| wrong(found.into_iter().map(|it| it.message).collect::<Vec<_>>().join("; ")))?;
    compile(&checked, Engine::Polars, judged.vars).map_err(|found| wrong(found.message))
}

fn rows_of(tables: &Tables, judged: &Judged<'_>, declared: &Declared, text: &str) -> Result<DataFrame, BuildError> {
    let wrong = |error: EngineError| BuildError::Test {
        model: judged.model.name.clone(),
        test: declared.name.clone(),
        what: error.to_string(),
    };
    let text = compiled(judged, declared, text)?;
    ask(tables, &text).and_then(take).map_err(wrong)
}

fn number_of(judged: &Judged<'_>, declared: &Declared, text: &str) -> Result<Option<f64>, BuildError> {
    number_in(&judged.tables, judged, declared, text)
}

fn number_in(tables: &Tables, judged: &Judged<'_>, declared: &Declared, text: &str) -> Result<Option<f64>, BuildError> {
    let rows = rows_of(tables, judged, declared, text)?;
    let column = rows.columns().first();
    Ok(column.and_then(|column| column.as_materialized_series().f64().ok()?.get(0)))
}

/// Keeps failing rows as CSV: their key, and what the test is about.
fn keep(world: &World<'_>, judged: &Judged<'_>, declared: &Declared, text: &str) -> Result<(), BuildError> {
    let rows = rows_of(&judged.tables, judged, declared, text)?;
    let csv = as_csv(&rows, MOST).unwrap_or_default();
    let key = failing_key(&judged.model.name, judged.run_id, &declared.name);
    match world.rejects.create(&key, csv.as_bytes()) {
        // An attempt before found the same.
        Err(error) if error.is_conflict() => Ok(()),
        created => Ok(created.map(drop)?),
    }
}

/// Writes at most so many rows as CSV, in an order that is always the same.
pub(super) fn as_csv(rows: &DataFrame, most: usize) -> Option<String> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    for at in 0..rows.height() {
        let cell = |column: &polars::prelude::Column| {
            let value = column.get(at).ok()?;
            Some(if value.is_null() { String::new() } else { told(&value) })
        };
        lines.push(rows.columns().iter().map(cell).collect::<Option<Vec<_>>>()?);
    }
    lines.sort();
    lines.truncate(most);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(rows.get_column_names().iter().map(|name| name.as_str())).ok()?;
    for line in lines {
        writer.write_record(&line).ok()?;
    }
    String::from_utf8(writer.into_inner().ok()?).ok()
}

/// Returns a number of so many digits behind the point.
fn decimal(number: i128, scale: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// Writes a value as text.
pub(super) fn told(value: &polars::prelude::AnyValue<'_>) -> String {
    use polars::prelude::AnyValue;
    match value {
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Boolean(truth) => truth.to_string(),
        AnyValue::Decimal(number, _, scale) => decimal(*number, *scale),
        AnyValue::Date(days) => {
            use jiff::ToSpan;
            jiff::civil::date(1970, 1, 1).checked_add(days.days()).map(|date| date.to_string()).unwrap_or_default()
        }
        AnyValue::Datetime(micros, ..) | AnyValue::DatetimeOwned(micros, ..) => {
            jiff::Timestamp::from_microsecond(*micros).map(|it| it.to_string()).unwrap_or_default()
        }
        AnyValue::Float64(number) => number.to_string(),
        other => other.extract::<i64>().map_or_else(|| "…".to_owned(), |number| number.to_string()),
    }
}

/// Returns the tables that the tests of a model ask.
pub(super) fn asked(
    world: &World<'_>,
    curated: &Curated,
    model: &Model,
    tables: &BTreeMap<String, Table>,
    set: &super::inputs::InputSet,
) -> Result<Tables, BuildError> {
    let mut found = Tables::new();
    let in_queries = model.tests.iter().filter_map(|test| match &test.check {
        Check::Empty(text) => Checked::parse(text).ok(),
        _ => None,
    });
    let in_queries: Vec<String> = in_queries.flat_map(|checked| checked.tables).map(|named| named.name).collect();
    let names = model.asked().map(str::to_owned).chain(in_queries).filter(|name| name != "this" && *name != model.name);
    for name in names {
        if found.contains_key(&name) {
            continue;
        }
        let table = match tables.get(&name) {
            Some(table) => table.clone(),
            None => set.table(world, curated, model, &name)?,
        };
        found.insert(name.clone(), table.frame(world, curated, &model.name)?);
    }
    Ok(found)
}

/// Shows rows in one line, in the order of their cells.
#[cfg(test)]
pub(crate) fn shown(rows: &DataFrame) -> String {
    let text = as_csv(rows, usize::MAX).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).map(|line| line.trim_matches('"')).collect();
    lines.join("|")
}
