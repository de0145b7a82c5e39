//! Published runs as tables that can be queried.

use carelake_core::names::{self, Publication, RunId};
use carelake_core::publish::{self, Manifest};
use carelake_core::table::Folder;
use carelake_core::{ErrorKind, causes};
use carelake_facts::folders;
use carelake_query::{Column, DataFile, Kind, QueryError, ReadError, Table};

use crate::failure::{Class, Failure};
use crate::lake::Lake;
use crate::registry;

/// What to do where runs that are one table do not fit each other.
const PUBLISH_BOTH: &str = "publish both again: `carelake rerun`";

/// A run of a publication, as its manifest tells it.
#[derive(Debug)]
pub(crate) struct Run {
    pub publication: Publication,
    pub manifest: Manifest,
}

/// Returns a run of a publication as a table.
pub(crate) fn table(lake: &Lake, publication: &Publication, run: &RunId) -> Result<Table, Failure> {
    let manifest = publish::manifest(&*lake.output, publication, run)?;
    union(lake, &publication.path(), &[&Run { publication: publication.clone(), manifest }])
}

/// Returns the runs that a publication serves; `None` when it was never published.
pub(crate) fn all_served(lake: &Lake, publication: &Publication) -> Result<Option<Vec<Run>>, Failure> {
    let Some((_, manifests)) = publish::current_runs(&*lake.output, publication)? else { return Ok(None) };
    let run = |manifest| Run { publication: publication.clone(), manifest };
    Ok(Some(manifests.into_iter().map(run).collect()))
}

/// Returns the run that a publication serves; `None` when it was never published.
pub(crate) fn served(lake: &Lake, publication: &Publication) -> Result<Option<Run>, Failure> {
    let served = publish::current_run(&*lake.output, publication)?;
    Ok(served.map(|(_, manifest)| Run { publication: publication.clone(), manifest }))
}

/// Returns runs of a dataset as one table. A column that a run does not have is null in its rows.
pub(crate) fn union(lake: &Lake, name: &str, runs: &[&Run]) -> Result<Table, Failure> {
    let (mut columns, mut files) = (Vec::<Column>::new(), Vec::new());
    let partitions = partitions(lake, runs);
    for Run { publication, manifest } in runs {
        let run = &manifest.run_id;
        for column in self::columns(publication.dataset(), manifest)? {
            if partitions.contains(&column.name) {
                let message =
                    format!("{publication}: column {} is told by folders in another run than {run}", column.name);
                return Err(Failure::new(ErrorKind::STORAGE, message).advise(PUBLISH_BOTH));
            }
            match columns.iter().find(|known| known.name == column.name) {
                None => columns.push(column),
                Some(known) if known.kind == column.kind => {}
                Some(_) => {
                    let message = format!("{publication}: column {} has another type in run {run}", column.name);
                    return Err(Failure::new(ErrorKind::STORAGE, message).advise(PUBLISH_BOTH));
                }
            }
        }
        let folder = lake.folder()?.join(manifest.folder());
        files.extend(manifest.files.iter().map(|file| {
            let partition = partitions.iter().map(|name| partition(&file.path, name)).collect();
            DataFile::new(folder.join(&file.path), partition, file.rows)
        }));
    }
    let partitions: Vec<&str> = partitions.iter().map(String::as_str).collect();
    Ok(Table::new(name, &partitions, columns, files))
}

/// Returns the columns that the folders of runs tell, first in every table; of runs without rows those of the configuration.
fn partitions(lake: &Lake, runs: &[&Run]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in runs.iter().flat_map(|run| folders(&run.manifest)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        let dataset = runs.first().and_then(|run| lake.config.dataset(run.publication.dataset()));
        names.extend(dataset.into_iter().flat_map(|dataset| dataset.partition_by.clone()));
    }
    names
}

/// Returns the columns of a run; those of the dataset when the run published no rows.
fn columns(dataset: &str, manifest: &Manifest) -> Result<Vec<Column>, Failure> {
    if manifest.schema.is_empty() {
        let dataset =
            registry::dataset(dataset).ok_or_else(|| Failure::argument(format!("there is no dataset `{dataset}`")))?;
        return Column::of_schema(&dataset.table.schema()).map_err(unreadable);
    }
    let column = |column: &names::Column| match kind(&column.kind) {
        Some(kind) => Ok(Column::new(&column.name, kind)),
        None => Err(unreadable(ReadError::Type { column: column.name.clone(), kind: column.kind.clone() })),
    };
    manifest.schema.iter().map(column).collect()
}

/// Returns the type of a column of runs in the manifest's words; what folders tell is text.
pub(crate) fn kind_of<'r>(served: &'r [Run], column: &str) -> &'r str {
    let mut schemas = served.iter().flat_map(|run| &run.manifest.schema);
    schemas.find(|known| known.name == column).map_or("text", |known| known.kind.as_str())
}

/// Returns the kind that a manifest names.
fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "text" => Kind::Text,
        "bool" => Kind::Boolean,
        "int8" | "int16" | "int32" | "int64" => Kind::Integer,
        "float64" => Kind::Real,
        "date" => Kind::Date,
        "timestamp_micros_utc" => Kind::Timestamp,
        decimal if decimal.starts_with("decimal(") => Kind::Decimal,
        list if list.strip_prefix("list<").and_then(|list| self::kind(list.strip_suffix('>')?)).is_some() => Kind::List,
        _ => return None,
    })
}

/// Returns what the folder of a file says of a partition column: `state=FL`.
fn partition(path: &str, name: &str) -> Option<String> {
    Folder::pairs(path).find(|(pair, _)| pair == name)?.1
}

/// A failure to read what is published.
pub(crate) fn unreadable(error: ReadError) -> Failure {
    Failure::new(ErrorKind::STORAGE, causes(&error)).advise(ErrorKind::STORAGE.advice)
}

/// A failure of a query. Its message is about the text of the person who asks.
pub(crate) fn unanswered(error: QueryError) -> Failure {
    let advice = match &error {
        QueryError::UnknownTable { nearest: Some(name), .. }
        | QueryError::UnknownColumn { nearest: Some(name), .. } => {
            format!("did you mean `{name}`?")
        }
        QueryError::UnknownColumn { columns, .. } if !columns.is_empty() => {
            format!("columns of these tables: {}", columns.join(", "))
        }
        QueryError::Read(_) => ErrorKind::STORAGE.advice.to_owned(),
        _ => "the language is SQLite's; `carelake query --help` has examples".to_owned(),
    };
    let class = if matches!(error, QueryError::Read(_)) { Class::Of(ErrorKind::STORAGE) } else { Class::Usage };
    Failure::new(class, causes(&error)).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_a_dataset_has_a_kind_and_the_same_by_manifest_and_by_schema() {
        for dataset in registry::datasets() {
            let named: Option<Vec<Kind>> = dataset.table.all().map(|field| kind(field.kind.name())).collect();
            let columns = Column::of_schema(&dataset.table.schema()).unwrap();
            assert_eq!(named, Some(columns.into_iter().map(|column| column.kind).collect()));
        }
    }

    #[test]
    fn folders_tell_the_partition() {
        let path = "state=FL/source=dac/part-00000.snappy.parquet";
        assert_eq!(
            ["state", "source"].map(|name| partition(path, name)),
            [Some("FL".to_owned()), Some("dac".to_owned())]
        );
        assert_eq!(partition("part-00000.snappy.parquet", "state"), None);
    }
}
