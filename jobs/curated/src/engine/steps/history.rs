//! The history of each key, from full copies.

use polars::prelude::LazyFrame;

use super::super::error::EngineError;
use super::{ask_one, listed, need};

/// Makes one row for each stretch of copies in which a key is the same: `valid_from`, `valid_to` (exclusive, null = open), `is_current`,
/// `version`, `changed`. A copy begins with its date; of several of one date the last counts. A key that is not in a copy has a gap.
pub(super) fn scd2(
    mut frame: LazyFrame,
    key: &[String],
    copy: &str,
    compare: &[String],
) -> Result<LazyFrame, EngineError> {
    let wanted: Vec<&str> = key.iter().chain(compare).map(String::as_str).chain([copy]).collect();
    need(&mut frame, &wanted)?;
    ask_one(frame, &question(key, copy, compare))
}

fn question(key: &[String], copy: &str, compare: &[String]) -> String {
    let keys = listed(key);
    let each = |of: &[String], write: &dyn Fn(&str) -> String, between: &str| {
        of.iter().map(|name| write(name)).collect::<Vec<_>>().join(between)
    };
    let on = each(key, &|name| format!("s.\"{name}\" = k.\"{name}\""), " AND ");
    let k_keys = each(key, &|name| format!("k.\"{name}\" AS \"{name}\""), ", ");
    let own = each(compare, &|name| format!("s.\"{name}\" AS \"{name}\""), ", ");
    let names = listed(compare);
    let lags = each(
        compare,
        &|name| format!("lag(\"{name}\") OVER (PARTITION BY {keys} ORDER BY d_) AS \"{name}_before_\""),
        ", ",
    );
    let differs = each(compare, &|name| format!("(\"{name}\" IS DISTINCT FROM \"{name}_before_\")"), " OR ");
    let changes = each(
        compare,
        &|name| format!("CASE WHEN \"{name}\" IS DISTINCT FROM \"{name}_before_\" THEN '{name}' END"),
        ", ",
    );
    format!(
        "WITH copies AS (SELECT copy_, d_ FROM (SELECT DISTINCT \"{copy}\" AS copy_, length(\"{copy}\") AS length_, CAST(substr(\"{copy}\", 1, 10) AS date) AS d_ FROM previous) AS c
  QUALIFY row_number() OVER (PARTITION BY d_ ORDER BY length_ DESC, copy_ DESC) = 1),
keys AS (SELECT DISTINCT {keys} FROM previous),
grid AS (SELECT {k_keys}, c.d_ AS d_, c.copy_ AS copy_ FROM keys AS k CROSS JOIN copies AS c),
filled AS (SELECT {k_keys}, k.d_ AS d_, s.\"{copy}\" IS NOT NULL AS is_there_, {own} FROM grid AS k LEFT JOIN previous AS s ON {on} AND s.\"{copy}\" = k.copy_),
lagged AS (SELECT {keys}, d_, is_there_, {names}, lag(d_) OVER (PARTITION BY {keys} ORDER BY d_) AS d_before_,
  lag(is_there_) OVER (PARTITION BY {keys} ORDER BY d_) AS was_there_, {lags} FROM filled),
changes AS (SELECT {keys}, d_, is_there_, {names}, CASE WHEN coalesce(was_there_, false) THEN nullif(concat_ws(',', {changes}), '') END AS changed
  FROM lagged WHERE d_before_ IS NULL OR (is_there_ IS DISTINCT FROM was_there_) OR {differs}),
stretches AS (SELECT {keys}, d_, is_there_, {names}, changed, lead(d_) OVER (PARTITION BY {keys} ORDER BY d_) AS next_ FROM changes),
kept AS (SELECT {keys}, d_, next_, {names}, changed FROM stretches WHERE is_there_)
SELECT {keys}, row_number() OVER (PARTITION BY {keys} ORDER BY d_) AS version, {names}, d_ AS valid_from, next_ AS valid_to,
  next_ IS NULL AS is_current, changed FROM kept"
    )
}
