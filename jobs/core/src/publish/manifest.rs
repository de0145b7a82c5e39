//! What is written down about a run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{decode, version};
use super::error::PublishError;
use super::input::{FileInput, Input, of_any_version};
use super::layout::Layout;
use crate::account::Account;
use crate::measure::{Loss, Measure};
use crate::names::{Column, Publication, RunId};
use crate::store::Store;

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

/// A run whose rows another run took in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The run.
    pub run_id: RunId,
    /// What it was made from.
    pub origin: String,
    /// Its rows.
    pub rows: u64,
}

/// What a run of a publication consists of. Written once, when every file is there and has been verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub version: u32,
    /// The publication.
    pub publication: String,
    /// The run.
    pub run_id: RunId,
    /// The execution that made it; `None` in manifests of the first version, where run and execution have one id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// What the rows were made from, in one word of the room: a delivery, a window, a day; empty where the room has no such word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// What made it: runs of one maker are compared with each other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub made_by: String,
    /// The part of the publication that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The runs that it took in, in order; none of a run that was made from its inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Joined>,
    /// The date that ages and windows were computed against.
    pub as_of: Date,
    /// When the job began.
    pub started_at: Timestamp,
    /// When this was written.
    pub written_at: Timestamp,
    /// The version of carelake.
    pub code_version: String,
    /// The run that was published when this was written.
    pub previous_run_id: Option<RunId>,
    /// Rows in all files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// The columns of every file, in order, without those that the folders tell.
    pub schema: Vec<Column>,
    /// What was read.
    #[serde(deserialize_with = "of_any_version")]
    pub inputs: Vec<Input>,
    /// What became of the rows of each source.
    pub counts: BTreeMap<String, Account>,
    /// What the columns of each source held; empty in manifests of before there were measures.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, Measure>,
    /// What was there in the run before and is gone, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What the room tells besides, without a value from the data.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
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

    /// Returns the files that were read.
    pub fn input_files(&self) -> impl Iterator<Item = &FileInput> {
        self.inputs.iter().filter_map(Input::as_file)
    }

    /// Returns whether the run holds the rows of another: it is that run, or took it in.
    #[must_use]
    pub fn holds(&self, run_id: &RunId) -> bool {
        self.run_id == *run_id || self.joined.iter().any(|joined| joined.run_id == *run_id)
    }
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
                version(store, &key, &bytes)?;
                return Ok(Manifest { layout, ..decode(store, &key, &bytes)? });
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PublishError::NoSuchRun { publication: publication.clone(), run_id: run_id.clone() })
}
