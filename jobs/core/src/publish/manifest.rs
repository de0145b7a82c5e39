//! What is written down about a run, and which run is published.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::PublishError;
use super::layout::Layout;
use crate::account::Account;
use crate::measure::{Loss, Measure};
use crate::names::{Column, Publication, RunId};
use crate::store::{Store, Version};

/// The version of manifest and pointer that this code writes and reads.
pub(super) const FORMAT: u32 = 1;

/// One file that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The source.
    pub source: String,
    /// The file's name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

/// One file that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFile {
    /// Where it is in the folder of the run: `state=FL/source=dac/part-00000.snappy.parquet`.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

/// What a run of a publication consists of. Written once, when every file is there and has been verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub version: u32,
    /// The dataset, or dataset and feed.
    pub publication: String,
    /// The run.
    pub run_id: RunId,
    /// The date that ages and windows were computed against.
    pub as_of: Date,
    /// When the job began.
    pub started_at: Timestamp,
    /// When this was written.
    pub written_at: Timestamp,
    /// The version of carelake.
    pub code_version: String,
    /// The run that was published when this was written; where `rollback` goes.
    pub previous_run_id: Option<RunId>,
    /// Rows in all files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// The columns of every file, in order, without those that the folders tell.
    pub schema: Vec<Column>,
    /// What was read.
    pub inputs: Vec<Input>,
    /// What became of the rows of each source.
    pub counts: BTreeMap<String, Account>,
    /// What the columns of each source held; empty in manifests of before there were measures.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, Measure>,
    /// What was there in the run before and is gone, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// The files, sorted by path.
    pub files: Vec<PartFile>,
    /// How the run is laid out: where the manifest was found tells it.
    #[serde(skip)]
    pub layout: Layout,
}

impl Manifest {
    /// Returns the folder of the files, without a slash at the end.
    #[must_use]
    pub fn folder(&self) -> String {
        self.layout.folder(&Publication::from_path(&self.publication), &self.run_id)
    }
}

/// Which run of a publication is published. Its replacement is the moment of publishing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The version of this format.
    pub version: u32,
    /// The run.
    pub run_id: RunId,
    /// Where its manifest is, from the folder of the publication.
    pub manifest: String,
    /// How often the pointer was moved, from 1. It grows even when a rollback moves it to an older run.
    pub sequence: u64,
    /// When it was moved here.
    pub published_at: Timestamp,
    /// The run that it named before.
    pub previous_run_id: Option<RunId>,
    /// Whether a rollback moved it here from a newer run, or past one that is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
}

impl Pointer {
    /// Makes the pointer that follows another, naming this run.
    pub(super) fn after(last: Option<&Self>, run_id: &RunId, layout: Layout, now: Timestamp) -> Self {
        Self {
            version: FORMAT,
            run_id: run_id.clone(),
            manifest: layout.manifest(run_id),
            sequence: last.map_or(0, |last| last.sequence) + 1,
            published_at: now,
            previous_run_id: last.map(|last| last.run_id.clone()),
            rolled_back: false,
        }
    }

    /// Returns the folder of the files of the run, without a slash at the end.
    #[must_use]
    pub fn folder(&self, publication: &Publication) -> String {
        Layout::of_pointed(&self.manifest).folder(publication, &self.run_id)
    }
}

/// Returns which run is published; `None` before the first.
///
/// # Errors
/// [`PublishError::Store`] or [`PublishError::Unreadable`].
pub fn current(store: &dyn Store, publication: &Publication) -> Result<Option<Pointer>, PublishError> {
    Ok(versioned_pointer(store, publication)?.map(|(pointer, _)| pointer))
}

/// Returns the manifest of a complete run.
///
/// # Errors
/// [`PublishError::NoSuchRun`] when there is no such run or it is not complete; [`PublishError::Store`] or
/// [`PublishError::Unreadable`].
pub fn manifest(store: &dyn Store, publication: &Publication, run_id: &RunId) -> Result<Manifest, PublishError> {
    for layout in Layout::ALL {
        let key = layout.manifest_key(publication, run_id);
        match store.read(&key) {
            Ok(bytes) => {
                let found = decode(store, &key, &bytes, |manifest: &Manifest| manifest.version)?;
                return Ok(Manifest { layout, ..found });
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PublishError::NoSuchRun { publication: publication.clone(), run_id: run_id.clone() })
}

/// Returns the pointer and the state in which it was read.
pub(super) fn versioned_pointer(
    store: &dyn Store,
    publication: &Publication,
) -> Result<Option<(Pointer, Version)>, PublishError> {
    let key = publication.pointer_key();
    let Some((bytes, version)) = store.read_versioned(&key)? else { return Ok(None) };
    Ok(Some((decode(store, &key, &bytes, |pointer: &Pointer| pointer.version)?, version)))
}

/// Writes for people: indented, with a newline at the end.
pub(super) fn encode(document: &impl Serialize) -> Result<Vec<u8>, PublishError> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|cause| PublishError::Encode { cause })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    bytes: &[u8],
    version: impl Fn(&T) -> u32,
) -> Result<T, PublishError> {
    let document = serde_json::from_slice(bytes);
    let document: T =
        document.map_err(|cause| PublishError::Unreadable { place: store.describe(), key: key.to_owned(), cause })?;
    match version(&document) {
        FORMAT => Ok(document),
        version => Err(PublishError::Newer { place: store.describe(), key: key.to_owned(), version }),
    }
}
