//! What is staged of an export, until it is published: below `fhir/_handed/SOURCE/EXPORT` in the place of rejects, since some of it is refused lines.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_core::store::Store;
use serde::{Deserialize, Serialize};

use super::export::Export;
use super::file::Taken;
use crate::config::Source;
use crate::error::FhirError;
use crate::line::Rule;
use crate::rows::{decode, encode};

/// A line that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// The file.
    pub(crate) file: String,
    /// Its line, from 1 on.
    pub(crate) line: u64,
    /// The rule.
    pub(crate) rule: String,
    /// The line, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// The line in base64, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base64: Option<String>,
}

impl Refused {
    pub(crate) fn of(file: &str, line: u64, rule: Rule, bytes: &[u8]) -> Self {
        let (text, base64) = match std::str::from_utf8(bytes) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(STANDARD.encode(bytes))),
        };
        Self { file: file.to_owned(), line, rule: rule.name().to_owned(), text, base64 }
    }
}

/// How the names of files of refused lines end.
const REFUSED: &str = ".refused.ndjson";

fn folder(source: &Source) -> String {
    format!("fhir/_handed/{}/", source.name)
}

/// What is staged of an export.
#[derive(Debug)]
pub struct Handed<'h> {
    store: &'h dyn Store,
    folder: String,
}

impl<'h> Handed<'h> {
    /// Names it.
    #[must_use]
    pub fn of(store: &'h dyn Store, source: &Source, export: &Export) -> Self {
        Self { store, folder: format!("{}{}", folder(source), export.id) }
    }

    /// Removes what is staged of a source and of none of these exports: whoever staged it was killed.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn sweep(store: &dyn Store, source: &Source, but: &[Export]) -> Result<(), FhirError> {
        let folder = folder(source);
        let objects = store.list(&folder)?;
        let keys: BTreeSet<&str> = objects.iter().map(|object| object.key.as_str()).collect();
        // Lines that were kept of an export that failed are of a file that is not staged any more.
        let is_kept =
            |key: &str| key.strip_suffix(REFUSED).is_some_and(|file| !keys.contains(format!("{file}.json").as_str()));
        for object in &objects {
            let of = object.key.strip_prefix(&folder).and_then(|path| path.split('/').next());
            if is_kept(&object.key) || !but.iter().any(|export| Some(export.id.as_str()) == of) {
                store.delete(&object.key)?;
            }
        }
        Ok(())
    }

    fn key(&self, index: usize, what: &str) -> String {
        format!("{}/{index:05}{what}", self.folder)
    }

    /// Keeps something; what an earlier attempt left there gives way.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), FhirError> {
        match self.store.create(key, bytes) {
            Err(error) if error.is_conflict() => {
                self.store.delete(key)?;
                self.store.create(key, bytes)?;
            }
            created => drop(created?),
        }
        Ok(())
    }

    pub(super) fn put_rows(&self, index: usize, chunk: u32, batch: &RecordBatch) -> Result<(), FhirError> {
        self.put(&self.key(index, &format!("-{chunk:04}.arrow")), &encode(batch)?)
    }

    pub(super) fn put_refused(&self, index: usize, lines: &[u8]) -> Result<(), FhirError> {
        if lines.is_empty() { Ok(()) } else { self.put(&self.key(index, REFUSED), lines) }
    }

    pub(super) fn put_taken(&self, index: usize, taken: &Taken) -> Result<(), FhirError> {
        let bytes = serde_json::to_vec(taken).map_err(|_| FhirError::Damaged { key: self.key(index, ".json") })?;
        self.put(&self.key(index, ".json"), &bytes)
    }

    /// Notes that a file failed.
    ///
    /// # Errors
    /// Where that cannot be kept.
    pub fn failed(&self, index: usize, taken: &Taken) -> Result<(), FhirError> {
        self.put_taken(index, taken)
    }

    /// Returns what became of a file; none where it is not staged.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn taken(&self, index: usize) -> Result<Option<Taken>, FhirError> {
        let key = self.key(index, ".json");
        match self.store.read(&key) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| FhirError::Damaged { key }),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns some of the rows of a file.
    pub(crate) fn rows(&self, index: usize, chunk: u32) -> Result<Vec<RecordBatch>, FhirError> {
        decode(self.store.read(&self.key(index, &format!("-{chunk:04}.arrow")))?)
    }

    /// Returns the lines of a file that were refused.
    pub(crate) fn refused(&self, index: usize) -> Result<Vec<u8>, FhirError> {
        match self.store.read(&self.key(index, REFUSED)) {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            read => Ok(read?),
        }
    }

    /// The same, one by one.
    pub(crate) fn refused_lines(&self, index: usize) -> Result<Vec<Refused>, FhirError> {
        let damaged = |_| FhirError::Damaged { key: self.key(index, REFUSED) };
        serde_json::Deserializer::from_slice(&self.refused(index)?)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(damaged)
    }

    /// Returns where it is in the place of rejects.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.folder
    }

    /// Removes everything but the lines that were refused: the next run of the source removes them.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn clear_but_refused(&self) -> Result<(), FhirError> {
        let left = self.store.list(&format!("{}/", self.folder))?;
        let mut left = left.iter().filter(|object| !object.key.ends_with(REFUSED));
        left.try_for_each(|object| Ok(self.store.delete(&object.key)?))
    }

    /// Removes everything.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn clear(&self) -> Result<(), FhirError> {
        let left = self.store.list(&format!("{}/", self.folder))?;
        left.iter().try_for_each(|object| Ok(self.store.delete(&object.key)?))
    }
}

/// Returns whether a file of an export is staged already.
///
/// # Errors
/// Where that cannot be told.
pub fn is_taken(handed: &Handed<'_>, index: usize) -> Result<bool, FhirError> {
    Ok(handed.taken(index)?.is_some_and(|taken| taken.failed.is_none()))
}
