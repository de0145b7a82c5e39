//! Columns of the database as values.

use std::str::FromStr;

use rusqlite::{Connection, Params, Row};

use super::Trouble;

/// Returns every row of a query.
pub(super) fn rows<T>(
    connection: &Connection,
    query: &str,
    parameters: impl Params,
    decode: impl Fn(&Row<'_>) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(row)?);
    }
    Ok(found)
}

/// Reads a value that is kept as text.
pub(super) fn value<T: FromStr>(row: &Row<'_>, column: &'static str) -> Result<T, Trouble> {
    row.get_ref(column)?.as_str().ok().and_then(|text| text.parse().ok()).ok_or(Trouble::Damaged(column))
}

/// Reads a value that is kept as text, or nothing.
pub(super) fn optional<T: FromStr>(row: &Row<'_>, column: &'static str) -> Result<Option<T>, Trouble> {
    let text = row.get_ref(column)?.as_str_or_null().map_err(|_| Trouble::Damaged(column))?;
    text.map(|text| text.parse().map_err(|_| Trouble::Damaged(column))).transpose()
}

/// Reads a value that is kept as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &'static str) -> Result<T, Trouble> {
    let text = row.get_ref(column)?.as_str().map_err(|_| Trouble::Damaged(column))?;
    serde_json::from_str(text).map_err(|_| Trouble::Damaged(column))
}

/// Writes a value as JSON.
pub(super) fn to_json(value: &impl serde::Serialize, column: &'static str) -> Result<String, Trouble> {
    serde_json::to_string(value).map_err(|_| Trouble::Damaged(column))
}
