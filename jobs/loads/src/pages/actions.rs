//! What can be done about sources and tables: executions of the definition of the room, as verbs start it too.

use carelake_pipeline::page::{Action, Does, typed};
use carelake_pipeline::pipeline::Failure;

use crate::config::{Source, TablePattern};
use crate::functions::{LoadRequest, answer};
use crate::standing::{SourceLine, TableLine};

/// Returns what can be done about a source.
pub(super) fn of_source(options: &str, source: &Source, line: &SourceLine) -> Result<Vec<Action>, Failure> {
    let (name, counts) = (&line.source, line.counts);
    let whole = |is_reconciled| LoadRequest { reconcile: is_reconciled, ..request(name) };
    let tables = match counts.tables {
        0 => "every table that its catalogue shows is loaded, whole the first time".to_owned(),
        all => format!("{} tables are looked at, and what came since their last loads is loaded", all - counts.gone),
    };
    let mut actions = vec![action(options, (&format!("Load {name}"), tables), &whole(false), "")?];
    if !source.is_dynamodb() && counts.tables > 0 {
        let effect = format!(
            "{} tables are loaded, and those that go by windows are compared with {name} and made equal to it",
            counts.tables - counts.gone
        );
        actions.push(action(
            options,
            (&format!("Compare {name} with its source"), effect),
            &whole(true),
            "--reconcile",
        )?);
    }
    Ok(actions)
}

/// Returns what can be done about a table. One whose name no request can say is left to those of its source.
pub(super) fn of_table(options: &str, source: &Source, line: &TableLine) -> Result<Vec<Action>, Failure> {
    let (name, entry) = (line.name(), &line.entry);
    let (shown, rows) = (format!("{}/{}", line.source, entry.shown()), entry.rows);
    let is_meant = |pattern: TablePattern| pattern.is_exact() && pattern.fits(&entry.database, &entry.table);
    let said = name.split_once('/').and_then(|(_, table)| TablePattern::parse(table));
    if !said.is_some_and(is_meant) {
        return Ok(Vec::new());
    }
    let goes_by_windows = matches!(entry.mode.as_deref(), Some("incremental" | "append" | "xid"));
    let now = if goes_by_windows {
        format!("what came to {shown} since its last load is loaded; it has about {rows} rows")
    } else {
        format!("about {rows} rows of {shown} are read")
    };
    let mut actions = vec![action(options, (&format!("Load {shown}"), now), &request(&name), "")?];
    if goes_by_windows {
        let effect = format!("about {rows} rows of {shown} are read anew, and take the place of what is served");
        let full = LoadRequest { full: true, ..request(&name) };
        actions.push(action(options, (&format!("Load {shown} whole"), effect), &full, "--full")?);
        if !source.is_dynamodb() {
            let effect =
                format!("about {rows} rows of {shown} are compared with the source, and what differs is published");
            let compare = LoadRequest { reconcile: true, ..request(&name) };
            actions.push(action(
                options,
                (&format!("Compare {shown} with its source"), effect),
                &compare,
                "--reconcile",
            )?);
        }
    }
    Ok(actions)
}

fn request(tables: &str) -> LoadRequest {
    LoadRequest { trigger: Some("manual".to_owned()), tables: vec![tables.to_owned()], ..LoadRequest::default() }
}

fn action(
    options: &str,
    (label, effect): (&str, String),
    request: &LoadRequest,
    flag: &str,
) -> Result<Action, Failure> {
    let tables: Vec<String> = request.tables.iter().map(|table| typed(table)).collect();
    let words = ["carelake load", &tables.join(" "), flag, options];
    let command = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let does = Does::Start { definition: "loads".to_owned(), input: answer(request)? };
    Ok(Action { label: label.to_owned(), effect, command, does })
}
