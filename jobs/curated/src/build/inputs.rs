//! The input set: what every table that is read served when the build began.

use std::collections::BTreeMap;

use carelake_core::hex;
use carelake_core::ledger::Pins;
use carelake_core::names::Publication;
use carelake_core::publish::{Entry, Input as ManifestInput, Served, publications};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::BuildError;
use super::world::World;
use crate::config::{Curated, From, Kind, Model};
use crate::engine::{Tables, given, scan};

/// How long what a build reads is kept for it.
const PINNED: SignedDuration = SignedDuration::from_hours(24);

/// What one table is.
#[derive(Debug, Clone)]
pub(super) enum Table {
    /// Publications, as they were served; several of a pattern.
    Served(Vec<Served>),
    /// A file of the configuration, and its hash.
    Seed { text: String, sha256: String },
}

/// What every table that is read served when the build began.
#[derive(Debug, Default)]
pub(super) struct InputSet {
    publications: BTreeMap<String, Option<Served>>,
    patterns: BTreeMap<String, Vec<Served>>,
}

impl InputSet {
    /// Looks at all that models read, and pins it.
    pub(super) fn take(world: &World<'_>, curated: &Curated, models: &[&Model]) -> Result<Self, BuildError> {
        let set = Self::look(world, curated, models)?;
        set.pin(world)?;
        Ok(set)
    }

    /// Looks at all that models read, and at what they serve themselves.
    pub(super) fn look(world: &World<'_>, curated: &Curated, models: &[&Model]) -> Result<Self, BuildError> {
        let mut set = Self::default();
        for model in models {
            set.add(world, &model.publication().path())?;
        }
        let tables = models
            .iter()
            .flat_map(|model| model.tables().into_iter().chain(model.asked()).map(move |name| (model, name)));
        for (model, name) in tables {
            match model.input(name).map(|input| &input.from) {
                Some(From::Publication(text)) => set.add(world, &named(world, text))?,
                Some(From::Pattern(pattern)) => {
                    set.add_pattern(world, &pattern.replace("{tenant}", &world.scope.to_string()))?
                }
                None if curated.seeds.contains_key(name) && !curated.models.iter().any(|model| model.name == name) => {}
                None => set.add(world, &format!("curated/{name}"))?,
            }
        }
        Ok(set)
    }

    fn add(&mut self, world: &World<'_>, name: &str) -> Result<(), BuildError> {
        if !self.publications.contains_key(name) {
            let served = Served::of(world.store, &Publication::from_path(name))?;
            self.publications.insert(name.to_owned(), served);
        }
        Ok(())
    }

    fn add_pattern(&mut self, world: &World<'_>, pattern: &str) -> Result<(), BuildError> {
        if self.patterns.contains_key(pattern) {
            return Ok(());
        }
        let fixed = pattern.split('*').next().unwrap_or_default();
        let folder = fixed.rsplit_once('/').map_or_else(String::new, |(folder, _)| format!("{folder}/"));
        let mut names: Vec<Publication> = publications(world.store, &folder)?;
        names.retain(|name| fits(pattern, &name.path()));
        names.sort();
        let found = names.iter().map(|name| Served::of(world.store, name)).collect::<Result<Vec<_>, _>>()?;
        self.patterns.insert(pattern.to_owned(), found.into_iter().flatten().collect());
        Ok(())
    }

    /// Returns how often what is read was changed, by publication; what is built meanwhile is left out.
    pub(super) fn contents(&self, models: &[&Model]) -> BTreeMap<String, u64> {
        let is_own = |served: &Served| models.iter().any(|model| model.publication() == served.publication);
        let read = self.all().filter(|served| !is_own(served));
        read.map(|served| (served.publication.path(), served.pointer.content)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Served> {
        self.publications.values().flatten().chain(self.patterns.values().flatten())
    }

    fn pin(&self, world: &World<'_>) -> Result<(), BuildError> {
        let (pins, now) = (Pins::new(world.ledger), (world.now)());
        for served in self.all() {
            let runs = served.manifests.iter().map(|manifest| &manifest.run_id);
            pins.pin(&served.publication, &world.owner, runs, now + PINNED, now)?;
        }
        Ok(())
    }

    /// Lets go of what was pinned.
    pub(super) fn release(&self, world: &World<'_>) -> Result<(), BuildError> {
        let (pins, now) = (Pins::new(world.ledger), (world.now)());
        for served in self.all() {
            pins.release(&served.publication, &world.owner, now)?;
        }
        Ok(())
    }

    /// Takes what a model serves from now on.
    pub(super) fn built(&mut self, world: &World<'_>, model: &Model) -> Result<(), BuildError> {
        let publication = model.publication();
        let served = Served::of(world.store, &publication)?;
        self.publications.insert(publication.path(), served);
        Ok(())
    }

    /// Returns what a publication served, if anything.
    pub(super) fn served(&self, publication: &Publication) -> Option<&Served> {
        self.publications.get(&publication.path())?.as_ref()
    }

    /// Returns what a name in SQL means in a model.
    pub(super) fn table(
        &self,
        world: &World<'_>,
        curated: &Curated,
        model: &Model,
        name: &str,
    ) -> Result<Table, BuildError> {
        let missing = |publication: String| BuildError::Missing { model: model.name.clone(), publication };
        let path = match model.input(name).map(|input| &input.from) {
            Some(From::Publication(text)) => named(world, text),
            Some(From::Pattern(pattern)) => {
                let pattern = pattern.replace("{tenant}", &world.scope.to_string());
                let found = self.patterns.get(&pattern).filter(|found| !found.is_empty()).cloned();
                return found.map(Table::Served).ok_or_else(|| missing(pattern));
            }
            None => match curated.seeds.get(name).filter(|_| !curated.models.iter().any(|model| model.name == name)) {
                Some(path) => return seed(world, path),
                None => format!("curated/{name}"),
            },
        };
        let served = self.publications.get(&path).and_then(Option::as_ref).cloned();
        // One of which every run was taken out has no columns either.
        let served = served.filter(|served| !served.manifests.is_empty());
        served.map(|served| Table::Served(vec![served])).ok_or_else(|| missing(path))
    }
}

fn named(world: &World<'_>, text: &str) -> String {
    text.replace("{tenant}", &world.scope.to_string())
}

fn seed(world: &World<'_>, path: &str) -> Result<Table, BuildError> {
    let text = std::fs::read_to_string(world.folder.join(path))
        .map_err(|cause| BuildError::File { path: path.to_owned(), cause })?;
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    Ok(Table::Seed { text, sha256 })
}

/// Returns whether a name fits a pattern, in which a star is anything but a `/`.
fn fits(pattern: &str, name: &str) -> bool {
    let (patterns, names): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), name.split('/').collect());
    patterns.len() == names.len() && patterns.iter().zip(names).all(|(pattern, name)| part_fits(pattern, name))
}

