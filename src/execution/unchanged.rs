//! What `--if-changed` leaves out: publications made from the same inputs, as-of date, configuration and code; and those that were
//! rolled back and have no new input.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Manifest};
use carelake_pipeline::pipeline::code_version;
use carelake_pipeline::{RunRequest, plan, sources};
use carelake_tabular::inputs::{Inputs, OpenSource};

use crate::failure::Failure;
use crate::joined::joined;
use crate::lake::Lake;

/// Returns the version of carelake and of its configuration, as manifests tell it.
pub(super) fn version(lake: &Lake) -> Result<String, Failure> {
    Ok(code_version(env!("CARGO_PKG_VERSION"), joined(&lake.config)?.as_bytes()))
}

/// What `--if-changed` finds.
pub(super) struct Changed {
    /// The request for what has changed; `None` when nothing has.
    pub request: Option<RunRequest>,
    /// What was rolled back and has no new input, with the run that is served.
    pub rolled_back: BTreeMap<String, RunId>,
}

/// Looks for what has changed.
pub(super) fn changed(lake: &Lake, inputs: &Inputs, request: &RunRequest, version: &str) -> Result<Changed, Failure> {
    let (mut names, mut rolled_back) = (Vec::new(), BTreeMap::new());
    for publication in plan(&lake.config, request, "")?.publications(&lake.config) {
        match standing(lake, inputs, request, version, &publication) {
            Standing::Same => {}
            Standing::RolledBack(run) => drop(rolled_back.insert(publication.path(), run)),
            Standing::Changed => names.push(publication.path()),
        }
    }
    let request = (!names.is_empty()).then(|| RunRequest { datasets: Some(names), ..request.clone() });
    Ok(Changed { request, rolled_back })
}

enum Standing {
    Same,
    RolledBack(RunId),
    Changed,
}

fn standing(lake: &Lake, inputs: &Inputs, request: &RunRequest, version: &str, publication: &Publication) -> Standing {
    // What cannot be read is for the run to report, as are sources below.
    let served = publish::current_run(&*lake.output, publication);
    let Ok(Some((pointer, manifest))) = served else { return Standing::Changed };
    if !pointer.rolled_back && (manifest.as_of != request.as_of || manifest.code_version != version) {
        return Standing::Changed;
    }
    let Some(now) = hashes(lake, inputs, publication) else { return Standing::Changed };
    let reads = |manifest: &Manifest| {
        let then = manifest.input_files().map(|input| (input.source.clone(), input.sha256.clone()));
        then.collect::<BTreeSet<_>>() == now
    };
    if !pointer.rolled_back {
        return if reads(&manifest) { Standing::Same } else { Standing::Changed };
    }
    // Somebody refused what a newer run made of an input; the same input, or an older one, is not to bring it back.
    let kept = publish::runs(&*lake.output, publication).unwrap_or_default();
    if kept.iter().filter_map(|run| run.manifest.as_ref()).any(reads) {
        Standing::RolledBack(manifest.run_id)
    } else {
        Standing::Changed
    }
}

/// Returns the hash of each file that is there, by source; `None` when one cannot be read.
fn hashes(lake: &Lake, inputs: &Inputs, publication: &Publication) -> Option<BTreeSet<(String, String)>> {
    let mut now = BTreeSet::new();
    for source in sources(&lake.config, publication) {
        for file in inputs.open_if_any(&source).ok()?.iter().flat_map(OpenSource::files) {
            now.insert((source.clone(), file.source.sha256().ok()?.to_owned()));
        }
    }
    Some(now)
}
