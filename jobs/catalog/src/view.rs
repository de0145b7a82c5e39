//! Views: over several feeds, every row of every feed that has a table; and over one table, what somebody asks it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::definition::{Body, Column, Definition};
use crate::hive;

/// Declares the view over these tables; `None` when there is none of them.
///
/// Its columns are those that any of the tables has, in the order in which they first come, then the partition columns. What a
/// table lacks is null: a feed whose last run is older than a new column must not break the view. For the same reason a
/// column that has two types is in none until all feeds agree.
///
/// The text is what Athena stores for `CREATE VIEW`: base64 of JSON in a comment.
pub(crate) fn of(database: &str, name: &str, tables: &[Definition]) -> Result<Option<Definition>, serde_json::Error> {
    if tables.is_empty() {
        return Ok(None);
    }
    let columns = columns(tables);
    let selects: Vec<String> = tables
        .iter()
        .map(|table| {
            let list: Vec<String> = columns.iter().map(|column| selected(table, column)).collect();
            format!("SELECT {} FROM {}.{}", list.join(", "), quoted(database), quoted(&table.name))
        })
        .collect();
    let description = format!("all feeds of {name}, published by carelake");
    declared(database, name, description, &selects.join("\nUNION ALL\n"), columns).map(Some)
}

/// Declares a view over a table, with all of its columns.
pub(crate) fn over(
    database: &str,
    name: &str,
    table: &Definition,
    question: impl Fn(&str, &[&str]) -> String,
) -> Result<Definition, serde_json::Error> {
    let columns: Vec<Column> = all(table).cloned().collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let sql = question(&format!("{}.{}", quoted(database), quoted(&table.name)), &names);
    let description = format!("a question to {}, published by carelake", table.name);
    declared(database, name, description, &sql, columns)
}

/// Words a view as Athena does.
fn declared(
    database: &str,
    name: &str,
    description: String,
    sql: &str,
    columns: Vec<Column>,
) -> Result<Definition, serde_json::Error> {
    let described = json!({
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": columns
            .iter()
            .map(|column| json!({"name": column.name, "type": hive::to_presto(&column.kind)}))
            .collect::<Vec<_>>(),
    });
    let text = format!("/* Presto View: {} */", STANDARD.encode(serde_json::to_vec(&described)?));
    let parameters = [("presto_view", "true"), ("comment", "Presto View")];
    Ok(Definition {
        name: name.to_owned(),
        description,
        columns,
        partition_keys: Vec::new(),
        parameters: BTreeMap::from(parameters.map(|(name, value)| (name.to_owned(), value.to_owned()))),
        body: Body::View { text },
    })
}

fn columns(tables: &[Definition]) -> Vec<Column> {
    let told = tables.iter().flat_map(|table| &table.columns);
    let folders = tables.iter().flat_map(|table| &table.partition_keys);
    let mut columns: Vec<Column> = Vec::new();
    for column in told.chain(folders) {
        if !columns.iter().any(|known| known.name == column.name) {
            columns.push(column.clone());
        }
    }
    let agree = |column: &Column| {
        tables.iter().flat_map(all).all(|other| other.name != column.name || other.kind == column.kind)
    };
    columns.retain(agree);
    columns
}

/// Words a column of the view as one of its tables has it.
fn selected(table: &Definition, column: &Column) -> String {
    let name = quoted(&column.name);
    if all(table).any(|other| other.name == column.name) {
        name
    } else {
        format!("CAST(NULL AS {}) AS {name}", hive::to_presto(&column.kind))
    }
}

fn all(table: &Definition) -> impl Iterator<Item = &Column> {
    table.columns.iter().chain(&table.partition_keys)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Format;

    fn table(name: &str, columns: &[(&str, &str)]) -> Definition {
        let column = |(name, kind): &(&str, &str)| Column {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            comment: format!("the {name}"),
        };
        Definition {
            name: name.to_owned(),
            description: String::new(),
            columns: columns.iter().map(column).collect(),
            partition_keys: [("state", "string")].iter().map(column).collect(),
            parameters: BTreeMap::new(),
            body: Body::Files { location: String::new(), format: Format::parquet() },
        }
    }

    fn described(view: &Definition) -> serde_json::Value {
        let Body::View { text } = &view.body else { panic!("not a view") };
        let encoded = text.strip_prefix("/* Presto View: ").and_then(|text| text.strip_suffix(" */")).unwrap();
        serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap()
    }

    #[test]
    fn a_view_has_every_column_of_one_type_and_null_for_what_a_feed_lacks() {
        let old = table("f_old", &[("id", "string"), ("beds", "smallint"), ("gone", "string")]);
        let new = table("f_new", &[("new", "date"), ("id", "string"), ("beds", "int"), ("rating", "int")]);
        let third = table("f_\"3", &[("rating", "int"), ("id", "string"), ("beds", "int")]);
        let view = of("lake", "f", &[new.clone(), old, third.clone()]).unwrap().unwrap();
        let names: Vec<&str> = view.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["new", "id", "rating", "gone", "state"]);
        let view = of("lake", "f", &[new, third]).unwrap().unwrap();
        assert_eq!(
            described(&view),
            json!({
                "originalSql": "SELECT \"new\", \"id\", \"beds\", \"rating\", \"state\" FROM \"lake\".\"f_new\"\nUNION ALL\nSELECT CAST(NULL AS date) AS \"new\", \"id\", \"beds\", \"rating\", \"state\" FROM \"lake\".\"f_\"\"3\"",
                "catalog": "awsdatacatalog",
                "schema": "lake",
                "columns": [
                    {"name": "new", "type": "date"},
                    {"name": "id", "type": "varchar"},
                    {"name": "beds", "type": "integer"},
                    {"name": "rating", "type": "integer"},
                    {"name": "state", "type": "varchar"},
                ],
            })
        );
    }

    #[test]
    fn without_a_table_there_is_no_view() {
        assert_eq!(of("lake", "f", &[]).unwrap(), None);
    }
}
