//! The rows of a model, in the shape and order in which they are published.

use std::collections::BTreeMap;

use jiff::civil::Date;
use polars::prelude::{DataFrame, LazyFrame, SortMultipleOptions, col};

use super::error::BuildError;
use crate::config::{Body, Check, Kind, Model, Severity};
use crate::engine::{EngineError, Shaped, Tables, ask, follow, shape, take};
use crate::sql::{Engine, compile};

/// The rows of a model.
pub(super) struct Made {
    pub(super) rows: DataFrame,
    pub(super) columns: Vec<(String, Kind)>,
}

/// Returns the rows of a model in the shape of its contract, in no order. Nothing is read yet.
pub(super) fn shaped(
    model: &Model,
    tables: &Tables,
    vars: &BTreeMap<String, String>,
    as_of: Date,
) -> Result<Shaped, BuildError> {
    let failed = |cause| BuildError::Engine { model: model.name.clone(), cause };
    let frame = match &model.body {
        Body::Sql(script) => {
            let text = compile(&script.checked, Engine::Polars, vars)
                .map_err(|wrong| failed(EngineError::Question { what: format!("{}:{wrong}", script.path) }))?;
            ask(tables, &text).map_err(failed)?
        }
        Body::Steps(steps) => follow(steps, tables, vars, as_of).map_err(failed)?,
    };
    shape(frame, model.columns.as_deref()).map_err(|cause| match cause {
        EngineError::Question { what } => BuildError::Drift { model: model.name.clone(), what },
        cause => failed(cause),
    })
}

/// Makes the rows of a model.
pub(super) fn make(
    model: &Model,
    tables: &Tables,
    vars: &BTreeMap<String, String>,
    as_of: Date,
) -> Result<Made, BuildError> {
    let Shaped { frame, columns } = shaped(model, tables, vars, as_of)?;
    ordered(model, frame, columns)
}

/// Takes rows, sorted by the key of the model and then by every other column, so that the same inputs give the same bytes. Where a test
/// says that no two rows have one key, the key alone is an order.
pub(super) fn ordered(model: &Model, frame: LazyFrame, columns: Vec<(String, Kind)>) -> Result<Made, BuildError> {
    let key = &model.output.key;
    let is_sorted = |(_, kind): &&(String, Kind)| !matches!(kind, Kind::List(_));
    let others = columns.iter().filter(is_sorted).map(|(name, _)| name).filter(|name| !key.contains(name));
    let others = others.filter(|_| !is_told_apart(model));
    let order: Vec<_> = key.iter().chain(others).map(|name| col(name.as_str())).collect();
    let options = SortMultipleOptions::default().with_nulls_last(true);
    let rows = take(frame.sort_by_exprs(order, options))
        .map_err(|cause| BuildError::Engine { model: model.name.clone(), cause })?;
    Ok(Made { rows, columns })
}

/// Returns whether nothing is published where two rows have one key: the key is unique, and has no nulls, which are passed over there.
fn is_told_apart(model: &Model) -> bool {
    let fails = |check: &dyn Fn(&Check) -> bool| {
        model
            .tests
            .iter()
            .any(|test| test.severity == Severity::Error && test.error_above.is_none() && check(&test.check))
    };
    let key = &model.output.key;
    let is_unique = fails(
        &|check| matches!(check, Check::Unique(columns) if columns.iter().all(|it| key.contains(it)) && !columns.is_empty()),
    );
    let is_filled = key.iter().all(|column| fails(&|check| matches!(check, Check::NotNull(name) if name == column)));
    is_unique && is_filled
}
