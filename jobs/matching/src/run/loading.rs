//! Brings the reference of a matcher to what its publications serve.

use std::collections::BTreeSet;

use carelake_core::names::RunId;
use carelake_core::publish::{Manifest, Served};

use super::error::MatchError;
use super::linker::Engine;
use super::served::{Cells, delivered, files, served};
use super::world::World;
use crate::reference::{Difference, Linker, Loaded, Reference, ReferenceDatabase, Row};

/// Loads what the publications of a matcher serve now and its reference does not hold, and takes out what they serve no more.
///
/// # Errors
/// [`MatchError`]; the reference is as it was.
pub fn load(world: &World<'_>, engine: &Engine, reference: &mut ReferenceDatabase) -> Result<Loaded, MatchError> {
    let found = served(world, &engine.matcher.name, &engine.matcher.reference.from)?;
    let difference = difference(&found, engine, reference)?;
    let wanted = |publication: &str, run: &RunId| difference.new.contains(&(publication.to_owned(), run.to_string()));
    let files = found.iter().flat_map(|served| {
        let of_wanted =
            served.only(|manifest| atoms(manifest).iter().any(|run| wanted(&served.publication.path(), run)));
        files(&of_wanted)
    });
    let mut rows = files.flat_map(|file| {
        let (failed, batches) = match file.batches(world.store) {
            Ok(batches) => (None, batches),
            Err(error) => (Some(Err(error)), Vec::new()),
        };
        let publication = file.publication();
        let rows = batches.into_iter().flat_map(move |batch| {
            let cells = Cells::of(&batch);
            let rows: Vec<Row> =
                (0..batch.num_rows()).filter_map(|row| one(&cells, row, &publication, &file.run_id)).collect();
            rows
        });
        failed.into_iter().chain(rows.filter(|row| wanted(&row.publication, &row.run_id)).map(Ok))
    });
    reference.load(engine, &difference, &mut rows)
}

/// Returns how far a reference is behind what its publications serve: runs that are to be put in, and runs that are to be taken out.
///
/// # Errors
/// [`MatchError`].
pub(super) fn behind(
    world: &World<'_>,
    engine: &Engine,
    reference: &ReferenceDatabase,
) -> Result<(usize, usize), MatchError> {
    let found = served(world, &engine.matcher.name, &engine.matcher.reference.from)?;
    let difference = difference(&found, engine, reference)?;
    let gone = if difference.is_anew { reference.loaded()?.len() } else { difference.gone.len() };
    Ok((difference.new.len(), gone))
}

/// Returns what differs between what is loaded and what is served.
fn difference(found: &[Served], engine: &Engine, reference: &ReferenceDatabase) -> Result<Difference, MatchError> {
    let all: BTreeSet<(String, String)> = found
        .iter()
        .flat_map(|served| runs(served).into_iter().map(move |run| (served.publication.path(), run.to_string())))
        .collect();
    let loaded: BTreeSet<(String, String)> =
        reference.loaded()?.into_iter().map(|run| (run.publication, run.run_id)).collect();
    let is_anew = !loaded.is_empty() && reference.identity()? != engine.identity();
    Ok(Difference {
        is_anew,
        gone: if is_anew { BTreeSet::new() } else { loaded.difference(&all).cloned().collect() },
        new: if is_anew { all } else { all.difference(&loaded).cloned().collect() },
    })
}

/// Returns a row of the reference; nothing of one that says neither feed nor id.
fn one(cells: &Cells<'_>, row: usize, publication: &str, file_of: &RunId) -> Option<Row> {
    let key = cells.key(row)?;
    let columns = cells.columns(row);
    let run_id = cells.text("_run_id", row).and_then(|run| run.parse().ok()).unwrap_or_else(|| file_of.clone());
    Some(Row {
        key,
        observed: delivered(&columns),
        publication: publication.to_owned(),
        run_id,
        source_file: cells.text("_source_file", row).unwrap_or_default(),
        columns,
    })
}

/// Returns the runs that first published the rows of what is served.
fn runs(served: &Served) -> Vec<RunId> {
    served.manifests.iter().flat_map(atoms).collect()
}

/// Returns the runs that first published the rows of a run: those that it took in, or itself.
fn atoms(manifest: &Manifest) -> Vec<RunId> {
    match manifest.joined.as_slice() {
        [] => vec![manifest.run_id.clone()],
        joined => joined.iter().map(|joined| joined.run_id.clone()).collect(),
    }
}
