//! The history of tables: one entry for each change that was seen, never changed afterwards.

use carelake_core::ledger::{LedgerError, Object, Seen, SourceSchemas};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::change::{Change, Dated};
use super::shape::Shape;
use crate::kept::{Kept, Told};

/// What stands for a table where a column stands.
const TABLE: &str = "";

/// Returns what a source is called among those of all rooms.
fn source_of(source: &str) -> String {
    format!("loads/{source}")
}

/// Returns what was seen of the columns of a table, by column, the oldest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn history(
    schemas: &SourceSchemas<'_>,
    source: &str,
    (database, table): (&str, &str),
) -> Result<Vec<Seen>, LedgerError> {
    schemas.history(&source_of(source), &format!("{database}/{table}"))
}

/// Notes what the source changed, and that it is to be published. What was noted is not noted again.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn note(
    kept: Kept<'_>,
    source: &str,
    (database, table): (&str, &str),
    (shape, changes): (&Shape, &[Dated]),
    now: Timestamp,
) -> Result<(), LedgerError> {
    let schemas = kept.schemas();
    for Dated { change, at } in changes {
        let column = change.column().unwrap_or(TABLE);
        let seen = |column: &str, shape: Object| Seen {
            column: column.to_owned(),
            shape: Some(shape),
            seen_at: now,
            changed_at: *at,
            by: None,
        };
        let (of, table_of) = (source_of(source), format!("{database}/{table}"));
        if let Change::Renamed { from, .. } = change {
            let away = object(json!({"change": "renamed_away", "to": column}));
            schemas.record(&of, &table_of, &seen(from, away))?;
        }
        let told = Told::of(change, shape, (database, table), (now, *at));
        schemas.record_with(&of, &table_of, &seen(column, shown(change, shape)), &|number| {
            kept.told_row(source, (database, table), number, &told).map(Some)
        })?;
    }
    Ok(())
}

fn shown(change: &Change, shape: &Shape) -> Object {
    let word = change.word();
    object(match change {
        Change::Added { column } => {
            json!({"change": word, "after": declared(shape, column), "generation": shape.generation})
        }
        Change::Dropped { column } => {
            json!({"change": word, "before": declared(shape, column), "generation": shape.generation})
        }
        // A change that is refused leaves the column under its former name.
        Change::Renamed { from, column } => {
            let after = declared(shape, column).or_else(|| declared(shape, from));
            json!({"change": word, "from": from, "after": after})
        }
        Change::Widened { before, after, .. } | Change::OtherClass { before, after, .. } => {
            json!({"change": word, "before": before, "after": after})
        }
        Change::KeyChanged { before, after } => json!({"change": word, "before": before, "after": after}),
        Change::MadeAgain => json!({"change": word, "identity": shape.identity}),
    })
}

pub(crate) fn declared(shape: &Shape, column: &str) -> Option<String> {
    shape.columns.iter().find(|known| known.name == column).map(|known| known.declared.clone())
}

fn object(value: Value) -> Object {
    if let Value::Object(object) = value { object } else { Object::new() }
}

/// Returns an entry in words: the column (nothing: the table), and what changed.
#[must_use]
pub fn told(seen: &Seen) -> (String, String) {
    let text = |name: &str| {
        let value = seen.shape.as_ref().and_then(|shape| shape.get(name)).filter(|value| !value.is_null());
        value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
    };
    let (before, after) = (text("before"), text("after"));
    let what = match text("change").as_str() {
        "added" if after.is_empty() => "added".to_owned(),
        "added" => format!("added: {after}"),
        "dropped" => format!("dropped: {before}"),
        "renamed" => format!("renamed from {}: {after}", text("from")),
        "renamed_away" => format!("renamed to {}", text("to")),
        "made_again" => "dropped and made again".to_owned(),
        word => format!("{}: {before} -> {after}", word.replace('_', " ")),
    };
    (seen.column.clone(), what)
}
