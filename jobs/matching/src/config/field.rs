//! The fields that are compared.

use carelake_core::config::reader::{Mistakes, Spot};

use super::column::Column;
use super::keys::FIELD;
use crate::compare::Kind;

/// A field that is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in conditions, blocks and models.
    pub name: String,
    /// What its values are made of.
    pub column: Column,
    /// How they are compared.
    pub kind: Kind,
    /// The place of the field whose values may be exchanged with its own.
    pub swaps_with: Option<usize>,
    /// Whether a value that many have says less than a rare one.
    pub is_frequent: bool,
    /// How far apart numbers may be on level `within`.
    pub within: f64,
}

/// Reads the fields, in the order of the sum.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Field> {
    let entries = spot.entries("fields, by name", mistakes);
    if spot.is_map() && entries.is_empty() {
        spot.expected("a map of at least one field", mistakes);
    }
    let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
    let mut fields: Vec<(Field, Option<Spot<'_>>)> = Vec::new();
    for (name, spot) in &entries {
        let keyed = spot.keyed(&FIELD, mistakes);
        let kind = keyed.required("compare", "how its values are compared", mistakes);
        let kind = kind.and_then(|spot| spot.choice(&Kind::WORDS, mistakes)).unwrap_or(Kind::Exact);
        let column = keyed.get("column").and_then(|spot| spot.text("a column", mistakes));
        let column = match (column, Column::common(name)) {
            (Some(column), _) => Column::compared(&column, kind),
            (None, Some(common)) => common,
            (None, None) => Column::compared(name, kind),
        };
        if !column.fits(kind) {
            mistakes.add(spot, format!("`compare: {kind}` does not fit the values of `{name}`"));
        }
        let swaps = keyed.get("swaps_with");
        let swaps_with = swaps.as_ref().and_then(|spot| {
            let other = spot.text("a field", mistakes)?;
            let place = names.iter().position(|name| *name == other);
            if place.is_none() {
                mistakes.unknown(spot, format!("there is no field `{other}`"), &other, names.iter().copied());
            }
            place
        });
        let within = keyed.get("within");
        if let (Some(spot), true) = (&within, kind != Kind::Number) {
            mistakes.add(spot, "is for `compare: number`");
        }
        let field = Field {
            name: (*name).to_owned(),
            column,
            kind,
            swaps_with,
            is_frequent: keyed
                .get("frequencies")
                .map_or(kind.is_frequent(), |spot| spot.boolean(mistakes).unwrap_or_default()),
            within: keyed.fraction_or("within", 0.0, mistakes),
        };
        fields.push((field, swaps));
    }
    let kinds: Vec<Kind> = fields.iter().map(|(field, _)| field.kind).collect();
    for (place, (field, spot)) in fields.iter().enumerate() {
        let (Some(other), Some(spot)) = (field.swaps_with, spot) else { continue };
        let is_last = kinds.get(other).is_some_and(|kind| *kind == Kind::LastName);
        if field.kind != Kind::FirstName || !is_last || other == place {
            mistakes.add(spot, "is for a field of `compare: first_name`, and names one of `compare: last_name`");
        }
    }
    fields.into_iter().map(|(field, _)| field).collect()
}

/// Finds a field by its name; says which is nearest where there is none.
pub(super) fn find(fields: &[Field], name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<usize> {
    let place = fields.iter().position(|field| field.name == name);
    if place.is_none() {
        let names = fields.iter().map(|field| field.name.as_str());
        mistakes.unknown(spot, format!("there is no field `{name}`"), name, names);
    }
    place
}
