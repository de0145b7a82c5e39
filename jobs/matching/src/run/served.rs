//! What is read: publications by patterns, their runs and files, and rows as cells by the names of their columns.

use std::collections::BTreeSet;

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{Manifest, PartFile, Served, publications};
use carelake_core::store::Store;
use carelake_rows::Shown;

use super::error::MatchError;
use super::world::World;
use crate::config::fits;
use crate::reference::{Columns, Key};

/// Columns that say where a row comes from, and nothing of a person.
pub(crate) const LINEAGE: [&str; 3] = ["_run_id", "_ingested_at", "_source_file"];

/// Returns what is served of the publications that patterns name, in the order of their names.
///
/// # Errors
/// [`MatchError::NothingServed`] where a pattern without a star names nothing; what is served cannot be read.
pub fn served(world: &World<'_>, matcher: &str, patterns: &[String]) -> Result<Vec<Served>, MatchError> {
    let mut names: BTreeSet<Publication> = BTreeSet::new();
    for pattern in patterns {
        let fixed = pattern.split('*').next().unwrap_or_default();
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let found = publications(world.store, &prefix)?;
        names.extend(found.into_iter().filter(|publication| fits(pattern, &publication.path())));
    }
    let mut found = Vec::new();
    for name in names.iter().filter(|name| name.dataset() != "matching") {
        found.extend(Served::of(world.store, name)?);
    }
    for pattern in patterns.iter().filter(|pattern| !pattern.contains('*')) {
        if found.iter().all(|served| served.publication.path() != *pattern) {
            return Err(MatchError::NothingServed { matcher: matcher.to_owned(), pattern: pattern.clone() });
        }
    }
    Ok(found)
}

/// One file of a run.
#[derive(Debug, Clone)]
pub struct ServedFile {
    served: Served,
    /// The run.
    pub run_id: RunId,
    /// Its path in the folder of the run.
    pub path: String,
}

/// Returns the files of what is served, in its order.
#[must_use]
pub fn files(served: &Served) -> Vec<ServedFile> {
    let file = |manifest: &Manifest, file: &PartFile| {
        let manifest = Manifest { files: vec![file.clone()], ..manifest.clone() };
        let (run_id, path) = (manifest.run_id.clone(), file.path.clone());
        let served = Served {
            publication: served.publication.clone(),
            pointer: served.pointer.clone(),
            manifests: vec![manifest],
        };
        ServedFile { served, run_id, path }
    };
    served.manifests.iter().flat_map(|manifest| manifest.files.iter().map(move |one| file(manifest, one))).collect()
}

impl ServedFile {
    /// Returns the publication.
    #[must_use]
    pub fn publication(&self) -> String {
        self.served.publication.path()
    }

    /// Reads its rows, with the columns that its folders tell at the end.
    ///
    /// # Errors
    /// [`MatchError::Served`].
    pub fn batches(&self, store: &dyn Store) -> Result<Vec<RecordBatch>, MatchError> {
        let schema = self.served.schema()?;
        let batches = self.served.batches(store, &schema).collect::<Result<Vec<_>, _>>()?;
        Ok(batches)
    }

    /// Returns how many of the columns of its batches its folders tell.
    #[must_use]
    pub fn folder_columns(&self) -> usize {
        self.served.partitions().len()
    }
}

/// The cells of a batch, by the names of their columns.
pub struct Cells<'b> {
    columns: Vec<(String, Shown<'b>)>,
}

impl<'b> Cells<'b> {
    /// Looks at a batch. Lists and structs are no cells.
    #[must_use]
    pub fn of(batch: &'b RecordBatch) -> Self {
        let schema = batch.schema();
        let mut columns = Vec::new();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let is_plain = !matches!(column.data_type(), DataType::List(_) | DataType::Struct(_));
            if let Some(shown) = Shown::of(column).filter(|_| is_plain) {
                columns.push((field.name().clone(), shown));
            }
        }
        Self { columns }
    }

    /// Returns a cell as text; nothing of null, of what is empty, and of a column that is not there.
    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<String> {
        let (_, shown) = self.columns.iter().find(|(name, _)| name == column)?;
        shown.text(row).filter(|text| !text.is_empty())
    }

    /// Returns all cells of a row but those that say where it comes from.
    #[must_use]
    pub fn columns(&self, row: usize) -> Columns {
        let ours = self.columns.iter().filter(|(name, _)| !LINEAGE.contains(&name.as_str()));
        ours.filter_map(|(name, shown)| Some((name.clone(), shown.text(row).filter(|text| !text.is_empty())?)))
            .collect()
    }

    /// Returns which record a row is; nothing of one that says neither feed nor id.
    #[must_use]
    pub fn key(&self, row: usize) -> Option<Key> {
        Some(Key { data_source: self.text("data_source", row)?, patient_id: self.text("patient_id", row)? })
    }
}

/// Returns when the partner delivered a row: the date that its delivery declares.
#[must_use]
pub fn delivered(columns: &Columns) -> String {
    columns.get("delivery_date").cloned().unwrap_or_default()
}
