//! The rows of a model, in the shape and order in which they are published.

use std::collections::BTreeMap;

use jiff::civil::Date;
use polars::prelude::{DataFrame, SortMultipleOptions, col};

use super::error::BuildError;
use crate::config::{Body, Kind, Model};
use crate::engine::{EngineError, Tables, ask, follow, shape, take};
use crate::sql::{Engine, compile};

/// The rows of a model.
pub(super) struct Made {
    pub(super) rows: DataFrame,
    pub(super) columns: Vec<(String, Kind)>,
}

/// Makes the rows of a model, sorted by its key and then by every other column, so that the same inputs give the same bytes.
pub(super) fn make(
    model: &Model,
    tables: &Tables,
    vars: &BTreeMap<String, String>,
    as_of: Date,
) -> Result<Made, BuildError> {
    let failed = |cause| BuildError::Engine { model: model.name.clone(), cause };
    let frame = match &model.body {
        Body::Sql(script) => {
            let text = compile(&script.checked, Engine::Polars, vars)
                .map_err(|wrong| failed(EngineError::Question { what: format!("{}:{wrong}", script.path) }))?;
            ask(tables, &text).map_err(failed)?
        }
        Body::Steps(steps) => follow(steps, tables, vars, as_of).map_err(failed)?,
    };
    let shaped = shape(frame, model.columns.as_deref()).map_err(|cause| match cause {
        EngineError::Question { what } => BuildError::Drift { model: model.name.clone(), what },
        cause => failed(cause),
    })?;
    let key = &model.output.key;
    let is_sorted = |(_, kind): &&(String, Kind)| !matches!(kind, Kind::List(_));
    let others = shaped.columns.iter().filter(is_sorted).map(|(name, _)| name).filter(|name| !key.contains(name));
    let order: Vec<_> = key.iter().chain(others).map(|name| col(name.as_str())).collect();
    let options = SortMultipleOptions::default().with_nulls_last(true);
    let rows = take(shaped.frame.sort_by_exprs(order, options)).map_err(failed)?;
    Ok(Made { rows, columns: shaped.columns })
}
