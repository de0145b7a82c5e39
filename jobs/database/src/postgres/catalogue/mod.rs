//! The tables of schemas: four statements, however many tables there are.

use std::collections::HashMap;

use crate::postgres::connection::{Row, Wire};
use crate::postgres::fault::Fault;
use crate::postgres::types::{Types, Wired};
use crate::postgres::{number, quoted, text};
use crate::relation::{Column, Identity, Index, Relation, RelationKind};

/// The schemas that are not the server's own.
const SCHEMAS: &str = "SELECT nspname FROM pg_catalog.pg_namespace \
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname COLLATE \"C\"";

/// Returns the schemas that are not the server's own.
pub(super) fn schemas(wire: &mut Wire) -> Result<Vec<String>, Fault> {
    let rows = wire.rows(SCHEMAS, &[])?;
    rows.iter().map(|row| text(row, 0).map(str::to_owned)).collect()
}

/// Returns the tables of some schemas.
pub(super) fn relations(
    wire: &mut Wire,
    types: &mut Types,
    schemas: &[String],
    counts_from_zero: bool,
) -> Result<Vec<Relation>, Fault> {
    let own = |schema: &&String| schema.starts_with("pg_") || *schema == "information_schema";
    let schemas = quoted::array(schemas.iter().filter(|schema| !own(schema)));
    let tables = wire.rows(include_str!("tables.sql"), &[&schemas])?;
    let columns = wire.rows(include_str!("columns.sql"), &[&schemas])?;
    let indexes = wire.rows(include_str!("indexes.sql"), &[&schemas])?;
    let used: Vec<u32> = columns.iter().map(|row| number(row, 4)).collect::<Result<_, _>>()?;
    types.learn(wire, used.into_iter())?;
    let mut places = HashMap::new();
    let mut relations = Vec::with_capacity(tables.len());
    for row in &tables {
        places.insert(text(row, 0)?, relations.len());
        relations.push(relation(row, counts_from_zero)?);
    }
    for row in &columns {
        // A table may come between two statements; the next load sees it.
        if let Some(relation) = places.get(text(row, 0)?).and_then(|place| relations.get_mut(*place)) {
            relation.columns.push(column(row, types)?);
        }
    }
    for row in &indexes {
        if let Some(relation) = places.get(text(row, 0)?).and_then(|place| relations.get_mut(*place)) {
            index(relation, row)?;
        }
    }
    relations.iter_mut().for_each(choose_key);
    Ok(relations)
}

fn relation(row: &Row, counts_from_zero: bool) -> Result<Relation, Fault> {
    let kind = match text(row, 3)? {
        "p" => RelationKind::Partitioned,
        "v" => RelationKind::View,
        "m" => RelationKind::MaterializedView,
        "f" => RelationKind::Foreign,
        _ => RelationKind::Table,
    };
    let holds = !matches!(kind, RelationKind::View | RelationKind::Foreign);
    let bytes: u64 = number(row, 5)?;
    // Before 14, a table without statistics has 0 rows on 0 pages.
    let rows = number::<u64>(row, 4).ok().filter(|rows| holds && !(counts_from_zero && *rows == 0 && bytes == 0));
    Ok(Relation {
        database: text(row, 1)?.to_owned(),
        name: text(row, 2)?.to_owned(),
        kind,
        identity: Identity(text(row, 0)?.to_owned()),
        file: number(row, 8).ok(),
        rows,
        bytes: rows.map(|_| bytes),
        columns: Vec::new(),
        key: Vec::new(),
        indexes: Vec::new(),
        churn: if holds { number(row, 6).ok().zip(number(row, 7).ok()) } else { None },
    })
}

fn column(row: &Row, types: &Types) -> Result<Column, Fault> {
    let modifier = text(row, 5)?.parse().map_err(|_| Fault::Protocol)?;
    let base = types.base(Wired { oid: number(row, 4)?, modifier });
    Ok(Column {
        name: text(row, 1)?.to_owned(),
        number: number(row, 2)?,
        declared: text(row, 3)?.to_owned(),
        kind: types.kind(base),
        wire: base.wire(),
        is_nullable: text(row, 6)? != "t",
        is_kept_by_server: false,
        is_generated: text(row, 7)? == "t",
    })
}

/// Adds an index; a primary key is the key. What an index only carries along is no column of it.
fn index(relation: &mut Relation, row: &Row) -> Result<(), Fault> {
    let of: Option<Vec<usize>> = text(row, 4)?
        .split(' ')
        .take(number(row, 3)?)
        .map(|number| relation.columns.iter().position(|column| column.number.to_string() == number))
        .collect();
    let Some(columns) = of else { return Ok(()) };
    if text(row, 2)? == "t" {
        relation.key.clone_from(&columns);
    }
    relation.indexes.push(Index { columns, is_unique: text(row, 1)? == "t" });
    Ok(())
}

/// Without a primary key, the first unique index over the fewest columns that are never null is the key.
fn choose_key(relation: &mut Relation) {
    let is_key = |index: &&Index| {
        let mut columns = index.columns.iter().map(|place| relation.columns.get(*place));
        index.is_unique && columns.all(|column| column.is_some_and(|column| !column.is_nullable))
    };
    if relation.key.is_empty()
        && let Some(index) = relation.indexes.iter().filter(is_key).min_by_key(|index| index.columns.len())
    {
        relation.key = index.columns.clone();
    }
}
