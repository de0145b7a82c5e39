//! Merges: what was merged into another leads to the last.

use std::collections::HashMap;

use polars::prelude::{Column, DataType, IntoLazy, LazyFrame, col};

use super::super::ask::take;
use super::super::error::EngineError;
use super::need;

/// Adds the column of the last one of each chain: the row itself where it was merged into nothing.
pub(super) fn resolve(
    mut frame: LazyFrame,
    id: &str,
    into: &str,
    named: &str,
    depth: u32,
) -> Result<LazyFrame, EngineError> {
    need(&mut frame, &[id, into])?;
    let rows = take(frame)?;
    let failed = |error: polars::prelude::PolarsError| EngineError::of_rows(&error);
    let kind = rows.column(id).map_err(failed)?.dtype().clone();
    let texts = |name: &str| {
        Ok::<_, EngineError>(
            rows.column(name).map_err(failed)?.cast(&DataType::String).map_err(failed)?.take_materialized_series(),
        )
    };
    let (ids, targets) = (texts(id)?, texts(into)?);
    let (ids, targets) = (ids.str().map_err(failed)?, targets.str().map_err(failed)?);
    let next: HashMap<&str, &str> =
        ids.iter().zip(targets.iter()).filter_map(|(id, into)| Some((id?, into?))).collect();
    let (mut circles, mut long) = (0_u64, 0_u64);
    let last = ids.iter().map(|id| {
        let start = id?;
        let mut at = start;
        for _ in 0..=depth {
            match next.get(at) {
                None => return Some(at),
                Some(next) if *next == start => {
                    circles += 1;
                    return None;
                }
                Some(next) => at = next,
            }
        }
        long += 1;
        None
    });
    let last: Vec<Option<&str>> = last.collect();
    if circles > 0 {
        return Err(EngineError::Rows {
            what: format!("{circles} rows of {id} were merged in a circle; correct the source"),
        });
    }
    if long > 0 {
        return Err(EngineError::Rows {
            what: format!("{long} rows of {id} have a chain of more than {depth}, or lead into a circle"),
        });
    }
    let column = Column::new(named.into(), last).cast(&kind).map_err(failed)?;
    let mut rows = rows;
    rows.with_column(column).map_err(failed)?;
    Ok(rows.lazy().with_column(col(named)))
}
