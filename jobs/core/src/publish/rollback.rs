//! Moving the pointer back, and the link with it.

use jiff::Timestamp;

use super::commit::Commit;
use super::error::PublishError;
use super::guard::Guard;
use super::inventory::{RunSummary, runs};
use super::manifest::{Pointer, current, manifest, versioned_pointer};
use super::verify::Check;
use crate::ledger::{Claim, Ledger};
use crate::names::{Publication, RunId};
use crate::store::Store;

/// Seconds after which the lease of a verb that died is free again; each takes a few seconds.
pub(super) const VERB_LEASE_SECS: u64 = 5 * 60;

/// A pointer that was moved back.
#[derive(Debug)]
pub struct RolledBack {
    /// The run that was published.
    pub from: RunId,
    /// The run that is published now.
    pub to: RunId,
    /// How often the pointer was moved, with this time.
    pub sequence: u64,
    /// What failed after the pointer was moved: moving the link, giving back the lease.
    pub warnings: Vec<PublishError>,
}

/// Publishes an older run again: the named one, or the one that was published before the current one was. Its files must
/// all be there. Nothing is moved when the named run is the current one.
///
/// # Errors
/// [`PublishError::NoEarlierRun`] or [`PublishError::NoSuchRun`] when there is none, [`PublishError::Unverified`] when files
/// of it are gone, [`PublishError::Held`] when a run is publishing, [`PublishError::Overtaken`] when one published
/// nevertheless; store or ledger fail.
pub fn rollback(
    store: &dyn Store,
    ledger: &dyn Ledger,
    publication: &Publication,
    to: Option<&RunId>,
    now: Timestamp,
) -> Result<RolledBack, PublishError> {
    let claim = Claim { publication, owner: "rollback", retake: false, now, ttl_secs: VERB_LEASE_SECS };
    let guard = Guard::take(ledger, &claim)?;
    let none = || PublishError::NoEarlierRun { publication: publication.clone() };
    let (last, version) = versioned_pointer(store, publication)?.ok_or_else(none)?;
    let to = match to {
        Some(to) => to.clone(),
        None => manifest(store, publication, &last.run_id)?.previous_run_id.ok_or_else(none)?,
    };
    let target = manifest(store, publication, &to)?;
    Check { store, publication, run_id: &to, layout: target.layout }.listing(&target.files)?;
    let pointer = if to == last.run_id {
        last.clone()
    } else {
        guard.renew(now)?;
        let is_newer = |run: &RunSummary| run.manifest.as_ref().is_some_and(|it| it.written_at > target.written_at);
        let rolled_back = runs(store, publication)?.iter().any(is_newer);
        let next = Pointer { rolled_back, ..Pointer::after(Some(&last), &to, target.layout, now) };
        Commit { store, publication, run_id: &to, now }.swing(&next, Some(&version))?
    };
    let mut warnings = Vec::new();
    warnings.extend(link_to(store, publication, &pointer).err());
    warnings.extend(guard.release().map_err(PublishError::from).err());
    Ok(RolledBack { from: last.run_id, to, sequence: pointer.sequence, warnings })
}

/// Moves the link of a publication to the published run, if it is elsewhere. It lags behind when a process is killed between
/// moving the pointer and moving the link.
///
/// # Errors
/// [`PublishError::Store`], [`PublishError::Unreadable`] or [`PublishError::Newer`].
pub fn reconcile_link(store: &dyn Store, publication: &Publication) -> Result<(), PublishError> {
    current(store, publication)?.map_or(Ok(()), |pointer| link_to(store, publication, &pointer))
}

pub(super) fn link_to(store: &dyn Store, publication: &Publication, pointer: &Pointer) -> Result<(), PublishError> {
    Ok(store.link(&publication.link_key(), &pointer.folder(publication))?)
}
