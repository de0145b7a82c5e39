//! How the columns of a publication have changed.

use carelake_core::names::{Column, Publication, RunId};
use jiff::Timestamp;
use serde::Serialize;

use super::course::manifests;
use super::{FactError, Lake};

/// A run that brought other columns than the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaChange {
    /// The first run with these columns.
    pub run_id: RunId,
    /// When they were seen first.
    pub seen_at: Timestamp,
    /// Columns that came; all of them in the first entry.
    pub added: Vec<ColumnNow>,
    /// Columns that went.
    pub removed: Vec<ColumnNow>,
    /// Columns whose type or nullability is another.
    pub changed: Vec<ColumnChange>,
}

/// A column, as a history tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnNow {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a row may lack it.
    pub nullable: bool,
}

/// A column before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnChange {
    /// What it was.
    pub before: ColumnNow,
    /// What it is.
    pub after: ColumnNow,
}

impl From<&Column> for ColumnNow {
    fn from(column: &Column) -> Self {
        Self { name: column.name.clone(), kind: column.kind.clone(), nullable: column.nullable }
    }
}

/// Returns how the columns of a publication have changed, oldest first: as the ledger has it, or where it has nothing of the
/// publication, as the runs tell that are kept.
///
/// # Errors
/// [`FactError::Ledger`] or [`FactError::Publish`].
pub fn schemas(lake: &Lake<'_>, publication: &Publication) -> Result<Vec<SchemaChange>, FactError> {
    let history = lake.ledger.map(|ledger| ledger.schema_history(publication)).transpose()?.unwrap_or_default();
    let mut seen: Vec<(RunId, Timestamp, Vec<Column>)> =
        history.into_iter().map(|entry| (entry.run_id, entry.recorded_at, entry.schema)).collect();
    if seen.is_empty() {
        let kept = manifests(lake, publication)?.into_iter().filter(|manifest| !manifest.schema.is_empty());
        seen.extend(kept.map(|manifest| (manifest.run_id, manifest.written_at, manifest.schema)));
    }
    let mut changes = Vec::new();
    let mut before: Vec<ColumnNow> = Vec::new();
    for (run_id, seen_at, schema) in seen {
        let after: Vec<ColumnNow> = schema.iter().map(ColumnNow::from).collect();
        changes.extend(change(run_id, seen_at, &before, &after));
        before = after;
    }
    Ok(changes)
}

/// Returns what differs, if anything does. That columns stand in another order is no change.
fn change(run_id: RunId, seen_at: Timestamp, before: &[ColumnNow], after: &[ColumnNow]) -> Option<SchemaChange> {
    let lacks = |columns: &[ColumnNow], name: &str| !columns.iter().any(|column| column.name == name);
    let added: Vec<ColumnNow> = after.iter().filter(|column| lacks(before, &column.name)).cloned().collect();
    let removed: Vec<ColumnNow> = before.iter().filter(|column| lacks(after, &column.name)).cloned().collect();
    let differs = |before: &ColumnNow| {
        let after = after.iter().find(|after| after.name == before.name && *after != before)?;
        Some(ColumnChange { before: before.clone(), after: after.clone() })
    };
    let changed: Vec<ColumnChange> = before.iter().filter_map(differs).collect();
    let is_same = added.is_empty() && removed.is_empty() && changed.is_empty();
    (!is_same).then_some(SchemaChange { run_id, seen_at, added, removed, changed })
}
