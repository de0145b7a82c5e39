//! One publication: its columns and what they hold, and the files that it was made from.

use carelake_core::names::{Column, Publication};
use carelake_core::publish::Manifest;
use carelake_core::table::FileColumns;
use carelake_tabular::config::SourceSpec;
use carelake_tabular::source::release_date;
use serde::Serialize;

use super::summary::{Summary, summary};
use super::{FactError, Lake, dataset, meaning};

/// What is told of one publication.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Details {
    /// What is told of it in a list.
    #[serde(flatten)]
    pub summary: Summary,
    /// Its columns: those of the files, then those that folders tell.
    pub columns: Vec<ColumnDetails>,
    /// The files that the served run was made from.
    pub sources: Vec<SourceDetails>,
}

/// A column of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnDetails {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds.
    pub description: String,
    /// The columns of sources that it is; none when it is derived.
    pub from: Vec<String>,
    /// Whether folders tell it.
    pub is_partition: bool,
}

/// A file that a run was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceDetails {
    /// The source.
    pub source: String,
    /// The file.
    pub file: String,
    /// Its release, as far as its name tells: `2026-07-17`, `2026-07` or `2026`.
    pub release: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

/// Tells of one publication.
///
/// # Errors
/// [`FactError::Publish`].
pub fn publication(lake: &Lake<'_>, publication: &Publication) -> Result<Details, FactError> {
    let (summary, manifest) = summary(lake, publication)?;
    let sources = row_sources(lake, publication);
    let described = |column: &Column| ColumnDetails {
        name: column.name.clone(),
        kind: column.kind.clone(),
        description: column.description.clone(),
        from: from(&sources, &column.name),
        is_partition: false,
    };
    let files = dataset(lake.rooms, publication.dataset()).map(|dataset| dataset.files(&summary.partition_by));
    let declared = files.iter().flat_map(FileColumns::fields).map(|field| ColumnDetails {
        name: field.name.to_owned(),
        kind: field.kind.name().to_owned(),
        description: field.description.to_owned(),
        from: from(&sources, field.name),
        is_partition: false,
    });
    let mut columns: Vec<ColumnDetails> = match &manifest {
        Some(manifest) if !manifest.schema.is_empty() => manifest.schema.iter().map(described).collect(),
        _ => declared.collect(),
    };
    columns.extend(summary.partition_by.iter().map(|name| ColumnDetails {
        name: name.clone(),
        kind: "text".to_owned(),
        description: meaning(lake.rooms, publication.dataset(), name).to_owned(),
        from: from(&sources, name),
        is_partition: true,
    }));
    let sources = manifest.iter().flat_map(Manifest::input_files).map(|input| SourceDetails {
        release: release_date(&input.file).map(release),
        source: input.source.clone(),
        file: input.file.clone(),
        bytes: input.bytes,
        sha256: input.sha256.clone(),
    });
    Ok(Details { summary, columns, sources: sources.collect() })
}

/// Returns the sources whose rows become rows of a publication.
fn row_sources<'l>(lake: &Lake<'l>, publication: &Publication) -> Vec<&'l SourceSpec> {
    let names = match publication.feed() {
        Some(feed) => vec![feed],
        None => {
            dataset(lake.rooms, publication.dataset()).map(|dataset| dataset.rows_from().collect()).unwrap_or_default()
        }
    };
    names.into_iter().filter_map(|name| lake.config.source(name)).collect()
}

/// Returns the columns of sources that have the name of an output column, as `source.column`.
fn from(sources: &[&SourceSpec], name: &str) -> Vec<String> {
    let has = |source: &&&SourceSpec| source.columns.iter().any(|column| column.name == name);
    sources.iter().filter(has).map(|source| format!("{}.{name}", source.name)).collect()
}

/// Returns a release as far as a file's name tells it: `2026-07-17`, `2026-07` or `2026`.
pub(super) fn release(date: (u32, u32, u32)) -> String {
    match date {
        (year, 0, _) => year.to_string(),
        (year, month, 0) => format!("{year}-{month:02}"),
        (year, month, day) => format!("{year}-{month:02}-{day:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_told_as_far_as_it_is_known() {
        assert_eq!([(2026, 7, 17), (2026, 7, 0), (2026, 0, 0)].map(release), ["2026-07-17", "2026-07", "2026"]);
    }
}
