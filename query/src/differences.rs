//! The old and the new values of rows that changed between two tables.
//!
//! Which rows changed, [`changes`](crate::changes()) tells by their keys; these rows are read again here.

use std::sync::Arc;

use crate::changes::{CHANGED_AT_ONCE, Side, compared};
use crate::error::ReadError;
use crate::packed::{pack, unpack};
use crate::table::{Kind, Table};
use crate::value::Value;

/// One column of one row, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The row: the values of the key's columns.
    pub key: Vec<Value<'static>>,
    /// The column.
    pub column: String,
    /// What the column holds.
    pub kind: Kind,
    /// Its value in the earlier table.
    pub before: Value<'static>,
    /// Its value in the later table.
    pub after: Value<'static>,
}

/// Calls with every column that differs of the rows that have these keys, in the order of the keys and then of the columns.
/// `key` and `ignored` are those by which the keys were found.
///
/// # Errors
/// [`ReadError`] when a file cannot be read or a column of the key is not there.
pub fn differences(
    before: &Arc<Table>,
    after: &Arc<Table>,
    key: &[String],
    ignored: &[&str],
    keys: &[Vec<Value<'_>>],
    mut each: impl FnMut(Difference),
) -> Result<(), ReadError> {
    let columns = compared(after, key, ignored);
    let kinds = after.columns.iter().filter(|column| columns.contains(&&column.name)).map(|column| column.kind);
    let kinds: Vec<Kind> = kinds.collect();
    let (before, after) = (Side::new(before, key, &columns)?, Side::new(after, key, &columns)?);
    let mut packed: Vec<Vec<u8>> = keys.iter().map(|key| packed(key)).collect();
    packed.sort_unstable();
    for part in packed.chunks(CHANGED_AT_ONCE) {
        let part: Vec<&[u8]> = part.iter().map(Vec::as_slice).collect();
        let (old, new) = (rows(&before, &part)?, rows(&after, &part)?);
        for ((key, old), new) in part.iter().zip(old).zip(new) {
            let (Some(old), Some(new)) = (old, new) else { continue };
            for (((column, kind), before), after) in columns.iter().zip(&kinds).zip(unpack(&old)).zip(unpack(&new)) {
                if before != after {
                    each(Difference { key: unpack(key), column: (*column).clone(), kind: *kind, before, after });
                }
            }
        }
    }
    Ok(())
}

/// Reads the compared columns of the rows that have these keys; `None` for a key that no row has.
fn rows(side: &Side<'_>, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, ReadError> {
    let mut rows = vec![None; keys.len()];
    side.visit(keys, |at, batch, row| {
        let cell = |column: &Option<usize>| column.and_then(|column| batch.cells.get(column));
        let values = side.compared.iter().map(|column| cell(column).map_or(Value::Null, |cells| cells.value(row)));
        if let Some(place) = rows.get_mut(at) {
            *place = Some(packed(&values.collect::<Vec<_>>()));
        }
    })?;
    Ok(rows)
}

fn packed(values: &[Value<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|value| pack(value, &mut bytes));
    bytes
}
