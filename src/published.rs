//! Published runs as tables that can be queried.

use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::publish::{self, Publication, RunId};
use polars::prelude::*;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::registry;

/// Returns a run of a publication as a table, with `state` and `source` as its first columns.
pub(crate) fn table(lake: &Lake, publication: &Publication, run: &RunId) -> Result<LazyFrame, Failure> {
    let manifest = publish::manifest(&*lake.output, publication, run)?;
    if manifest.files.is_empty() {
        return empty(publication);
    }
    let partitions = Schema::from_iter(["state", "source"].map(|name| Field::new(name.into(), DataType::String)));
    let folder = lake.folder()?.join(publication.run_folder(run));
    let options = ScanArgsParquet {
        hive_options: HiveOptions {
            enabled: Some(true),
            hive_start_idx: 0,
            schema: Some(Arc::new(partitions)),
            try_parse_dates: false,
        },
        ..ScanArgsParquet::default()
    };
    let paths: Vec<PlRefPath> =
        manifest.files.iter().map(|file| PlRefPath::new(folder.join(&file.path).to_string_lossy().as_ref())).collect();
    let scanned = LazyFrame::scan_parquet_files(paths.into(), options).map_err(failed)?;
    Ok(scanned.select([cols(["state", "source"]).as_expr(), all().exclude_cols(["state", "source"]).as_expr()]))
}

/// Returns what a dataset serves now as one table; `None` when nothing of it was ever published.
pub(crate) fn current(lake: &Lake, dataset: &str) -> Result<Option<LazyFrame>, Failure> {
    let mut tables = Vec::new();
    for publication in lake.named(dataset)? {
        if let Some(pointer) = publish::current(&*lake.output, &publication)? {
            tables.push(table(lake, &publication, &pointer.run_id)?);
        }
    }
    if tables.is_empty() {
        return Ok(None);
    }
    concat(tables, UnionArgs::default()).map(Some).map_err(failed)
}

/// A table without rows, for a run that published none.
fn empty(publication: &Publication) -> Result<LazyFrame, Failure> {
    let dataset = registry::dataset(&publication.dataset)
        .ok_or_else(|| Failure::argument(format!("there is no dataset `{}`", publication.dataset)))?;
    let partitions = ["state", "source"].map(|name| Field::new(name.into(), DataType::String));
    let columns = dataset.table.all().map(|field| Field::new(field.name.into(), data_type(field.kind)));
    Ok(DataFrame::empty_with_schema(&Schema::from_iter(partitions.into_iter().chain(columns))).lazy())
}

fn data_type(kind: carelake_core::table::Kind) -> DataType {
    use carelake_core::table::Kind;
    match kind {
        Kind::Text | Kind::Identifier => DataType::String,
        Kind::Boolean => DataType::Boolean,
        Kind::Int8 => DataType::Int8,
        Kind::Int16 => DataType::Int16,
        Kind::Int32 => DataType::Int32,
        Kind::Float64 => DataType::Float64,
        Kind::Date => DataType::Date,
        Kind::Timestamp => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
    }
}

/// A failure of the query engine. Its message is about the query of the person who asks.
pub(crate) fn failed(error: PolarsError) -> Failure {
    let kind = if matches!(error, PolarsError::IO { .. }) { ErrorKind::Storage } else { ErrorKind::InvalidConfig };
    Failure::new(kind, error.to_string())
}
