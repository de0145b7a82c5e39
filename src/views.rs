//! All feeds of partners as one table for each common table: columns by name, and what a feed does not have is null.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::names::Publication;
use carelake_intake::common::{PERSONS, encounters, persons};
use carelake_intake::publish::{ROOM, views};
use carelake_matching::config::Matching;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::published::{Run, union};
use crate::registry;
use crate::tables::Tables;

/// The feeds by common table.
#[derive(Debug, Default)]
pub(crate) struct Views {
    runs: BTreeMap<String, Vec<Run>>,
    /// What matchers publish of feeds of persons: by matcher and feed.
    repaired: BTreeMap<(String, String), Vec<Run>>,
    lacking: BTreeMap<String, Failure>,
}

impl Views {
    /// Adds what a publication serves, if it is of a feed of partners.
    pub(crate) fn add(&mut self, runs: Vec<Run>) {
        for run in runs {
            let path = run.publication.path();
            if let Some(table) = table_of(&path).map(str::to_owned) {
                self.runs.entry(table).or_default().push(run);
            } else if let Some((matcher, feed)) = repaired_of(&path) {
                self.repaired.entry((matcher.to_owned(), feed.to_owned())).or_default().push(run);
            }
        }
    }

    /// Notes that what a publication serves cannot be read: what all feeds have is not known without it.
    pub(crate) fn lacks(&mut self, publication: &Publication, failure: &Failure) {
        let path = publication.path();
        let table = table_of(&path).or_else(|| repaired_of(&path).map(|_| PERSONS));
        if let Some(table) = table {
            self.lacking.insert(table.to_owned(), failure.clone());
        }
    }

    /// Makes a table of each. A name that a dataset has stays the dataset's.
    pub(crate) fn find(self, lake: &Lake, tables: &mut Tables) {
        tables.broken.extend(self.lacking.clone());
        let serving: Vec<String> = Matching::of_config(&lake.config)
            .map(|section| section.matchers.into_iter().filter(|matcher| matcher.serves).map(|it| it.name).collect())
            .unwrap_or_default();
        let repaired = self.repaired.iter().filter(|((matcher, _), _)| serving.contains(matcher));
        let repaired: BTreeMap<&str, &Vec<Run>> = repaired.map(|((_, feed), runs)| (feed.as_str(), runs)).collect();
        let whole = self.runs.iter().filter(|(name, _)| !self.lacking.contains_key(*name) && is_one(name));
        for (name, runs) in whole {
            let others: Vec<String> = views(name).into_iter().filter(|view| view != name).collect();
            let as_sent: Vec<&Run> = runs.iter().collect();
            let now = if name == PERSONS { instead(&as_sent, &repaired) } else { None };
            let made = match now {
                None => union(lake, name, &as_sent)
                    .map(|table| vec![others.iter().cloned().fold(table, carelake_query::Table::also_named)]),
                Some(now) => std::iter::once(union(lake, name, &now))
                    .chain(others.iter().map(|other| union(lake, other, &as_sent)))
                    .collect(),
            };
            match made {
                Ok(made) => tables.known.extend(made.into_iter().map(Arc::new)),
                Err(failure) => tables.broken.push((name.clone(), failure)),
            }
        }
    }
}

/// Returns the runs of feeds with those that a matcher publishes in place of their own; nothing where it publishes none of them.
fn instead<'r>(as_sent: &[&'r Run], repaired: &BTreeMap<&str, &'r Vec<Run>>) -> Option<Vec<&'r Run>> {
    let feed = |run: &Run| run.publication.path().rsplit('/').next().unwrap_or_default().to_owned();
    let feeds: std::collections::BTreeSet<String> = as_sent.iter().map(|run| feed(run)).collect();
    let ours: Vec<&&Vec<Run>> =
        repaired.iter().filter(|(name, _)| feeds.contains(**name)).map(|(_, runs)| runs).collect();
    if ours.is_empty() {
        return None;
    }
    let stays = as_sent.iter().copied().filter(|run| !repaired.contains_key(feed(run).as_str()));
    Some(stays.chain(ours.into_iter().flat_map(|runs| runs.iter())).collect())
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

/// Returns the matcher and the feed that a publication is of in which incomplete rows are repaired.
fn repaired_of(path: &str) -> Option<(&str, &str)> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["matching", matcher, "persons", feed] => Some((matcher, feed)),
        _ => None,
    }
}

/// Returns the common table that a publication of a feed is of.
pub(crate) fn table_of(path: &str) -> Option<&str> {
    let (room, rest) = path.split_once('/')?;
    let (table, _) = rest.split_once('/')?;
    (room == ROOM).then_some(table)
}