fn part_fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name
            .strip_prefix(start)
            .is_some_and(|left| (0..=left.len()).any(|at| left.get(at..).is_some_and(|left| part_fits(rest, left)))),
    }
}

impl Table {
    /// Returns the table as rows. `curated` tells the types of columns that folders tell of models.
    pub(super) fn frame(
        &self,
        world: &World<'_>,
        curated: &Curated,
        model: &str,
    ) -> Result<polars::prelude::LazyFrame, BuildError> {
        let failed = |cause| BuildError::Engine { model: model.to_owned(), cause };
        match self {
            Self::Seed { text, .. } => given(text).map_err(failed),
            Self::Served(served) => {
                let folders = served.iter().flat_map(|one| folders(curated, &one.publication)).collect::<Vec<_>>();
                scan(world.store, served, &folders).map_err(failed)
            }
        }
    }

    /// Returns what its rows follow from, in one line.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Seed { sha256, .. } => format!("seed {sha256}"),
            Self::Served(served) => {
                let run = |manifest: &carelake_core::publish::Manifest| match manifest.joined.as_slice() {
                    [] => vec![format!("{} {}", manifest.run_id, manifest.rows)],
                    // What joined runs hold is what they held before.
                    joined => joined.iter().map(|run| format!("{} {}", run.run_id, run.rows)).collect(),
                };
                let one = |served: &Served| {
                    let runs: Vec<String> = served.manifests.iter().flat_map(run).collect();
                    format!("{} [{}]", served.publication, runs.join(", "))
                };
                served.iter().map(one).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Returns what manifests say of it.
    pub(super) fn inputs(&self) -> Vec<ManifestInput> {
        let Self::Served(served) = self else { return Vec::new() };
        let input = |served: &Served| ManifestInput::Publication {
            publication: served.publication.clone(),
            content: served.pointer.content,
            runs: served.manifests.iter().map(|manifest| manifest.run_id.clone()).collect(),
        };
        served.iter().map(input).collect()
    }

    /// Returns rows and bytes that there are, with the hashes of the manifests.
    pub(super) fn told(&self, world: &World<'_>) -> Result<Value, BuildError> {
        match self {
            Self::Seed { sha256, text } => Ok(json!({ "seed": true, "bytes": text.len(), "sha256": sha256 })),
            Self::Served(served) => {
                let mut manifests = Vec::new();
                for (one, manifest) in served.iter().flat_map(|one| one.manifests.iter().map(move |it| (one, it))) {
                    let key = format!("{}/{}", one.publication, Entry::of(manifest).manifest);
                    manifests.push(
                        json!({ "run_id": manifest.run_id, "sha256": hex(&Sha256::digest(world.store.read(&key)?)) }),
                    );
                }
                Ok(json!({ "rows": self.rows(), "bytes": self.bytes(), "manifests": manifests }))
            }
        }
    }

    /// Returns its rows.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Seed { .. } => 0,
            Self::Served(served) => served.iter().flat_map(|one| &one.manifests).map(|manifest| manifest.rows).sum(),
        }
    }

    /// Returns the bytes of its files.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Seed { text, .. } => text.len() as u64,
            Self::Served(served) => served.iter().flat_map(|one| &one.manifests).map(|manifest| manifest.bytes).sum(),
        }
    }
}

/// Returns the types of the columns of a model that folders tell.
pub(super) fn folders(curated: &Curated, publication: &Publication) -> Vec<(String, Kind)> {
    let model = curated.models.iter().find(|model| model.publication() == *publication);
    let columns = model.and_then(|model| model.columns.as_ref());
    let columns = columns.into_iter().flatten().map(|column| (column.name.clone(), column.kind.clone()));
    columns.filter(|(name, _)| model.is_some_and(|model| model.output.partition_by.contains(name))).collect()
}

/// Returns the tables of a model as rows, by their names.
pub(super) fn frames(
    world: &World<'_>,
    curated: &Curated,
    model: &Model,
    tables: &BTreeMap<String, Table>,
) -> Result<Tables, BuildError> {
    tables.iter().map(|(name, table)| Ok((name.clone(), table.frame(world, curated, &model.name)?))).collect()
}
