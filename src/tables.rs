//! What `query` can be asked about: a table for each dataset, one for each feed, one for all feeds of partners, and the rejected rows.
//!
//! A feed answers to the name that every verb takes, `"hospitals/FEED"`, and to `hospitals__FEED`, which needs no quotes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::names::{Publication, RunId};
use carelake_pipeline::publications as declared;
use carelake_query::{Column, DataFile, Kind, QueryError, Table, View};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::now;
use crate::publications;
use crate::published::{Run, all_served, served, unanswered, union, unreadable};
use crate::registry;
use crate::tenant::SHARED;
use crate::views::{self, Views};

/// The table of the rejected rows.
pub(crate) const REJECTS: &str = "rejects";

/// The columns of [`REJECTS`] and what they hold. The row itself, which may be protected health information, is none of them.
const REJECTS_COLUMNS: [(&str, &str); 7] = [
    ("publication", "the publication that the row was refused for"),
    ("run_id", "the last run that tried the publication"),
    ("source", "source that the row was read from"),
    ("file", "the file that the row was read from"),
    ("line", "line of the file in which the row starts, from 1"),
    ("rule", "the rule that the row broke"),
    ("column", "the column that broke it, if one did"),
];

/// The tables, and why others are none.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub known: Vec<Arc<Table>>,
    /// Questions to them that have names of their own.
    pub views: Vec<View>,
    /// What was never published.
    absent: Vec<String>,
    /// What is damaged: told to who asks for it, while the others are answered.
    pub(crate) broken: Vec<(String, Failure)>,
}

impl Tables {
    /// Finds the tables. Files of rejected rows are looked for only when they are asked for: the ledger tells which these are.
    pub(crate) fn find(lake: &Lake, with_rejects: bool) -> Result<Self, Failure> {
        let mut tables = Self::default();
        for dataset in registry::datasets().filter(|dataset| lake.config.dataset(dataset.name).is_some()) {
            tables.add_dataset(lake, dataset.name)?;
        }
        let mut views = Views::default();
        for publication in publications::of_files(lake)? {
            let runs = match all_served(lake, &publication) {
                Ok(Some(runs)) if !runs.is_empty() => runs,
                // A list may have lost all of its runs.
                Ok(_) => {
                    tables.absent.extend(names(&publication));
                    continue;
                }
                Err(failure) => {
                    views.lacks(&publication, &failure);
                    tables.broken.push((publication.path(), failure));
                    continue;
                }
            };
            match union(lake, &publication.path(), &runs.iter().collect::<Vec<_>>()) {
                Ok(table) => {
                    let (table, latest) = now::of_log(lake, &publication, table.also_named(publication.alias()))?;
                    tables.known.push(Arc::new(table));
                    tables.views.extend(latest);
                }
                Err(failure) => tables.broken.push((publication.path(), failure)),
            }
            views.add(runs);
        }
        views.find(lake, &mut tables);
        let files = if with_rejects { rejected_files(lake) } else { Ok(Vec::new()) };
        let files = files.unwrap_or_else(|failure| {
            tables.broken.push((REJECTS.to_owned(), failure));
            Vec::new()
        });
        if !tables.is_broken(REJECTS) && (with_rejects || !tables.known.is_empty()) {
            tables.known.push(Arc::new(rejects(files)));
        }
        Ok(tables)
    }

    /// Adds what is outside of every tenant, each table under its name there after `shared:`.
    pub(crate) fn add_shared(&mut self, shared: Self) {
        let named = |name: &str| format!("{SHARED}{name}");
        let shared_names: Vec<String> = shared.known.iter().map(|table| table.name().to_owned()).collect();
        let tables = shared.known.into_iter().filter(|table| table.name() != REJECTS).filter_map(Arc::into_inner);
        self.known.extend(tables.map(|table| {
            let name = named(table.name());
            Arc::new(table.renamed(name))
        }));
        // A question names its log, which has another name here.
        let view = |view: View| {
            let log = shared_names.iter().find(|log| view.sql.contains(&quoted(log)));
            let sql = log.map_or_else(|| view.sql.clone(), |log| view.sql.replace(&quoted(log), &quoted(&named(log))));
            View { name: named(&view.name), sql }
        };
        self.views.extend(shared.views.into_iter().map(view));
        self.absent.extend(shared.absent.iter().map(|name| named(name)));
        self.broken.extend(shared.broken.into_iter().map(|(name, failure)| (named(&name), failure)));
    }

    fn add_dataset(&mut self, lake: &Lake, dataset: &str) -> Result<(), Failure> {
        let mut runs: Vec<Run> = Vec::new();
        let publications = lake.named(dataset)?;
        for publication in &publications {
            match served(lake, publication) {
                Ok(Some(run)) => runs.push(run),
                Ok(None) => self.absent.extend(names(publication)),
                Err(failure) if failure.kind == ErrorKind::STORAGE => {
                    self.broken.extend(names(publication).into_iter().map(|name| (name, failure.clone())));
                    self.broken.push((dataset.to_owned(), failure));
                }
                Err(failure) => return Err(failure),
            }
        }
        if runs.is_empty() {
            self.absent.push(dataset.to_owned());
        } else if !self.is_broken(dataset) {
            self.known.push(Arc::new(union(lake, dataset, &runs.iter().collect::<Vec<_>>())?));
        }
        for run in runs.iter().filter(|run| run.publication.feed().is_some()) {
            let mut table = union(lake, &run.publication.path(), &[run])?;
            for alias in names(&run.publication).into_iter().skip(1) {
                table = table.also_named(alias);
            }
            self.known.push(Arc::new(table));
        }
        Ok(())
    }

