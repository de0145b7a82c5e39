//! What DynamoDB says of its tables.

use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, KeyType, PointInTimeRecoveryStatus, TableDescription, TableStatus,
};

use super::fault::Fault;
use super::session::Caller;
use crate::error::DatabaseError;
use crate::items::{ATTRIBUTE, DATABASE, ITEM, column};
use crate::relation::{Identity, Relation, RelationKind};

const DOING: &str = "reading the catalogue";

/// Returns the tables that are there, in the order of their names.
pub(super) fn relations(caller: &Caller) -> Result<Vec<Relation>, DatabaseError> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let call = caller.client.list_tables().set_exclusive_start_table_name(after);
        let page = caller.call(DOING, call.send())?;
        names.extend(page.table_names.unwrap_or_default());
        after = page.last_evaluated_table_name;
        if after.is_none() {
            break;
        }
    }
    names.sort_unstable();
    let mut relations = Vec::with_capacity(names.len());
    for name in names {
        // One that went since it was listed is none.
        if let Some(table) = describe(caller, &name)? {
            relations.push(relation(&name, &table, recoverable(caller, &name)?));
        }
    }
    Ok(relations)
}

/// Returns what is said of a table; none where it is not there, or is being made or deleted.
pub(super) fn describe(caller: &Caller, name: &str) -> Result<Option<TableDescription>, DatabaseError> {
    let asked = caller.ask(DOING, caller.client.describe_table().table_name(name).send())?;
    let table = match asked {
        Ok(answer) => answer.table,
        Err(Fault::Missing) => None,
        Err(fault) => return Err(fault.error(&caller.source, DOING)),
    };
    let is_there = |table: &TableDescription| {
        matches!(table.table_status, Some(TableStatus::Active | TableStatus::Updating) | None)
    };
    Ok(table.filter(is_there))
}

/// Returns from when to when states of a table can be exported: microseconds since 1970, UTC.
fn recoverable(caller: &Caller, name: &str) -> Result<Option<(i64, i64)>, DatabaseError> {
    let asked = caller.ask(DOING, caller.client.describe_continuous_backups().table_name(name).send())?;
    match asked {
        Ok(answer) => Ok(answer.continuous_backups_description.as_ref().and_then(span)),
        Err(Fault::Missing) => Ok(None),
        Err(fault) => Err(fault.error(&caller.source, DOING)),
    }
}

fn span(backups: &ContinuousBackupsDescription) -> Option<(i64, i64)> {
    let recovery = backups.point_in_time_recovery_description.as_ref()?;
    let is_on = recovery.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled);
    // Exports are told seconds.
    let micros = |at: &aws_sdk_dynamodb::primitives::DateTime| at.secs() * 1_000_000;
    let (from, to) = (recovery.earliest_restorable_date_time.as_ref()?, recovery.latest_restorable_date_time.as_ref()?);
    is_on.then(|| (micros(from) + 1_000_000, micros(to)))
}

fn relation(name: &str, table: &TableDescription, recoverable: Option<(i64, i64)>) -> Relation {
    // The hash key stands before the range key.
    let mut keys: Vec<(bool, &str)> =
        table.key_schema.iter().flatten().map(|key| (*key.key_type() != KeyType::Hash, key.attribute_name())).collect();
    keys.sort_unstable();
    let mut columns: Vec<_> =
        (1..).zip(&keys).map(|(number, (_, name))| column(name, number, ATTRIBUTE, true)).collect();
    let key = (0..columns.len()).collect();
    let number = u32::try_from(columns.len() + 1).unwrap_or(u32::MAX);
    columns.push(column(ITEM, number, ITEM, false));
    let made = table.creation_date_time.map(|at| at.to_string()).unwrap_or_default();
    Relation {
        database: DATABASE.to_owned(),
        name: name.to_owned(),
        kind: RelationKind::Items { recoverable },
        identity: Identity(table.table_id.clone().unwrap_or(made)),
        rows: table.item_count.and_then(|count| u64::try_from(count).ok()),
        bytes: table.table_size_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        columns,
        key,
        indexes: Vec::new(),
        file: None,
        churn: None,
    }
}
