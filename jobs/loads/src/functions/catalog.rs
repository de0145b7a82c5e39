//! The tables of a catalog follow what is served.

use carelake_pipeline::Tables;

use crate::publish::Table;

/// Makes them follow a table, and the rows that are there now. Answers why they did not, if so: they do with the next load.
pub(super) fn follow(tables: Option<&dyn Tables>, table: &Table) -> Option<String> {
    let tables = tables?;
    let (log, latest) = (&table.publication, table.latest_publication());
    let now = || match table.latest_view() {
        Ok(Some(view)) => tables.declare_view(&latest, log, &|log, columns| view.sql(log, columns)),
        _ => tables.flip(&latest),
    };
    let flipped = tables.flip(log).and_then(|()| now());
    flipped.err().map(|failure| format!("the catalog says what was served before: {}", failure.reason))
}
