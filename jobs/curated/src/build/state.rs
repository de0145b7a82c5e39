//! What a model keeps beside its pointer: what its rows were made of. Rows and state are one commit.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::names::RunId;
use carelake_core::publish::{Entry, Served};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::identity::identity;
use super::inputs::Table;
use crate::config::Model;
use crate::standings::fingerprint;

/// The runs of a table, each by the name under which it came, by publication.
pub(super) type Runs = BTreeMap<String, BTreeSet<RunId>>;

/// What the rows that are served were made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// What all of the rows follow from.
    pub(super) identity: String,
    /// What of it is the model.
    pub(super) fingerprint: String,
    /// What of it is each table.
    pub(super) tables: BTreeMap<String, String>,
    /// The day, of a model whose rows depend on it.
    pub(super) as_of: Option<Date>,
    /// The runs of the tables that an increment follows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) read: BTreeMap<String, Runs>,
    /// Whether partitions share parts, since there are more of them than a list may have.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_shared: bool,
    /// The runs that were served after the commit: others were moved by hand.
    pub(super) serves: BTreeSet<RunId>,
}

impl State {
    /// Returns what a build of a model now would keep, but for what it serves.
    pub(super) fn now(
        model: &Model,
        vars: &BTreeMap<String, String>,
        tables: &BTreeMap<String, Table>,
        as_of: Date,
    ) -> Self {
        let fingerprint = fingerprint(model, vars);
        let followed = tables.iter().filter(|(name, _)| model.follows(name));
        Self {
            identity: identity(model, &fingerprint, tables, as_of),
            fingerprint,
            tables: tables.iter().map(|(name, table)| (name.clone(), table.identity())).collect(),
            as_of: model.uses_as_of().then_some(as_of),
            read: followed.map(|(name, table)| (name.clone(), runs(table))).collect(),
            is_shared: false,
            serves: BTreeSet::new(),
        }
    }

    /// Returns what is kept of what is served; nothing of what was not published by this room.
    pub(super) fn of(served: &Served) -> Option<Self> {
        let kept: Option<Self> = serde_json::from_value(served.pointer.state.clone()).ok();
        kept.filter(|kept| !kept.identity.is_empty())
    }

    /// Returns it as the pointer has it, serving these.
    pub(super) fn serving(&self, runs: impl Iterator<Item = RunId>) -> Value {
        let state = Self { serves: runs.collect(), ..self.clone() };
        serde_json::to_value(state).unwrap_or_default()
    }

    /// Returns whether runs of the list were taken out, put in or joined by somebody else.
    pub(super) fn was_moved(&self, served: &Served) -> bool {
        let list = &served.pointer.runs;
        list.len() != self.serves.len() || list.iter().any(|entry| !self.serves.contains(&entry.run_id))
    }
}

/// Returns the runs of a table.
fn runs(table: &Table) -> Runs {
    let Table::Served(served) = table else { return Runs::new() };
    let of = |one: &Served| (one.publication.path(), one.manifests.iter().flat_map(came_as).collect());
    served.iter().map(of).collect()
}

/// Returns the names under which the rows of a run came: joined runs are what they were before.
pub(super) fn came_as(manifest: &carelake_core::publish::Manifest) -> Vec<RunId> {
    match manifest.joined.as_slice() {
        [] => vec![manifest.run_id.clone()],
        joined => joined.iter().map(|run| run.run_id.clone()).collect(),
    }
}

/// Returns the part that an entry is.
pub(super) fn part_of(entry: &Entry) -> &str {
    entry.part.as_deref().unwrap_or_default()
}