    /// Returns the table of a name, which SQL writes in any case.
    pub(crate) fn named(&self, name: &str) -> Option<&Table> {
        self.known.iter().find(|table| table.is_named(name)).map(|table| &**table)
    }

    /// Returns the table whose columns a name has: its own, or those of the log that a view asks.
    pub(crate) fn of_columns(&self, name: &str) -> Option<&Table> {
        let view = self.views.iter().find(|view| view.name.eq_ignore_ascii_case(name));
        let log = view.and_then(|view| view.name.strip_suffix(now::LATEST));
        self.named(name).or_else(|| self.named(log?))
    }

    /// Returns the views by their first names, each with the log that it asks.
    pub(crate) fn listed_views(&self) -> impl Iterator<Item = (&str, &Table)> {
        let views = self.views.iter().filter(|view| view.name.contains('/'));
        views.filter_map(|view| Some((view.name.as_str(), self.of_columns(&view.name)?)))
    }

    /// Says why a question was not answered.
    pub(crate) fn explain(&self, lake: &Lake, error: QueryError) -> Failure {
        let QueryError::UnknownTable { name, .. } = &error else { return unanswered(error) };
        let name = name.clone();
        if let Some((_, failure)) = self.broken.iter().find(|(broken, _)| broken.eq_ignore_ascii_case(&name)) {
            return failure.clone();
        }
        let failure = unanswered(error);
        if self.absent.iter().any(|absent| absent.eq_ignore_ascii_case(&name)) {
            return failure.advise(format!("{name} was never published into {}", lake.output.describe()));
        }
        failure
    }

    fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|(broken, _)| broken == name)
    }
}

/// Returns what a table is.
pub(crate) fn purpose(table: &Table) -> &'static str {
    match table.name() {
        REJECTS => "rows refused by the last run that tried each publication",
        name if name.starts_with("files/") => "files, as they were published",
        name if name.starts_with("loads/") && name.ends_with("/_schemas") => {
            "what changed about the tables of a source"
        }
        name if name.starts_with("loads/") => "a table of a source, each version of its rows",
        name if name.contains('/') => "a feed, as it is published",
        name if views::is_one(name) => "all feeds of partners, as they were sent",
        _ => "a dataset, with all its feeds",
    }
}

/// What a view is.
pub(crate) const NOW: &str = "the rows that a source has now, asked of their log";

/// Returns what a column of a table holds; nothing is said of a column that the datasets no longer have.
pub(crate) fn meaning(table: &Table, column: &str) -> Cow<'static, str> {
    if table.name() == REJECTS {
        let found = REJECTS_COLUMNS.iter().find(|(name, _)| *name == column);
        return Cow::Borrowed(found.map_or("", |(_, meaning)| meaning));
    }
    match meaning_in(Publication::from_path(table.name()).dataset(), column) {
        "" => Cow::Owned(views::meaning(table.name(), column)),
        meaning => Cow::Borrowed(meaning),
    }
}

/// Returns what a column of a dataset holds.
pub(crate) fn meaning_in(dataset: &str, column: &str) -> &'static str {
    carelake_facts::meaning(registry::ROOMS.0, dataset, column)
}

/// Returns the names of a publication's table, the publication's own first.
fn names(publication: &Publication) -> Vec<String> {
    match publication.feed() {
        None => vec![publication.dataset().to_owned()],
        Some(feed) => vec![publication.path(), format!("{}__{feed}", publication.dataset())],
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Makes the table of rejected rows.
fn rejects(files: Vec<DataFile>) -> Table {
    let columns = vec![
        Column::new("file", Kind::Text).stored_as("source_file"),
        Column::new("line", Kind::Integer),
        Column::new("rule", Kind::Text),
        Column::new("column", Kind::Text),
    ];
    Table::new(REJECTS, &["publication", "run_id", "source"], columns, files)
}

/// Finds the rejected rows of the last run that tried each publication.
fn rejected_files(lake: &Lake) -> Result<Vec<DataFile>, Failure> {
    let folder = lake.rejects_folder()?;
    let mut files = Vec::new();
    for (publication, run) in last_tries(lake)? {
        let prefix = format!("{publication}/{run}/");
        for object in lake.rejects.list(&prefix)? {
            let source = object.key.strip_prefix(&prefix).and_then(|name| name.split('.').next()).unwrap_or_default();
            let partition = [publication.path(), run.to_string(), source.to_owned()].map(Some).to_vec();
            files.push(DataFile::open(folder.join(&object.key), partition).map_err(unreadable)?);
        }
    }
    Ok(files)
}

/// Returns the last run that tried each publication; none where nothing was ever run.
fn last_tries(lake: &Lake) -> Result<BTreeMap<Publication, RunId>, Failure> {
    let mut found = BTreeMap::new();
    let Some(ledger) = lake.ledger_if_any()? else { return Ok(found) };
    let all = declared(&lake.config);
    for run in ledger.runs(1_000)? {
        for entry in ledger.dataset_runs(&run.run_id)? {
            found.entry(entry.publication).or_insert_with(|| run.run_id.clone());
        }
        if all.iter().all(|publication| found.contains_key(publication)) {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_meaning_and_rejected_rows_are_no_column() {
        let table = rejects(Vec::new());
        let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, REJECTS_COLUMNS.map(|(name, _)| name));
        for dataset in registry::datasets() {
            let columns = Column::of_schema(&dataset.table.schema()).unwrap();
            let table = Table::new(dataset.name, &["state", "source"], columns, Vec::new());
            assert!(table.columns().iter().all(|column| !meaning(&table, &column.name).is_empty()), "{}", dataset.name);
        }
    }
}
