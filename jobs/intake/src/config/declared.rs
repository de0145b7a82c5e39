//! Common tables that the configuration declares, beside those that are always there.

use std::sync::Arc;

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Mistakes, Spot};

use super::keys;
use crate::common::{CommonColumn, CommonTable, Rule, column, encounters, persons};

/// The first column of every table.
const DATA_SOURCE: &str = "data_source";
/// Names that are taken: the tables that are always there, and the view beside one of them.
const TAKEN: [&str; 3] = [crate::common::PERSONS, crate::common::ENCOUNTERS, "persons_as_sent"];
/// The types that need nothing else to be said.
const PLAIN: [(&str, Rule); 15] = [
    ("text", Rule::Text),
    ("identifier", Rule::Identifier),
    ("date", Rule::Date { not_after_delivery: false }),
    ("past_date", Rule::Date { not_after_delivery: true }),
    ("timestamp", Rule::Timestamp),
    ("integer", Rule::Integer),
    ("boolean", Rule::Boolean),
    ("list", Rule::TextList),
    ("diagnoses", Rule::Diagnoses),
    ("medicare_id", Rule::Mbi),
    ("state", Rule::State),
    ("zip_code", Rule::Zip),
    ("phone", Rule::Phone),
    ("email", Rule::Email),
    ("npi", Rule::Npi),
];
/// The further types.
const OTHERS: [&str; 4] = ["ccn", "nubc", "decimal", "code"];

/// Returns all common tables: those that are always there, and the declared ones.
pub(super) fn read_all(spot: Option<&Spot<'_>>, mistakes: &mut Mistakes) -> Vec<Arc<CommonTable>> {
    let mut tables = vec![Arc::new(persons()), Arc::new(encounters())];
    let Some(spot) = spot else { return tables };
    for (name, spot) in spot.entries("tables by name", mistakes) {
        check_own_name(&spot, name, mistakes);
        if TAKEN.contains(&name) {
            mistakes.add(&spot, format!("`{name}` is there already; give the table another name"));
        } else {
            tables.push(Arc::new(read(name, &spot, mistakes)));
        }
    }
    tables
}

fn read(name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> CommonTable {
    let fields = spot.keyed(&keys::DECLARED, mistakes);
    let mut columns = vec![column(DATA_SOURCE, Rule::Made, "the feed")];
    let own = fields.required("columns", "the columns and their types", mistakes);
    for (name, spot) in own.map(|spot| spot.entries("columns and their types", mistakes)).unwrap_or_default() {
        check_own_name(&spot, name, mistakes);
        if [DATA_SOURCE, "delivery_date", "incomplete_fields"].contains(&name) {
            mistakes.add(&spot, "is in every table; leave it out");
        } else if let Some(column) = read_column(name, &spot, mistakes) {
            columns.push(column);
        }
    }
    columns.push(column("delivery_date", Rule::Made, "the date that the delivery declares"));
    columns.push(column("incomplete_fields", Rule::Made, "the columns of the feed's `complete` that are null"));
    let named = |key: &str, mistakes: &mut Mistakes| -> Vec<String> {
        let Some(spot) = fields.get(key) else { return Vec::new() };
        let given = spot.texts("columns of the table", mistakes);
        for (name, spot) in given.iter().filter(|(name, _)| columns.iter().all(|column| column.name != *name)) {
            let message = format!("the table has no column `{name}`");
            mistakes.unknown(spot, message, name, columns.iter().map(|column| column.name.as_str()));
        }
        given.into_iter().map(|(name, _)| name).collect()
    };
    let (key, more) = (named("key", mistakes), named("required", mistakes));
    if key.len() < 2 || key.first().is_none_or(|first| first != DATA_SOURCE) {
        let at = fields.get("key").unwrap_or_else(|| spot.named("key"));
        mistakes.add(&at, "must be data_source and the columns that tell the rows of a feed apart");
    }
    let is_required = |column: &&CommonColumn| {
        column.name != DATA_SOURCE && (key.contains(&column.name) || more.contains(&column.name))
    };
    let required = columns.iter().filter(is_required).map(|column| column.name.clone()).collect();
    CommonTable { name: name.to_owned(), columns, key, required }
}

/// Reads a column: its type, or a map of it and what it needs.
fn read_column(name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<CommonColumn> {
    let names: Vec<&str> = PLAIN.iter().map(|(name, _)| *name).chain(OTHERS).collect();
    let choices: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
    let kind = match spot.child("type") {
        Some(spot) => spot.choice(&choices, mistakes)?,
        None if spot.is_map() => {
            mistakes.add(&spot.named("type"), format!("missing; give one of {}", names.join(", ")));
            return None;
        }
        None => spot.choice(&choices, mistakes)?,
    };
    let own: &[&str] = match kind {
        "nubc" => &["type", "description", "width"],
        "decimal" => &["type", "description", "digits", "places"],
        "code" => &["type", "description", "values", "otherwise"],
        _ => &["type", "description"],
    };
    let nothing = Spot::empty();
    let fields = if spot.is_map() { spot } else { &nothing }.fields(own, mistakes);
    let description = fields.get("description").and_then(|spot| spot.text("what the column means", mistakes));
    let rule = match kind {
        "ccn" => Rule::Ccn,
        "nubc" => Rule::Nubc(fields.number_or("width", "characters", 1..=9, 2, mistakes)),
        "decimal" => {
            let precision = fields.number_or("digits", "a whole number", 1..=38, 18, mistakes);
            let scale: i8 = fields.number_or("places", "a whole number", 0..=18, 2, mistakes);
            if i16::from(scale) > i16::from(precision) {
                mistakes.add(spot, "has more places after the point than digits in all");
            }
            Rule::Decimal { precision, scale }
        }
        "code" => code(spot, mistakes)?,
        _ => PLAIN.iter().find(|(name, _)| *name == kind).map(|(_, rule)| rule.clone())?,
    };
    Some(CommonColumn { name: name.to_owned(), rule, description: description.unwrap_or_default() })
}

fn code(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Rule> {
    let Some(given) = spot.child("values") else {
        mistakes.add(&spot.named("values"), "missing; give the values that the column may have");
        return None;
    };
    let values: Vec<String> = given.texts("values", mistakes).into_iter().map(|(value, _)| value).collect();
    let otherwise = spot.child("otherwise").and_then(|spot| {
        let value = spot.text("one of the values", mistakes)?;
        if !values.contains(&value) {
            let message = format!("must be one of {}, not `{value}`", values.join(", "));
            mistakes.unknown(&spot, message, &value, values.iter().map(String::as_str));
        }
        Some(value)
    });
    Some(Rule::Code { values, otherwise })
}
