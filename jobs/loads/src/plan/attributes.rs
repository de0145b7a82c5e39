//! The attributes of a table of DynamoDB that are columns: no catalogue tells them.

use std::collections::BTreeSet;

use carelake_database::{ATTRIBUTE, Relation, RelationKind, column};

use super::chosen::is_column;
use crate::config::Settings;
use crate::names::{Named, form};
use crate::schema::{Fate, Shape};

/// Returns a table with the attributes that the configuration names and, where every attribute is a column, those that were ever seen.
/// Any other table stays as it is.
#[must_use]
pub fn with_attributes(
    relation: &Relation,
    settings: &Settings,
    kept: Option<&Shape>,
    seen: BTreeSet<String>,
) -> Relation {
    let mut relation = relation.clone();
    if !matches!(relation.kind, RelationKind::Items { .. }) {
        return relation;
    }
    let mut names = BTreeSet::new();
    if settings.all_attributes {
        let known = kept.map(|shape| shape.columns.as_slice()).unwrap_or_default();
        names.extend(known.iter().filter(|known| known.fate != Fate::Gone).map(|known| known.name.clone()));
        names.extend(seen);
    }
    for (name, _) in &settings.columns {
        let wanted = form(name, Named::Column);
        let is_there = |it: &String| is_column(it, name, &wanted);
        if !names.iter().any(is_there) && !relation.columns.iter().any(|it| is_there(&it.name)) {
            names.insert(name.clone());
        }
    }
    for name in names {
        if relation.position(&name).is_none() {
            let number = u32::try_from(relation.columns.len() + 1).unwrap_or(u32::MAX);
            relation.columns.push(column(&name, number, ATTRIBUTE, false));
        }
    }
    relation
}
