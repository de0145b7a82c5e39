//! Moving the pointer back, and taking a run out of a list.

use jiff::Timestamp;

use super::commit::Commit;
use super::document::FORMAT;
use super::error::PublishError;
use super::former::{self, former, formers};
use super::inventory::{RunSummary, runs};
use super::keep::Keep;
use super::list::show;
use super::manifest::{Manifest, manifest};
use super::pointer::{Entry, Pointer, Serves, current, versioned_pointer};
use super::publishing::{Desk, Opening, Published, Publishing};
use super::swap::Swap;
use super::verify::Check;
use crate::names::{Baseline, Publication, RunId};

/// Seconds after which the lease of a verb that died is free again; each takes a few seconds.
pub(super) const VERB_LEASE_SECS: u64 = 5 * 60;

/// Where a rollback goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To what was served before the runs that are served now.
    Before,
    /// To a run of a snapshot.
    Run(RunId),
    /// To what the pointer said when it had been moved so often.
    Sequence(u64),
}

/// A pointer that was moved back.
#[derive(Debug)]
pub struct RolledBack {
    /// What was served.
    pub from: Pointer,
    /// What is served now.
    pub to: Pointer,
    /// What failed after the pointer was moved: moving the link, giving back the lease.
    pub warnings: Vec<PublishError>,
}

/// Restores what was served before: runs, state and helpers. The files of the runs must all be there. Nothing is moved when
/// those runs are served already.
///
/// # Errors
/// [`PublishError::NoEarlierRun`], [`PublishError::NoSuchRun`] or [`PublishError::NoSuchPointer`] when there is none,
/// [`PublishError::Serves`] when a run of a list is named, [`PublishError::Unverified`] when files are gone,
/// [`PublishError::Held`] when a run is publishing, [`PublishError::Overtaken`] when one published nevertheless; store or ledger
/// fail.
pub fn rollback(desk: Desk<'_>, target: &Target) -> Result<RolledBack, PublishError> {
    let (store, publication) = (desk.store, desk.publication);
    let serves = current(store, publication)?.map_or(Serves::Snapshot, |pointer| pointer.kind);
    let publishing = Publishing::open(desk, verb("rollback", serves))?;
    // Read again, now that nobody else moves it.
    let (last, version) = versioned_pointer(store, publication)?.ok_or_else(|| no_earlier(publication))?;
    let target = find(&desk, &last, target)?;
    for entry in &target.runs {
        let whole = manifest(store, publication, &entry.run_id)?;
        Check { store, publication, run_id: &entry.run_id, layout: whole.layout }.listing(&whole.files)?;
    }
    let commit = Commit { tenure: publishing.tenure() };
    let to = if target.runs == last.runs {
        last.clone()
    } else {
        let next = Pointer {
            sequence: last.sequence + 1,
            content: last.content + 1,
            committed_at: (desk.now)(),
            execution: None,
            rolled_back: is_back(&desk, &target)?,
            ..target
        };
        former::keep(store, publication, &last)?;
        publishing.tenure().guard.renew((desk.now)())?;
        commit.swing(&next, Some(&version))?
    };
    let mut warnings = Vec::new();
    warnings.extend(show(store, publication, &to).err());
    warnings.extend(publishing.tenure().guard.release().map_err(PublishError::from).err());
    Ok(RolledBack { from: last, to, warnings })
}

/// Takes one run out of a list and leaves the rest.
///
/// # Errors
/// [`PublishError::Serves`] of a snapshot, which has nothing else to serve; [`PublishError::NotServed`] when the run is not in the
/// list; and as any commit.
pub fn retract(desk: Desk<'_>, run_id: &RunId) -> Result<Published, PublishError> {
    let publishing = Publishing::open(desk, verb("retract", Serves::Log))?;
    let swap = Swap { retract: vec![run_id.clone()], ..Swap::default() };
    publishing.commit(swap, Keep::ALL)
}

pub(super) fn verb(name: &str, serves: Serves) -> Opening {
    Opening {
        serves,
        owner: name.to_owned(),
        execution: None,
        baseline: Baseline::default(),
        lease_secs: VERB_LEASE_SECS,
    }
}

fn no_earlier(publication: &Publication) -> PublishError {
    PublishError::NoEarlierRun { publication: publication.clone() }
}

/// Returns the pointer that is to be restored.
fn find(desk: &Desk<'_>, last: &Pointer, target: &Target) -> Result<Pointer, PublishError> {
    let (store, publication) = (desk.store, desk.publication);
    match target {
        Target::Sequence(sequence) if *sequence == last.sequence => Ok(last.clone()),
        Target::Sequence(sequence) => former(store, publication, *sequence)?
            .ok_or_else(|| PublishError::NoSuchPointer { publication: publication.clone(), sequence: *sequence }),
        Target::Run(_) if last.kind == Serves::Log => {
            Err(PublishError::Serves { publication: publication.clone(), found: last.kind })
        }
        Target::Run(run_id) => to_run(desk, last, run_id),
        Target::Before => match last.before {
            Some(sequence) => former(store, publication, sequence)?.ok_or_else(|| no_earlier(publication)),
            // A pointer of the first version names nothing; its manifest does.
            None if last.kind == Serves::Snapshot && last.sequence > 1 => {
                let run_id = last.last().map(|entry| entry.run_id.clone()).ok_or_else(|| no_earlier(publication))?;
                let before = manifest(store, publication, &run_id)?.previous_run_id;
                to_run(desk, last, &before.ok_or_else(|| no_earlier(publication))?)
            }
            None => Err(no_earlier(publication)),
        },
    }
}

/// Returns the pointer to a run of a snapshot: the last that named it, or one that is made of its manifest.
fn to_run(desk: &Desk<'_>, last: &Pointer, run_id: &RunId) -> Result<Pointer, PublishError> {
    let serves_it = |pointer: &Pointer| pointer.run_id.as_ref() == Some(run_id);
    if serves_it(last) {
        return Ok(last.clone());
    }
    let formers = formers(desk.store, desk.publication, Some(last))?;
    if let Some(former) = formers.into_iter().rev().find(|former| serves_it(&former.pointer)) {
        return Ok(former.pointer);
    }
    let whole: Manifest = manifest(desk.store, desk.publication, run_id)?;
    let before = whole.previous_run_id.as_ref().and_then(|before| {
        let formers = former::sequences(desk.store, desk.publication).unwrap_or_default();
        let names = |sequence: &u64| {
            let pointer = former(desk.store, desk.publication, *sequence).ok().flatten();
            pointer.is_some_and(|pointer| pointer.run_id.as_ref() == Some(before))
        };
        formers.into_iter().rev().find(names)
    });
    Ok(Pointer {
        version: FORMAT,
        run_id: Some(run_id.clone()),
        manifest: Some(whole.layout.manifest(run_id)),
        runs: vec![Entry::of(&whole)],
        state: serde_json::Value::Null,
        helpers: Vec::new(),
        before,
        ..last.clone()
    })
}

/// Returns whether a pointer leads back past something that is kept: a run that was written after each of its own.
fn is_back(desk: &Desk<'_>, target: &Pointer) -> Result<bool, PublishError> {
    let all = runs(desk.store, desk.publication)?;
    let written = |run: &RunSummary| run.manifest.as_ref().map(|manifest| manifest.written_at);
    let ours = |run: &&RunSummary| target.entry(&run.run_id).is_some();
    let newest: Option<Timestamp> = all.iter().filter(ours).filter_map(written).max();
    Ok(all.iter().filter(|run| !ours(run)).filter_map(written).any(|at| newest.is_none_or(|newest| at > newest)))
}
