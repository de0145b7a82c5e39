//! The tables of a catalog follow what is served.

use carelake_pipeline::Tables;

use crate::publish::Table;

/// Makes them follow a table, and the rows that are there now. Answers why they did not, if so: they do with the next load.
pub(super) fn follow(tables: Option<&dyn Tables>, table: &Table) -> Option<String> {
    let tables = tables?;
    let flipped = tables.flip(&table.publication).and_then(|()| tables.flip(&table.latest_publication()));
    flipped.err().map(|failure| format!("the catalog says what was served before: {}", failure.reason))
}
