//! The schema of the section for editors: the tables of keys that the readers follow, with the columns of the common tables by name.

use carelake_core::config::reader::{Form, schema_of};
use serde_json::{Map, Value, json};

use super::keys;
use crate::common::{CommonTable, Rule, encounters, persons};

/// The tables of a feed, in the section.
const TABLES: &str = "/properties/feeds/additionalProperties/properties/tables";
/// A column of whatever table, in the schema of the whole file.
const COLUMN: &str = "#/properties/intake/properties/feeds/additionalProperties/properties/tables/additionalProperties/properties/columns/additionalProperties";

/// Returns the schema of the section.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schema_of(&Form::Keys(&keys::SECTION));
    if let Some(Value::Object(tables)) = schema.pointer_mut(TABLES) {
        let any = tables.get("additionalProperties").cloned().unwrap_or_default();
        let known = [persons(), encounters()].map(|table| {
            let mut own = any.clone();
            if let Some(Value::Object(columns)) = own.pointer_mut("/properties/columns") {
                columns.insert("properties".to_owned(), columns_of(&table).into());
                columns.insert("additionalProperties".to_owned(), false.into());
            }
            (table.name, own)
        });
        tables.insert("properties".to_owned(), known.into_iter().collect::<Map<_, _>>().into());
    }
    schema
}

/// Returns the columns that a page may say something of: those of the table, and names that stand for a date and a time.
fn columns_of(table: &CommonTable) -> Map<String, Value> {
    let mut columns = Map::new();
    for column in table.columns.iter().filter(|column| column.rule != Rule::Made) {
        columns.insert(column.name.clone(), json!({"$ref": COLUMN, "description": column.description}));
        let both = column.name.strip_suffix("_date");
        if let Some(both) = both.filter(|both| table.column(&format!("{both}_datetime")).is_some()) {
            let meaning = format!("{both}_date and {both}_datetime, read from one text");
            columns.insert(both.to_owned(), json!({"$ref": COLUMN, "description": meaning}));
        }
    }
    columns
}
