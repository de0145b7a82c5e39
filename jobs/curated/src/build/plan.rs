//! What a build would do, without doing it.

use std::collections::BTreeMap;

use carelake_core::publish::Served;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::error::BuildError;
use super::identity::{fingerprint, identity};
use super::inputs::{InputSet, Table};
use super::world::{World, values};
use crate::config::{Curated, Model};

/// What a build would do with a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The model.
    pub model: String,
    /// `full`, `unchanged`, `missing`; `after` where what it is made of is built first.
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
        let own = fingerprint(model, &vars);
        let served = set.served(&model.publication());
        let found_identity = served.and_then(|served| said(served, "identity"));
        let (action, reason) = if let Some(below) = above {
            ("full", format!("{} is built first", below.name))
        } else if is_full {
            ("full", "asked for".to_owned())
        } else if served.is_none() {
            ("full", "nothing is served of it".to_owned())
        } else if found_identity.as_deref() == Some(&identity(model, &own, &tables, as_of)) {
            ("unchanged", "same model, same inputs".to_owned())
        } else if served.and_then(|served| said(served, "fingerprint")).as_deref() != Some(&own) {
            ("full", "the model changed".to_owned())
        } else if model.uses_as_of()
            && served.and_then(|served| said(served, "inputs_identity")) == Some(inputs_identity(&tables))
        {
            ("full", "the day of the build changed".to_owned())
        } else {
            ("full", "its inputs changed".to_owned())
        };
        found.push(planned(action, reason, size));
    }
    Ok(found)
}

/// Returns what the run that is served says of itself.
pub(super) fn said(served: &Served, member: &str) -> Option<String> {
    served.manifests.last()?.details.get(member).and_then(Value::as_str).map(str::to_owned)
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

/// Returns the identity of the inputs alone.
pub(super) fn inputs_identity(tables: &BTreeMap<String, Table>) -> String {
    tables.iter().map(|(name, table)| format!("{name}: {}", table.identity())).collect::<Vec<_>>().join("\n")
}
