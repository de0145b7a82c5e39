//! Files of runs, as one table: missing columns are null, what folders tell is a column.

use std::path::PathBuf;

use carelake_core::publish::Served;
use carelake_core::store::Store;
use carelake_core::table::Folder;
use polars::prelude::{DataType, Expr, LazyFrame, Null, PlRefPath, ScanArgsParquet, UnionArgs, col, concat, lit};

use super::ask::in_lower_case;
use super::error::EngineError;
use super::rows::{kind_of_stored, polars_type};
use crate::config::Kind;

/// Files that have the same columns and are in the same folders.
struct Alike {
    columns: Vec<String>,
    told: Vec<(String, Option<String>)>,
    paths: Vec<PathBuf>,
}

/// Returns what is served as one table. `folders` are the types of columns that folders tell; text where they are not named.
///
/// # Errors
/// [`EngineError`] when two runs have a column with two types, or a file is not on this machine.
pub fn scan(store: &dyn Store, served: &[Served], folders: &[(String, Kind)]) -> Result<LazyFrame, EngineError> {
    let mut columns: Vec<(String, String)> = Vec::new();
    let mut partitions: Vec<String> = Vec::new();
    for one in served {
        let own = one.columns().map_err(|error| EngineError::Question { what: error.to_string() })?;
        for column in own {
            match columns.iter().find(|(name, _)| *name == column.name) {
                None => columns.push((column.name, column.kind)),
                Some((_, kind)) if *kind == column.kind => {}
                Some((name, kind)) => {
                    let what = format!("column {name} is {kind} in one input and {} in another", column.kind);
                    return Err(EngineError::Question { what });
                }
            }
        }
        partitions.extend(one.partitions().into_iter().filter(|name| !partitions.contains(name)).collect::<Vec<_>>());
    }
    // Where there is no row there is no folder.
    let untold = folders.iter().map(|(name, _)| name).filter(|name| !columns.iter().any(|(column, _)| column == *name));
    let untold: Vec<String> = untold.filter(|name| !partitions.contains(name)).cloned().collect();
    partitions.extend(untold);
    let target = |name: &str, kind: &str| -> Result<(Expr, DataType), EngineError> {
        let kind = kind_of_stored(kind).ok_or_else(|| EngineError::Question {
            what: format!("column {name} is of type {kind}, which no model reads"),
        })?;
        Ok((col(name), kind))
    };
    let mut frames = Vec::new();
    for alike in alike(store, served)? {
        let paths: Vec<PlRefPath> = alike.paths.iter().map(|path| PlRefPath::new(path.to_string_lossy())).collect();
        let args = ScanArgsParquet { glob: false, ..ScanArgsParquet::default() };
        let frame = LazyFrame::scan_parquet_files(paths.into_iter().collect(), args)
            .map_err(|error| EngineError::of_question(&error))?;
        let mut selected = Vec::new();
        for (name, kind) in &columns {
            let (own, kind) = target(name, kind)?;
            let own = if alike.columns.contains(name) { own } else { lit(Null {}) };
            selected.push(own.cast(kind).alias(name.as_str()));
        }
        for name in &partitions {
            let kind = folders.iter().find(|(folder, _)| folder == name).map_or(Kind::Text, |(_, kind)| kind.clone());
            let told = alike.told.iter().find(|(folder, _)| folder == name).and_then(|(_, value)| value.as_deref());
            selected.push(value(told, &kind).alias(name.as_str()));
        }
        frames.push(frame.select(selected));
    }
    if frames.is_empty() {
        return empty(&columns, &partitions, folders);
    }
    let union = concat(frames, UnionArgs::default()).map_err(|error| EngineError::of_question(&error))?;
    in_lower_case(union)
}

fn alike(store: &dyn Store, served: &[Served]) -> Result<Vec<Alike>, EngineError> {
    let mut found: Vec<Alike> = Vec::new();
    for manifest in served.iter().flat_map(|one| &one.manifests) {
        let columns: Vec<String> = manifest.schema.iter().map(|column| column.name.clone()).collect();
        for file in &manifest.files {
            let key = format!("{}/{}", manifest.folder(), file.path);
            let path = store.local_path(&key).ok_or_else(|| EngineError::Machine {
                what: format!("{key} is not on this machine; models of a lake in buckets are not built here"),
            })?;
            let told: Vec<(String, Option<String>)> = Folder::pairs(&file.path).collect();
            match found.iter_mut().find(|alike| alike.columns == columns && alike.told == told) {
                Some(alike) => alike.paths.push(path),
                None => found.push(Alike { columns: columns.clone(), told, paths: vec![path] }),
            }
        }
    }
    Ok(found)
}

/// Returns what a folder tells, as a value of a type.
fn value(told: Option<&str>, kind: &Kind) -> Expr {
    let kind_of = polars_type(kind);
    let Some(text) = told else { return lit(Null {}).cast(kind_of) };
    match kind {
        Kind::Date => {
            let days =
                text.parse::<jiff::civil::Date>().ok().map(|date| (date - jiff::civil::date(1970, 1, 1)).get_days());
            days.map_or_else(|| lit(Null {}), lit).cast(kind_of)
        }
        Kind::Boolean => text.parse::<bool>().map_or_else(|_| lit(Null {}).cast(kind_of), lit),
        kind if kind.is_whole() => text.parse::<i64>().map_or_else(|_| lit(Null {}), lit).cast(kind_of),
        _ => lit(text),
    }
}

fn empty(
    columns: &[(String, String)],
    partitions: &[String],
    folders: &[(String, Kind)],
) -> Result<LazyFrame, EngineError> {
    let told =
        |name: &String| folders.iter().find(|(folder, _)| folder == name).map_or(Kind::Text, |(_, kind)| kind.clone());
    let mut made: Vec<polars::prelude::Column> = Vec::new();
    for (name, kind) in columns {
        let kind = kind_of_stored(kind).unwrap_or(DataType::String);
        made.push(polars::prelude::Column::new_empty(name.as_str().into(), &kind));
    }
    for name in partitions {
        made.push(polars::prelude::Column::new_empty(name.as_str().into(), &polars_type(&told(name))));
    }
    let frame = polars::prelude::DataFrame::new(0, made).map_err(|error| EngineError::of_question(&error))?;
    in_lower_case(polars::prelude::IntoLazy::lazy(frame))
}
