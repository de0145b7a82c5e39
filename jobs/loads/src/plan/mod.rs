//! The plan of a load: which tables of a source, whose, how, and in which batches. Pure: what the catalogue and the configuration say
//! goes in.

mod attributes;
mod batches;
mod chosen;
mod prepare;
mod selection;
#[cfg(test)]
mod tests;

pub use attributes::with_attributes;
pub use batches::{batches, is_large};
pub use chosen::{Choice, Registry, Seen, choose, idle, is_wanted};
pub use prepare::{Asking, Prepared, Ready, Subject, fingerprint, prepare};
pub use selection::Selection;

use std::collections::BTreeMap;

use carelake_core::names::Publication;

use crate::names::{Named, give};

/// Gives tables of a source their publications. `given` are those that were given before, by the exact names of database and table.
#[must_use]
pub fn publications(
    source: &str,
    given: &BTreeMap<(String, String), String>,
    tables: &[(&str, &str)],
) -> BTreeMap<(String, String), Publication> {
    let mut databases: BTreeMap<String, String> = BTreeMap::new();
    let mut given_tables: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for ((database, table), publication) in given {
        let mut parts = publication.split('/').skip(2);
        let (Some(lake_database), Some(lake_table)) = (parts.next(), parts.next()) else { continue };
        databases.insert(database.clone(), lake_database.to_owned());
        given_tables.entry(database).or_default().insert(table.clone(), lake_table.to_owned());
    }
    let databases = give(&databases, tables.iter().map(|(database, _)| *database), Named::Table);
    let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (database, table) in tables {
        wanted.entry(database).or_default().push(table);
    }
    let none = BTreeMap::new();
    let mut all = BTreeMap::new();
    for (database, tables) in wanted {
        let lake = databases.get(database).map_or("", String::as_str);
        for (table, name) in give(given_tables.get(database).unwrap_or(&none), tables, Named::Table) {
            let publication = Publication::from_path(&format!("loads/{source}/{lake}/{name}"));
            all.insert((database.to_owned(), table), publication);
        }
    }
    all
}
