//! Which runs of a publication are served.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{FORMAT, decode, version};
use super::error::PublishError;
use super::layout::Layout;
use super::manifest::{Manifest, manifest};
use crate::names::{Publication, RunId};
use crate::store::{Store, Version};

/// How a publication is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Serves {
    /// One run: the next takes its place.
    #[default]
    Snapshot,
    /// A list of runs: the next is added, or takes the place of its part.
    Log,
}

/// One run that is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The run.
    pub run_id: RunId,
    /// Where its manifest is, from the folder of the publication.
    pub manifest: String,
    /// What its rows were made from.
    #[serde(default)]
    pub origin: String,
    /// What made it.
    #[serde(default)]
    pub made_by: String,
    /// The part of the publication that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The run whose place it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<RunId>,
    /// How many runs it took in; their names are in its manifest. 0 of a run that was made from its inputs.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined: u64,
    /// Its rows.
    pub rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Entry {
    /// Describes a complete run.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            run_id: manifest.run_id.clone(),
            manifest: manifest.layout.manifest(&manifest.run_id),
            origin: manifest.origin.clone(),
            made_by: manifest.made_by.clone(),
            part: manifest.part.clone(),
            replaces: None,
            joined: manifest.joined.len() as u64,
            rows: manifest.rows,
        }
    }

    /// Returns the folder of the files of the run, without a slash at the end.
    #[must_use]
    pub fn folder(&self, publication: &Publication) -> String {
        Layout::of_pointed(&self.manifest).folder(publication, &self.run_id)
    }
}

/// What a publication serves. Its replacement is the moment of publishing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The version of this format.
    pub version: u32,
    /// Whether one run is served or a list.
    pub kind: Serves,
    /// The run of a snapshot, for whoever looks for that alone; nothing of a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Where the manifest of that run is, from the folder of the publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// How often the pointer was moved, from 1. It grows even when a rollback restores an older one.
    pub sequence: u64,
    /// How often the list of runs has changed, from 1: what readers compare.
    pub content: u64,
    /// The runs that are served, in order; exactly one of a snapshot.
    pub runs: Vec<Entry>,
    /// A position of the room's own, which moves with the rows.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub state: Value,
    /// Files of the room's own that belong to the rows, from the folder of the publication.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<String>,
    /// When it was moved here.
    pub committed_at: Timestamp,
    /// The execution that moved it; `None` of a verb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// The sequence at which other runs were served before: where a rollback goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Whether a rollback restored it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
}

/// A pointer as the first version wrote it.
#[derive(Deserialize)]
struct First {
    run_id: RunId,
    manifest: String,
    sequence: u64,
    published_at: Timestamp,
    #[serde(default)]
    rolled_back: bool,
}

impl From<First> for Pointer {
    fn from(first: First) -> Self {
        let First { run_id, manifest, sequence, published_at, rolled_back } = first;
        let entry = Entry {
            run_id: run_id.clone(),
            manifest: manifest.clone(),
            origin: String::new(),
            made_by: String::new(),
            part: None,
            replaces: None,
            joined: 0,
            // The first version does not tell it; its manifest does.
            rows: 0,
        };
        Self {
            version: FORMAT,
            kind: Serves::Snapshot,
            run_id: Some(run_id),
            manifest: Some(manifest),
            sequence,
            content: sequence,
            runs: vec![entry],
            state: Value::Null,
            helpers: Vec::new(),
            committed_at: published_at,
            execution: None,
            before: None,
            rolled_back,
        }
    }
}

impl Pointer {
    /// Returns the run that was added last: the run of a snapshot. `None` of a log without runs.
    #[must_use]
    pub fn last(&self) -> Option<&Entry> {
        self.runs.last()
    }

    /// Returns the entry of a run that is served.
    #[must_use]
    pub fn entry(&self, run_id: &RunId) -> Option<&Entry> {
        self.runs.iter().find(|entry| entry.run_id == *run_id)
    }

    /// Returns the rows that are served. What the first version wrote does not tell; the manifest does.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.runs.iter().map(|entry| entry.rows).sum()
    }
}

/// Returns what is served; `None` before the first run.
///
/// # Errors
/// [`PublishError::Store`], [`PublishError::Unreadable`] or [`PublishError::Newer`].
pub fn current(store: &dyn Store, publication: &Publication) -> Result<Option<Pointer>, PublishError> {
    Ok(versioned_pointer(store, publication)?.map(|(pointer, _)| pointer))
}

/// Returns what is served and the manifest of the run that was added last, which is the run of a snapshot.
///
/// # Errors
/// As [`current`] and [`manifest`].
pub fn current_run(store: &dyn Store, publication: &Publication) -> Result<Option<(Pointer, Manifest)>, PublishError> {
    let Some(pointer) = current(store, publication)? else { return Ok(None) };
    let Some(run_id) = pointer.last().map(|entry| entry.run_id.clone()) else { return Ok(None) };
    let manifest = manifest(store, publication, &run_id)?;
    Ok(Some((pointer, manifest)))
}

/// Returns what is served and the manifest of each of its runs, in order.
///
/// # Errors
/// As [`current`] and [`manifest`].
pub fn current_runs(
    store: &dyn Store,
    publication: &Publication,
) -> Result<Option<(Pointer, Vec<Manifest>)>, PublishError> {
    let Some(pointer) = current(store, publication)? else { return Ok(None) };
    let manifests = pointer.runs.iter().map(|entry| manifest(store, publication, &entry.run_id));
    let manifests = manifests.collect::<Result<_, _>>()?;
    Ok(Some((pointer, manifests)))
}

/// Returns the pointer and the state in which it was read.
pub(super) fn versioned_pointer(
    store: &dyn Store,
    publication: &Publication,
) -> Result<Option<(Pointer, Version)>, PublishError> {
    let key = publication.pointer_key();
    let Some((bytes, version)) = store.read_versioned(&key)? else { return Ok(None) };
    Ok(Some((decode_pointer(store, &key, &bytes)?, version)))
}

/// Reads a pointer of either version.
pub(super) fn decode_pointer(store: &dyn Store, key: &str, bytes: &[u8]) -> Result<Pointer, PublishError> {
    match version(store, key, bytes)? {
        1 => decode::<First>(store, key, bytes).map(Pointer::from),
        _ => decode(store, key, bytes),
    }
}
