//! What `--if-changed` leaves out: publications made from the same inputs, as-of date, configuration and code.

use std::collections::BTreeMap;

use carelake_core::inputs::Inputs;
use carelake_core::publish::{self, Publication};
use carelake_core::run::pipeline::code_version;
use carelake_core::run::{RunRequest, plan};

use crate::failure::Failure;
use crate::lake::Lake;

/// Returns the version of carelake and of its configuration, as manifests tell it.
pub(super) fn version(lake: &Lake) -> Result<String, Failure> {
    Ok(code_version(env!("CARGO_PKG_VERSION"), &std::fs::read(&lake.config.file)?))
}

/// Returns the request for what has changed; `None` when nothing has.
pub(super) fn changed(
    lake: &Lake,
    inputs: &Inputs,
    request: &RunRequest,
    version: &str,
) -> Result<Option<RunRequest>, Failure> {
    let mut names = Vec::new();
    for publication in plan(&lake.config, request, "")?.publications(&lake.config) {
        if !is_same(lake, inputs, request, version, &publication)? {
            names.push(publication.path());
        }
    }
    Ok(if names.is_empty() { None } else { Some(RunRequest { datasets: Some(names), ..request.clone() }) })
}

fn is_same(
    lake: &Lake,
    inputs: &Inputs,
    request: &RunRequest,
    version: &str,
    publication: &Publication,
) -> Result<bool, Failure> {
    // What cannot be read is for the run to report, as are sources below.
    let Ok(Some(pointer)) = publish::current(&*lake.output, publication) else { return Ok(false) };
    let Ok(manifest) = publish::manifest(&*lake.output, publication, &pointer.run_id) else { return Ok(false) };
    if manifest.as_of != request.as_of || manifest.code_version != version {
        return Ok(false);
    }
    let sources = match &publication.feed {
        Some(feed) => vec![feed.clone()],
        None => lake.config.dataset(&publication.dataset).map(|dataset| dataset.sources.clone()).unwrap_or_default(),
    };
    let mut now = BTreeMap::new();
    for source in sources {
        let Ok(open) = inputs.open_if_any(&source) else { return Ok(false) };
        if let Some(open) = open {
            let Ok(hash) = open.source.sha256() else { return Ok(false) };
            now.insert(source, hash.to_owned());
        }
    }
    Ok(manifest.inputs.into_iter().map(|input| (input.source, input.sha256)).collect::<BTreeMap<_, _>>() == now)
}
