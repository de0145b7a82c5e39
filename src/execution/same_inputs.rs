//! Which files a run was to read: noted when it is planned, so that what failed can be run again from the same ones.

use std::collections::BTreeMap;
use std::path::PathBuf;

use carelake_core::names::{Publication, RunId};
use carelake_pipeline::{RUNS, sources};
use carelake_tabular::inputs::{Chosen, Inputs};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::size;

/// A file, and what tells whether it is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct InputFile {
    path: PathBuf,
    bytes: u64,
    modified: Timestamp,
}

/// What a run is to read again.
#[derive(Debug, Default)]
pub(crate) struct SameInputs {
    /// Files to read whatever the patterns say, by source.
    pub files: Vec<(String, PathBuf)>,
    /// What is to be said of them, a line each.
    pub told: Vec<String>,
}

fn key(run_id: &str) -> String {
    format!("{RUNS}/{run_id}/inputs.json")
}

/// Notes the files of these publications' sources.
pub(super) fn note(lake: &Lake, inputs: &Inputs, run_id: &str, publications: &[Publication]) -> Result<(), Failure> {
    let names = publications.iter().flat_map(|publication| sources(&lake.config, publication));
    let files: BTreeMap<String, InputFile> =
        names.filter_map(|source| Some((source.clone(), file(inputs.chosen(&source)?)?))).collect();
    let text = serde_json::to_vec_pretty(&files).map_err(std::io::Error::from)?;
    lake.output.create(&key(run_id), &text)?;
    Ok(())
}

/// Returns where the files lay that a run was to read, by source; nothing of a run that left no note.
pub(crate) fn paths(lake: &Lake, run_id: &str) -> BTreeMap<String, PathBuf> {
    let noted = lake.output.read(&key(run_id)).unwrap_or_default();
    let noted: BTreeMap<String, InputFile> = serde_json::from_slice(&noted).unwrap_or_default();
    noted.into_iter().map(|(source, file)| (source, file.path)).collect()
}

fn file(Chosen { path, bytes, modified, .. }: Chosen) -> Option<InputFile> {
    Some(InputFile { path: std::path::absolute(path?).ok()?, bytes, modified })
}

/// Finds the files that a run was to read for these publications. One that is gone or was changed since is told, and the
/// pattern decides; so it does for sources that are `given` otherwise.
pub(crate) fn of_run(
    lake: &Lake,
    run: &RunId,
    publications: &[Publication],
    given: &[&String],
) -> Result<SameInputs, Failure> {
    let mut same = SameInputs::default();
    let noted: BTreeMap<String, InputFile> = match lake.output.read(&key(&run.to_string())) {
        Err(error) if error.is_not_found() => {
            same.told.push(format!("run {run} left no note of the files it read; the patterns of the sources decide"));
            return Ok(same);
        }
        bytes => serde_json::from_slice(&bytes?).map_err(std::io::Error::from)?,
    };
    let names = publications.iter().flat_map(|publication| sources(&lake.config, publication));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names.retain(|name| !given.contains(&name));
    let scratch = std::env::temp_dir();
    let by_pattern = lake.inputs(&scratch);
    for source in names {
        let Some(then) = noted.get(&source) else { continue };
        let now = by_pattern.chosen(&source).and_then(file);
        if now.as_ref() == Some(then) {
            continue;
        }
        let files = BTreeMap::from([(source.clone(), then.path.clone())]);
        let found = lake.inputs(&scratch).with_files(files).chosen(&source).and_then(file);
        let (path, read) = (then.path.display(), now.as_ref().map(|now| now.path.display().to_string()));
        let read = read.unwrap_or_else(|| "nothing".to_owned());
        match found {
            Some(found) if found == *then => {
                let other = if now.is_some() { format!("; its pattern finds {read} now") } else { String::new() };
                same.told.push(format!("source {source}: reads {path} again, as run {run} did{other}"));
                same.files.push((source, then.path.clone()));
            }
            Some(found) => same.told.push(format!(
                "source {source}: {path} has changed since run {run} ({}, now {}); reads {read}",
                size(then.bytes),
                size(found.bytes)
            )),
            None => same.told.push(format!("source {source}: {path}, which run {run} read, is gone; reads {read}")),
        }
    }
    Ok(same)
}
