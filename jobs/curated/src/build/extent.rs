//! How much of a model is made again, and why.

use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Manifest, PublishError, Served, manifest};

use super::error::BuildError;
use super::inputs::Table;
use super::state::{State, came_as};
use super::world::World;
use crate::config::{Increment, Model};
use std::collections::BTreeMap;

/// How much of a model is made again.
#[derive(Debug)]
pub(super) enum Extent {
    /// Nothing: it was made of the same.
    Unchanged,
    /// All of it, and why.
    Full(&'static str),
    /// What follows from the runs that came and went.
    Changed(Vec<Change>),
}

/// What came to a table and what left it.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The table.
    pub(super) table: String,
    /// The runs that came, and those that left and can still be read.
    pub(super) came: Vec<Served>,
    pub(super) left: Vec<Served>,
}

impl Extent {
    /// Returns how much of a model is made again. `now` is what a build would keep.
    pub(super) fn of(
        world: &World<'_>,
        model: &Model,
        tables: &BTreeMap<String, Table>,
        (now, before): (&State, Option<&Served>),
        is_full: bool,
    ) -> Result<Self, BuildError> {
        if is_full {
            return Ok(Self::Full("asked for"));
        }
        let Some(before) = before else { return Ok(Self::Full("nothing is served of it")) };
        let Some(kept) = State::of(before) else { return Ok(Self::Full("it does not say what it was made of")) };
        if kept.was_moved(before) {
            return Ok(Self::Full("what it serves was changed by hand"));
        }
        if kept.identity == now.identity {
            return Ok(Self::Unchanged);
        }
        if kept.fingerprint != now.fingerprint {
            return Ok(Self::Full("the model changed"));
        }
        if kept.as_of != now.as_of {
            return Ok(Self::Full("the day of the build changed"));
        }
        if model.increment == Increment::Full {
            return Ok(Self::Full("its inputs changed"));
        }
        let is_other = |name: &String| kept.tables.get(name) != now.tables.get(name);
        if model.dimensions.iter().any(|dimension| dimension.rebuilds && is_other(&dimension.input)) {
            return Ok(Self::Full("a dimension of it changed"));
        }
        let mut changes = Vec::new();
        for (name, table) in tables.iter().filter(|(name, _)| model.follows(name) && is_other(name)) {
            let (Table::Served(served), Some(read)) = (table, kept.read.get(name)) else {
                return Ok(Self::Full("an input that has no runs changed"));
            };
            let mut change = Change { table: name.clone(), came: Vec::new(), left: Vec::new() };
            for one in served {
                let known = read.get(&one.publication.path());
                let is_new = |manifest: &Manifest| {
                    came_as(manifest).iter().any(|run| !known.is_some_and(|known| known.contains(run)))
                };
                change.came.push(one.only(is_new));
            }
            for (publication, runs) in read {
                let publication = Publication::from_path(publication);
                let still: Vec<RunId> = served
                    .iter()
                    .filter(|one| one.publication == publication)
                    .flat_map(|one| one.manifests.iter().flat_map(came_as))
                    .collect();
                let gone = runs.iter().filter(|run| !still.contains(run));
                let Some(left) = readable(world, &publication, gone)? else {
                    return Ok(Self::Full("rows that left an input are no longer there"));
                };
                change.left.extend(left);
            }
            changes.push(change);
        }
        Ok(Self::Changed(changes))
    }

    /// Returns it in a word and a reason, for people.
    pub(super) fn told(&self, model: &Model) -> (&'static str, String) {
        match self {
            Self::Unchanged => ("unchanged", "same model, same inputs".to_owned()),
            Self::Full(why) => ("full", (*why).to_owned()),
            Self::Changed(changes) => {
                let count = |of: fn(&Change) -> &Vec<Served>| {
                    changes.iter().flat_map(of).map(|served| served.manifests.len()).sum::<usize>()
                };
                let (came, left) = (count(|change| &change.came), count(|change| &change.left));
                let word = if model.increment == Increment::Run { "runs" } else { "partitions" };
                (word, format!("{came} runs came, {left} left"))
            }
        }
    }
}

/// Returns runs that are served no more, as they were; `None` where one was collected since.
fn readable<'r>(
    world: &World<'_>,
    publication: &Publication,
    runs: impl Iterator<Item = &'r RunId>,
) -> Result<Option<Vec<Served>>, BuildError> {
    let mut found = Vec::new();
    for run in runs {
        match manifest(world.store, publication, run) {
            Ok(manifest) => {
                let folder = manifest.folder();
                for file in &manifest.files {
                    match world.store.size(&format!("{folder}/{}", file.path)) {
                        Ok(_) => {}
                        Err(error) if error.is_not_found() => return Ok(None),
                        Err(error) => return Err(error.into()),
                    }
                }
                found.push(together(publication, vec![manifest]));
            }
            Err(PublishError::NoSuchRun { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(found))
}

/// Looks at runs, served or not, as if they were what is served.
pub(super) fn together(publication: &Publication, manifests: Vec<Manifest>) -> Served {
    use carelake_core::publish::{Entry, Pointer, Serves};
    let pointer = Pointer {
        version: manifests.first().map_or(0, |manifest| manifest.version),
        kind: Serves::Log,
        run_id: None,
        manifest: None,
        sequence: 0,
        content: 0,
        runs: manifests.iter().map(Entry::of).collect(),
        state: serde_json::Value::Null,
        helpers: Vec::new(),
        committed_at: manifests.first().map_or(jiff::Timestamp::UNIX_EPOCH, |manifest| manifest.written_at),
        execution: None,
        before: None,
        rolled_back: false,
    };
    Served { publication: publication.clone(), pointer, manifests }
}
