//! All feeds of partners as one table for each common table: columns by name, and what a feed does not have is null.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::names::Publication;
use carelake_intake::common::{encounters, persons};
use carelake_intake::publish::{ROOM, views};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::published::{Run, union};
use crate::registry;
use crate::tables::Tables;

/// The feeds by common table.
#[derive(Debug, Default)]
pub(crate) struct Views {
    runs: BTreeMap<String, Vec<Run>>,
    lacking: BTreeMap<String, Failure>,
}

impl Views {
    /// Adds what a publication serves, if it is of a feed of partners.
    pub(crate) fn add(&mut self, runs: Vec<Run>) {
        for run in runs {
            if let Some(table) = table_of(&run.publication.path()).map(str::to_owned) {
                self.runs.entry(table).or_default().push(run);
            }
        }
    }

    /// Notes that what a publication serves cannot be read: what all feeds have is not known without it.
    pub(crate) fn lacks(&mut self, publication: &Publication, failure: &Failure) {
        if let Some(table) = table_of(&publication.path()) {
            self.lacking.insert(table.to_owned(), failure.clone());
        }
    }

    /// Makes a table of each. A name that a dataset has stays the dataset's.
    pub(crate) fn find(self, lake: &Lake, tables: &mut Tables) {
        tables.broken.extend(self.lacking.clone());
        let whole = self.runs.into_iter().filter(|(name, _)| !self.lacking.contains_key(name) && is_one(name));
        for (name, runs) in whole {
            match union(lake, &name, &runs.iter().collect::<Vec<_>>()) {
                Ok(table) => {
                    let others = views(&name).into_iter().filter(|view| *view != name);
                    tables.known.push(Arc::new(others.fold(table, carelake_query::Table::also_named)));
                }
                Err(failure) => tables.broken.push((name, failure)),
            }
        }
    }
}

/// Returns whether a name without a room is that of all feeds.
pub(crate) fn is_one(name: &str) -> bool {
    registry::dataset(name).is_none()
}

/// Returns what a column of a common table means; nothing of one that is declared, whose manifests tell.
pub(crate) fn meaning(table: &str, column: &str) -> String {
    let table = table_of(table).unwrap_or(table);
    let known = [persons(), encounters()].into_iter().find(|known| known.name == table);
    let column = known.as_ref().and_then(|known| known.column(column));
    column.map(|column| column.description.clone()).unwrap_or_default()
}

/// Returns the common table that a publication of a feed is of.
pub(crate) fn table_of(path: &str) -> Option<&str> {
    let (room, rest) = path.split_once('/')?;
    let (table, _) = rest.split_once('/')?;
    (room == ROOM).then_some(table)
}
