//! The columns of a contract.

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Mistakes, Spot};

use super::keys::{CLASSES, COLUMN};
use super::kind::{KINDS, Kind};
use super::test::{Declared, column_tests};

/// How far what a column holds may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Anybody may see it.
    Public,
    /// The house may see it.
    Internal,
    /// It tells who somebody is.
    Pii,
    /// It tells of somebody's health.
    Phi,
}

/// One column of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Its class, where it says one.
    pub class: Option<Class>,
    /// What it holds.
    pub description: String,
}

impl Column {
    /// Reads a column, and the tests that are declared on it.
    pub(super) fn read(
        name: &str,
        spot: &Spot<'_>,
        tests: &mut Vec<Declared>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        check_own_name(spot, name, mistakes);
        let fields = spot.keyed(&COLUMN, mistakes);
        let kind = fields.required("type", "its type, such as bigint", mistakes);
        let kind = kind.and_then(|spot| {
            let text = spot.text("a type, such as bigint", mistakes)?;
            let kind = Kind::parse(&text);
            if kind.is_none() {
                let accepted = format!("must be one of {}, or list<…> of one of these, not `{text}`", KINDS.join(", "));
                mistakes.unknown(&spot, accepted, &text, KINDS);
            }
            kind
        });
        let choices: Vec<(&str, Class)> =
            CLASSES.into_iter().zip([Class::Public, Class::Internal, Class::Pii, Class::Phi]).collect();
        let class = fields.get("class").and_then(|spot| spot.choice(&choices, mistakes));
        let description = fields.get("description").and_then(|spot| spot.text("what it holds", mistakes));
        if let Some(spot) = fields.get("tests") {
            tests.extend(column_tests(name, &spot, mistakes));
        }
        Some(Self { name: name.to_owned(), kind: kind?, class, description: description.unwrap_or_default() })
    }
}
