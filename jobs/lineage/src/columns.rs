//! Which column was made of which, as far as it is declared.
//!
//! A published column that has the name of a column of a source that the publication reads is made of it; the configuration says under
//! which headers that is found, and how it is read. Columns that a dataset computes in code are not told: nothing declares of what.

use carelake_core::names::Publication;
use carelake_core::publish::Manifest;
use carelake_pipeline::sources;
use carelake_tabular::config::{ColumnKind, ColumnSpec, Config};
use serde_json::{Map, Value, json};

use crate::dataset::Paths;
use crate::naming::Naming;

/// Returns what the columns of a run were made of; nothing where none is declared.
pub(crate) fn of(
    naming: &Naming,
    config: &Config,
    manifest: &Manifest,
    folders: &[String],
    paths: &Paths,
) -> Option<Value> {
    let sources = sources(config, &Publication::from_path(&manifest.publication));
    let names = manifest.schema.iter().map(|column| &column.name).chain(folders);
    let fields = names.filter_map(|name| {
        let made_of: Vec<Value> =
            sources.iter().filter_map(|source| input(naming, config, manifest, (source, name), paths)).collect();
        (!made_of.is_empty()).then(|| (name.clone(), json!({"inputFields": made_of})))
    });
    let fields: Map<String, Value> = fields.collect();
    (!fields.is_empty()).then(|| json!({"fields": fields}))
}

/// Returns the column of a source that has a name, in the file of it that was read.
fn input(
    naming: &Naming,
    config: &Config,
    manifest: &Manifest,
    (source, name): (&String, &str),
    paths: &Paths,
) -> Option<Value> {
    let spec = config.source(source)?.columns.iter().find(|column| column.name == name)?;
    let file = manifest.input_files().find(|file| file.source == *source)?;
    let file = naming.file(&file.file, paths.get(source).map(std::path::PathBuf::as_path));
    Some(json!({
        "namespace": file.namespace, "name": file.name, "field": name, "transformations": [transformation(spec)],
    }))
}

/// Returns how a column is read: text as it stands there, everything else by the rules of its type.
fn transformation(spec: &ColumnSpec) -> Value {
    let (subtype, how) = match spec.kind {
        ColumnKind::Text => ("IDENTITY", String::new()),
        kind => ("TRANSFORMATION", format!("read as {}, ", kind.name())),
    };
    let description = format!("{how}found under {}", spec.names.join(", "));
    json!({"type": "DIRECT", "subtype": subtype, "description": description, "masking": false})
}
