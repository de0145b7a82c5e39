//! The rows that tables of databases have now, where they are no publication of their own: the log under another name, or a question to it.

use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_loads::publish::{LatestView, TableState};
use carelake_query::{Table, View};

use crate::failure::Failure;
use crate::lake::Lake;

/// How the names of such tables end.
pub(crate) const LATEST: &str = "__latest";

/// Makes them known: adds names to the table of a log, or answers views over it.
pub(crate) fn of_log(lake: &Lake, publication: &Publication, table: Table) -> Result<(Table, Vec<View>), Failure> {
    let names = [publication.path(), publication.alias()].map(|name| format!("{name}{LATEST}"));
    match view_of(lake, publication)? {
        None => Ok((table, Vec::new())),
        Some(view) if view.key.is_empty() && !view.hides_deleted => {
            Ok((names.into_iter().fold(table, Table::also_named), Vec::new()))
        }
        Some(view) => {
            let columns: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
            let sql = view.sql(&format!("\"{}\"", table.name()), &columns);
            let views = names.map(|name| View { name, sql: sql.clone() });
            Ok((table, views.into()))
        }
    }
}

fn view_of(lake: &Lake, publication: &Publication) -> Result<Option<LatestView>, Failure> {
    if publication.dataset() != carelake_loads::ROOM.name {
        return Ok(None);
    }
    let pointer = publish::current(&*lake.output, publication)?;
    // What another publication of the room keeps there is no state of a table.
    Ok(TableState::of(pointer.as_ref(), &publication.path()).ok().flatten().and_then(|state| state.latest))
}
