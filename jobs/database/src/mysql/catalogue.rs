//! Databases, tables and columns, by `information_schema`.
//!
//! For columns and indexes a server opens the definition of each table, not the table; what it knows of rows and the time of creation costs
//! more, so it is asked in a statement of its own and only of the databases that are wanted.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::declared;
use super::fault::Fault;
use super::indexes;
use super::link::Texts;
use super::session::Open;
use super::setup::Flavour;
use super::value::Value;
use crate::relation::{Column, Identity, Relation, RelationKind};

/// The server's own.
const OWN: &str = "'information_schema', 'mysql', 'performance_schema', 'sys'";
/// The most databases of one statement.
const DATABASES: usize = 1_000;

/// A table, by its database and its name.
pub(super) type Place = (String, String);

/// Returns the databases.
pub(super) fn databases(open: &mut Open) -> Result<Vec<String>, Fault> {
    let rows = open.link.texts(&format!(
        "SELECT schema_name FROM information_schema.schemata WHERE lower(schema_name) NOT IN ({OWN})"
    ))?;
    let mut names: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    names.sort();
    Ok(names)
}

/// Returns the tables of some databases.
pub(super) fn relations(open: &mut Open, databases: &[String]) -> Result<Vec<Relation>, Fault> {
    let mut found = Vec::new();
    for databases in databases.chunks(DATABASES) {
        found.extend(chunk(open, databases)?);
    }
    found.sort_by(|a: &Relation, b| (&a.database, &a.name).cmp(&(&b.database, &b.name)));
    Ok(found)
}

/// Carries out a statement about some databases, whose first two columns are the place; others are taken out, since the server's own
/// comparison of names is not exact.
pub(super) fn about(open: &mut Open, statement: &str, databases: &[String]) -> Result<Vec<(Place, Texts)>, Fault> {
    let marks = vec!["?"; databases.len()].join(", ");
    let values: Vec<Value> = databases.iter().cloned().map(Value::Text).collect();
    let wanted: BTreeSet<&String> = databases.iter().collect();
    let rows = open.link.asked(&statement.replace("{databases}", &marks), &values)?;
    let placed = rows.into_iter().filter_map(|row| {
        let mut cells = row.into_iter();
        let place = (cells.next()??, cells.next()??);
        wanted.contains(&place.0).then(|| (place, cells.collect()))
    });
    Ok(placed.collect())
}

fn chunk(open: &mut Open, databases: &[String]) -> Result<Vec<Relation>, Fault> {
    let tables = about(
        open,
        "SELECT table_schema, table_name, table_type, engine, create_options, \
         table_rows, data_length, DATE_FORMAT(create_time, '%Y-%m-%d %H:%i:%s') \
         FROM information_schema.tables WHERE table_schema IN ({databases})",
        databases,
    )?;
    let mut columns = columns(open, databases)?;
    let mut indexes = indexes::indexes(open, databases)?;
    let churn = indexes::churn(open, databases)?;
    let mut found = Vec::new();
    for (place, row) in tables {
        let Ok([kind, engine, options, rows, bytes, created]) = <[_; 6]>::try_from(row) else {
            return Err(Fault::Malformed);
        };
        let Some(kind) = relation_kind(kind.as_deref(), engine.as_deref(), options.as_deref()) else { continue };
        let Some(columns) = columns.remove(&place) else { continue };
        let indexes = indexes.remove(&place).unwrap_or_default();
        let (key, indexes) = indexes::placed(&columns, &indexes);
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        found.push(Relation {
            kind,
            identity: Identity(created.unwrap_or_default()),
            file: None,
            rows: number(rows),
            bytes: number(bytes),
            columns,
            key,
            indexes,
            churn: churn.get(&place).copied(),
            database: place.0,
            name: place.1,
        });
    }
    Ok(found)
}

fn relation_kind(kind: Option<&str>, engine: Option<&str>, options: Option<&str>) -> Option<RelationKind> {
    const ELSEWHERE: [&str; 4] = ["FEDERATED", "CONNECT", "SPIDER", "S3"];
    match kind? {
        "VIEW" => Some(RelationKind::View),
        "BASE TABLE" | "SYSTEM VERSIONED" => Some(match (engine, options) {
            (Some(engine), _) if ELSEWHERE.contains(&engine) => RelationKind::Foreign,
            (_, Some(options)) if options.contains("partitioned") => RelationKind::Partitioned,
            _ => RelationKind::Table,
        }),
        _ => None,
    }
}

fn columns(open: &mut Open, databases: &[String]) -> Result<BTreeMap<Place, Vec<Column>>, Fault> {
    let documents: BTreeSet<(Place, String)> = match open.flavour {
        Flavour::Mysql => BTreeSet::new(),
        // Of MariaDB a column of JSON is a text that is checked.
        Flavour::Mariadb(..) => about(
            open,
            "SELECT constraint_schema, table_name, constraint_name, check_clause \
             FROM information_schema.check_constraints WHERE constraint_schema IN ({databases})",
            databases,
        )?
        .into_iter()
        .filter_map(|(place, row)| {
            let [Some(name), Some(clause)] = <[_; 2]>::try_from(row).ok()? else { return None };
            let is_document = clause == format!("json_valid({})", super::sql::quoted(&name));
            is_document.then_some((place, name))
        })
        .collect(),
    };
    let rows = about(
        open,
        "SELECT table_schema, table_name, column_name, ordinal_position, column_type, is_nullable, extra \
         FROM information_schema.columns WHERE table_schema IN ({databases})",
        databases,
    )?;
    let mut found: BTreeMap<Place, Vec<Column>> = BTreeMap::new();
    for (place, row) in rows {
        let [Some(name), Some(number), Some(written), Some(nullable), Some(extra)] =
            <[_; 5]>::try_from(row).map_err(|_| Fault::Malformed)?
        else {
            return Err(Fault::Malformed);
        };
        let extra = extra.to_ascii_lowercase();
        let kind = declared(&written).kind;
        let is_document = written == "longtext" && documents.contains(&(place.clone(), name.clone()));
        found.entry(place).or_default().push(Column {
            number: number.parse().map_err(|_| Fault::Malformed)?,
            kind,
            declared: if is_document { "json".to_owned() } else { written },
            // The rows say it themselves.
            wire: 0,
            is_nullable: nullable == "YES",
            is_kept_by_server: extra.contains("on update current_timestamp"),
            is_generated: extra.contains("virtual generated") || extra.contains("stored generated"),
            name,
        });
    }
    for columns in found.values_mut() {
        columns.sort_by_key(|column| column.number);
    }
    Ok(found)
}

/// Returns the rows of a statement of the configuration.
pub(super) fn listed(open: &mut Open, statement: &str, most: usize) -> Result<Vec<Texts>, Fault> {
    let first = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    if first != "SELECT" && first != "WITH" {
        return Err(Fault::Refused("the statement must be a SELECT"));
    }
    open.link.run(&format!("SET SESSION sql_select_limit = {}", most.saturating_add(1)))?;
    let rows = super::snapshot::within(open, None, |open| open.link.texts(statement));
    open.link.run("SET SESSION sql_select_limit = 18446744073709551615")?;
    let rows = rows?;
    if rows.len() > most {
        return Err(Fault::Refused(
            "the statement gives more rows than are allowed: make it narrower, or raise `max_tables`",
        ));
    }
    Ok(rows)
}
