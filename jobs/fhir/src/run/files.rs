//! A run of a source of files: what is new is taken, published, and served.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use carelake_core::causes;

use super::claim::{Held, with_claim};
use super::result::{RunRequest, RunResult};
use crate::config::{Files, Source};
use crate::error::FhirError;
use crate::settle::{publish, settle, taken_before};
use crate::take::{Export, Handed, Item, Open, Taken, is_taken, list, read_object, take_file};
use crate::views::make;
use crate::world::World;

/// Runs a source of files.
///
/// # Errors
/// [`FhirError`]. What is served stays as it was, or is whole.
pub fn run(world: &World<'_>, source: &Source, files: &Files, request: &RunRequest) -> Result<RunResult, FhirError> {
    with_claim(world, source, |held| {
        let mut result = RunResult { source: source.name.clone(), ..RunResult::default() };
        // Whoever was killed before may have left them behind. A view that cannot be made now may be once what is new is in.
        let settled = settle(world, source)?;
        (result.resources, result.parts) = (settled.resources, settled.parts);
        let (tables, mut unmade) = make(world, source, &|_| false)?;
        result.tables = tables;
        let taken = taken_before(world, source)?;
        let found = list(world.inputs, files, &source.types, &taken, (request.full, (world.now)()))?;
        Handed::sweep(world.rejects, source, &found.exports)?;
        result.nothing_new = found.exports.is_empty();
        let open = |item: &Item| read_object(world.inputs, &item.place);
        for export in &found.exports {
            held.beat()?;
            let (published, still) = publish_export(world, source, export, (&open, held), request)?;
            result.add(published);
            unmade = still;
        }
        unmade.map_or(Ok(result), Err)
    })
}

/// Makes tables anew of the resources that are there: those that `is_anew` names, and what is not made of what is there now.
///
/// # Errors
/// [`FhirError`].
pub fn rebuild(world: &World<'_>, source: &Source, is_anew: &dyn Fn(&str) -> bool) -> Result<RunResult, FhirError> {
    with_claim(world, source, |_| {
        let settled = settle(world, source)?;
        let (tables, unmade) = make(world, source, is_anew)?;
        let (source, resources, parts) = (source.name.clone(), settled.resources, settled.parts);
        unmade.map_or(Ok(RunResult { source, resources, parts, tables, ..RunResult::default() }), Err)
    })
}

/// Takes an export, publishes it, and brings what is served to what follows. Beside it stands why a view is not made, if one is not.
pub(super) fn publish_export(
    world: &World<'_>,
    source: &Source,
    export: &Export,
    (open, held): (&Open<'_>, &Held<'_>),
    request: &RunRequest,
) -> Result<(RunResult, Option<FhirError>), FhirError> {
    let failed = stage(world, source, export, open, held)?;
    held.beat()?;
    let published = publish(world, source, export, request.accept_loss).inspect_err(|error| {
        // Whoever comes next takes it anew; what cannot be removed now is in nobody's way.
        let handed = Handed::of(world.rejects, source, export);
        let _ = if let FhirError::Rejects { .. } = error { handed.clear_but_refused() } else { handed.clear() };
    })?;
    held.beat()?;
    let settled = settle(world, source)?;
    held.beat()?;
    let (tables, unmade) = make(world, source, &|_| false)?;
    let handed = Handed::of(world.rejects, source, export);
    let mut failures = BTreeMap::new();
    if failed > 0 {
        for index in 0..export.items.len() {
            let taken = handed.taken(index)?.unwrap_or_default();
            failures.extend(taken.failed.map(|(_, why)| (taken.file, why)));
        }
    }
    handed.clear()?;
    let result = RunResult {
        source: source.name.clone(),
        partial: failed > 0,
        exports: 1,
        runs: published.run.into_iter().collect(),
        counts: published.tally.by_type()?,
        failed_files: failed,
        failed: failures,
        resources: settled.resources,
        parts: settled.parts,
        tables,
        warnings: published.warnings,
        ..RunResult::default()
    };
    Ok((result, unmade))
}

/// Takes the files of an export, several at once, and answers how many failed. Those that an earlier attempt took are passed over.
///
/// # Errors
/// Where something fails that is not the file.
pub fn stage(
    world: &World<'_>,
    source: &Source,
    export: &Export,
    open: &Open<'_>,
    held: &Held<'_>,
) -> Result<u64, FhirError> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new((0_u64, None::<FhirError>)));
    let one = |index: usize| -> Result<bool, FhirError> {
        let handed = Handed::of(world.rejects, source, export);
        if is_taken(&handed, index)? {
            return Ok(true);
        }
        held.beat()?;
        match take_file(world, source, export, index, open) {
            Ok(_) => Ok(true),
            Err(error) if error.is_of_file() => {
                let name = export.items.get(index).map(|item| item.name.clone()).unwrap_or_default();
                let why = (error.kind().name.to_owned(), causes(&error));
                handed.failed(index, &Taken { file: name, failed: Some(why), ..Taken::default() })?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    };
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= export.items.len() {
                return;
            }
            let done = one(index);
            let mut failed = failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match done {
                Ok(true) => {}
                Ok(false) => failed.0 += 1,
                Err(error) => {
                    next.store(export.items.len(), Ordering::Relaxed);
                    failed.1.get_or_insert(error);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(source.max_files as usize);
    thread::scope(|scope| (0..threads.min(export.items.len())).for_each(|_| drop(scope.spawn(work))));
    let (failed, error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    error.map_or(Ok(failed), Err)
}
