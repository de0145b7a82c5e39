//! Asking in SQL.

use std::collections::BTreeMap;
use std::sync::{Arc, Once};

use polars::prelude::{DataFrame, Engine, LazyFrame, col};
use polars::sql::SQLContext;

use super::error::EngineError;
use super::functions::Registry;

static QUIET: Once = Once::new();

/// Tables by their names in SQL.
pub type Tables = BTreeMap<String, LazyFrame>;

/// Asks tables a question that was compiled for Polars. Nothing is read yet, but names and types are checked.
///
/// # Errors
/// [`EngineError::Question`].
pub fn ask(tables: &Tables, sql: &str) -> Result<LazyFrame, EngineError> {
    super::parts::ask_in_parts(tables, sql)
}

/// Asks what has no part that is a question of its own.
pub(super) fn execute(tables: &Tables, sql: &str) -> Result<LazyFrame, EngineError> {
    // What it warns of is about its own names, and it quotes values.
    QUIET.call_once(|| polars::error::set_warning_function(|_, _| ()));
    let mut context = SQLContext::new().with_function_registry(Arc::new(Registry));
    for (name, frame) in tables {
        context.register(name, frame.clone());
    }
    let mut asked = context.execute(sql).map_err(|error| EngineError::of_question(&error))?;
    asked.collect_schema().map_err(|error| EngineError::of_question(&error))?;
    Ok(asked)
}

/// Takes the rows of a frame.
///
/// # Errors
/// [`EngineError`].
pub fn take(frame: LazyFrame) -> Result<DataFrame, EngineError> {
    // A question has one answer: several are those of several sinks, and there is none.
    let taken = frame.collect_with_engine(Engine::Streaming).map_err(|error| EngineError::of_rows(&error))?;
    Ok(taken.unwrap_single())
}

/// Gives a frame column names in lower case; two that differ only in case are refused.
pub(super) fn in_lower_case(mut frame: LazyFrame) -> Result<LazyFrame, EngineError> {
    let schema = frame.collect_schema().map_err(|error| EngineError::of_question(&error))?;
    let names: Vec<String> = schema.iter_names().map(|name| name.to_lowercase()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair.first() == pair.last()) {
        let name = pair.first().cloned().unwrap_or_default();
        return Err(EngineError::Question {
            what: format!("two columns of an input are called {name}, in other cases"),
        });
    }
    let columns = schema.iter_names().zip(&names).map(|(from, to)| col(from.clone()).alias(to.as_str()));
    Ok(if schema.iter_names().zip(&names).all(|(from, to)| from.as_str() == to) {
        frame
    } else {
        frame.select(columns.collect::<Vec<_>>())
    })
}
