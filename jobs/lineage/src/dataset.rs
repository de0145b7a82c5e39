//! What was read and what was made, as manifests and the configuration tell it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use carelake_core::measure::Measure;
use carelake_core::names::Publication;
use carelake_core::publish::{Input, Manifest};
use carelake_tabular::config::{Config, SourceSpec};
use serde_json::{Value, json};

use crate::columns;
use crate::event::{Dataset, Facets};
use crate::facets;
use crate::naming::Naming;

/// What is known of the files of sources: where they lie on this machine.
pub(crate) type Paths = BTreeMap<String, PathBuf>;

/// Tells of a file that a source is read from, before it is read.
pub(crate) fn chosen(naming: &Naming, config: &Config, source: &str, path: &Path) -> Dataset {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut dataset = naming.file(&name, Some(path));
    declared(&mut dataset.facets, config.source(source));
    dataset
}

/// Tells of everything that a run of a publication read.
pub(crate) fn read(naming: &Naming, config: &Config, manifest: &Manifest, paths: &Paths) -> Vec<Dataset> {
    let mut measured = manifest.measures.clone();
    let one = |input: &Input| match input {
        Input::File(file) => {
            let mut dataset = naming.file(&file.file, paths.get(&file.source).map(PathBuf::as_path));
            declared(&mut dataset.facets, config.source(&file.source));
            version(&mut dataset.facets, &file.sha256);
            let rows = manifest.counts.get(&file.source).map(|account| account.read);
            let told = figures([("rowCount", rows), ("size", Some(file.bytes)), ("fileCount", Some(1))]);
            // Increments of a source are counted with its full file, which comes first.
            if let Some(measure) = measured.remove(&file.source) {
                facets::add(&mut dataset.input_facets, &facets::INPUT_STATISTICS, told);
                facets::add(&mut dataset.input_facets, &facets::INPUT_QUALITY, quality(&measure, file.bytes));
            }
            dataset
        }
        Input::Table { source, table, .. } => Dataset::named(&naming.namespace, format!("{source}/{table}")),
        Input::Export { source, job } => {
            let mut dataset = Dataset::named(&naming.namespace, source.clone());
            version(&mut dataset.facets, job);
            dataset
        }
        Input::Stream { stream, .. } => Dataset::named(&naming.namespace, format!("stream/{stream}")),
        Input::Publication { publication, content, .. } => {
            let mut dataset = naming.publication(publication);
            version(&mut dataset.facets, &content.to_string());
            dataset
        }
        Input::Delivery { feed, sha256, .. } => {
            let mut dataset = Dataset::named(&naming.namespace, naming.scope.qualify(&format!("feed/{feed}")));
            version(&mut dataset.facets, sha256);
            dataset
        }
    };
    let mut found: Vec<Dataset> = Vec::new();
    for dataset in manifest.inputs.iter().map(one) {
        if !found.iter().any(|other| (&other.namespace, &other.name) == (&dataset.namespace, &dataset.name)) {
            found.push(dataset);
        }
    }
    found
}

/// Tells of what a run of a publication made.
pub(crate) fn made(naming: &Naming, config: &Config, manifest: &Manifest, paths: &Paths) -> Dataset {
    let publication = Publication::from_path(&manifest.publication);
    let mut dataset = naming.publication(&publication);
    version(&mut dataset.facets, &manifest.run_id.to_string());
    let folders = folders(manifest);
    facets::add(
        &mut dataset.facets,
        &facets::SCHEMA,
        facets::schema(&manifest.schema, folders.iter().map(String::as_str)),
    );
    let files = manifest.files.len() as u64;
    let quality = json!({
        "rowCount": manifest.rows, "bytes": manifest.bytes, "fileCount": files,
        "lastUpdated": crate::event::written(manifest.written_at),
        // What the columns of the rows hold is counted where they are read: the inputs have it.
        "columnMetrics": {},
    });
    facets::add(&mut dataset.facets, &facets::QUALITY, quality);
    if let Some(told) = columns::of(naming, config, manifest, &folders, paths) {
        facets::add(&mut dataset.facets, &facets::COLUMN_LINEAGE, told);
    }
    let written = json!({"rowCount": manifest.rows, "size": manifest.bytes, "fileCount": files});
    facets::add(&mut dataset.output_facets, &facets::OUTPUT_STATISTICS, written);
    dataset
}

/// Returns the columns that the folders of the files tell: `state` of `state=FL/part-00000.snappy.parquet`.
fn folders(manifest: &Manifest) -> Vec<String> {
    let path = manifest.files.first().map_or("", |file| file.path.as_str());
    path.split('/').filter_map(|part| part.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

/// Adds the columns of a source as the configuration declares them, with the headers that they are found under.
fn declared(facets: &mut Facets, source: Option<&SourceSpec>) {
    let Some(source) = source else { return };
    let fields = source.columns.iter().map(|column| {
        let description = format!("found under {}", column.names.join(", "));
        json!({"name": column.name, "type": column.kind.name(), "description": description})
    });
    facets::add(facets, &facets::SCHEMA, json!({"fields": fields.collect::<Vec<_>>()}));
}

fn version(facets: &mut Facets, version: &str) {
    facets::add(facets, &facets::VERSION, json!({"datasetVersion": version}));
}

/// Returns what the columns of a source hold. All figures are counts.
fn quality(measure: &Measure, bytes: u64) -> Value {
    let columns = measure.columns.iter().map(|(name, column)| (name.clone(), json!({"nullCount": column.null})));
    let columns: serde_json::Map<String, Value> = columns.collect();
    json!({"rowCount": measure.rows, "bytes": bytes, "columnMetrics": columns})
}

/// Returns those figures that are known.
fn figures<const N: usize>(figures: [(&str, Option<u64>); N]) -> Value {
    let known = figures.into_iter().filter_map(|(name, figure)| Some((name.to_owned(), figure?.into())));
    Value::Object(known.collect())
}
