//! The partition columns of a run and the values they have, from the paths that its manifest lists.

use std::collections::BTreeSet;

use carelake_core::names::Publication;
use carelake_core::publish::{Manifest, Pointer, Serves};

use crate::lake::Lake;

/// The column that tells the run of a row, of a publication that serves a list of them.
pub(crate) const RUN: &str = "run";
/// What the column has for a value where there is no run: a partition of no files.
const NO_RUN: &str = "none";

/// The column whose values are those of a code list.
const STATE: &str = "state";

/// One partition column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Its name.
    pub(crate) name: String,
    /// Every value that it may have.
    pub(crate) values: Vec<String>,
}

/// Returns the column that tells the run of a row.
pub(crate) fn of_list(pointer: &Pointer) -> Partition {
    let mut values: Vec<String> = pointer.runs.iter().map(|entry| entry.run_id.to_string()).collect();
    if values.is_empty() {
        values.push(NO_RUN.to_owned());
    }
    Partition { name: RUN.to_owned(), values }
}

/// Returns the partition columns of runs that are served together, outermost first.
///
/// `state` may be any code of the list, in its order; a code that the run has and the list has lost is added, so that
/// no row is hidden. Any other column may be what the run has; a run without rows has the sources that it read, and its columns
/// are those of the configuration.
pub(crate) fn of(serves: Serves, manifests: &[Manifest], lake: &Lake) -> Vec<Partition> {
    let states = &lake.states;
    let files = || manifests.iter().flat_map(|manifest| &manifest.files);
    let names: Vec<String> = match (files().next().map(|file| pairs(&file.path)), serves) {
        (Some(pairs), _) => pairs.map(|(name, _)| name.to_owned()).collect(),
        (None, Serves::Snapshot) => {
            let dataset = manifests.first().map(|manifest| Publication::from_path(&manifest.publication));
            dataset.and_then(|of| lake.partition_by.get(of.dataset())).cloned().unwrap_or_default()
        }
        (None, Serves::Log) => Vec::new(),
    };
    let values = |name: &str| {
        let found: BTreeSet<&str> = files()
            .flat_map(|file| pairs(&file.path))
            .filter(|(pair, _)| *pair == name)
            .map(|(_, value)| value)
            .collect();
        let mut values: Vec<String> = if name == STATE { states.clone() } else { Vec::new() };
        values.extend(found.into_iter().filter(|value| !states.iter().any(|state| state == value)).map(str::to_owned));
        if values.is_empty() {
            let read: BTreeSet<&str> =
                manifests.iter().flat_map(Manifest::input_files).map(|input| input.source.as_str()).collect();
            values.extend(read.into_iter().map(str::to_owned));
        }
        values
    };
    names.into_iter().map(|name| Partition { values: values(&name), name }).collect()
}

/// Returns the `column=value` folders of a path.
fn pairs(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.split('/').filter_map(|part| part.split_once('='))
}
