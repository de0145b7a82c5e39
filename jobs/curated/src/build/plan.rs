//! What a build would do, without doing it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::error::BuildError;
use super::extent::Extent;
use super::inputs::{InputSet, Table};
use super::state::State;
use super::world::World;
use crate::config::{Curated, Model};
use crate::standings::values;

/// What a build would do with a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The model.
    pub model: String,
    /// `full`, `partitions`, `runs`, `unchanged`, `missing`; `after` where what it is made of is built first.
    pub action: &'static str,
    /// Why.
    pub reason: String,
    /// Bytes of what it would read.
    pub bytes: u64,
    /// Rows of what it would read.
    pub rows: u64,
}

/// Returns what a build of models would do. Nothing is written, nothing is pinned.
///
/// # Errors
/// [`BuildError`] when what is served cannot be read.
pub fn plan(
    world: &World<'_>,
    curated: &Curated,
    models: &[&Model],
    as_of: Date,
    is_full: bool,
) -> Result<Vec<Planned>, BuildError> {
    let set = InputSet::look(world, curated, models)?;
    let vars = values(curated, as_of);
    let mut found: Vec<Planned> = Vec::new();
    for model in models {
        let planned =
            |action, reason: String, (rows, bytes)| Planned { model: model.name.clone(), action, reason, bytes, rows };
        let tables = match tables(world, curated, model, &set) {
            Ok(tables) => tables,
            Err(BuildError::Missing { publication, .. }) => {
                let is_built = models.iter().any(|other| other.publication().path() == publication);
                let action = if is_built { "after" } else { "missing" };
                found.push(planned(action, format!("nothing is served of {publication}"), (0, 0)));
                continue;
            }
            Err(error) => return Err(error),
        };
        let size = (tables.values().map(Table::rows).sum(), tables.values().map(Table::bytes).sum());
        let above = curated
            .below(model)
            .find(|below| found.iter().any(|it| it.model == below.name && it.action != "unchanged"));
        let now = State::now(model, &vars, &tables, as_of);
        let served = set.served(&model.publication());
        let (action, reason) = match above {
            Some(below) => ("full", format!("{} is built first", below.name)),
            None => Extent::of(world, model, &tables, (&now, served), is_full)?.told(model),
        };
        found.push(planned(action, reason, size));
    }
    Ok(found)
}

/// Returns how often each publication that models read was changed: whoever compares two answers knows whether a build is due.
///
/// # Errors
/// [`BuildError`] when what is served cannot be read.
pub fn contents(world: &World<'_>, curated: &Curated, models: &[&Model]) -> Result<BTreeMap<String, u64>, BuildError> {
    Ok(InputSet::look(world, curated, models)?.contents(models))
}

/// Returns the tables that a model reads.
pub(super) fn tables(
    world: &World<'_>,
    curated: &Curated,
    model: &Model,
    set: &InputSet,
) -> Result<BTreeMap<String, Table>, BuildError> {
    model.tables().into_iter().map(|name| Ok((name.to_owned(), set.table(world, curated, model, name)?))).collect()
}
