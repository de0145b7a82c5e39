//! The rows that a run refused leave with their run. What they look like is none of this module's business.

use super::error::PublishError;
use super::inventory::runs;
use crate::names::{Publication, RunId};
use crate::store::{Object, Store};

/// Removes the refused rows of runs that are gone from the output and were written before every run that is kept: they leave
/// with their run, and those of a run that failed stay until every kept run is newer. Answers what was, or would be, removed.
///
/// # Errors
/// [`PublishError`] when the runs cannot be listed or rows not be removed; the rest is removed the next time.
pub fn prune_rejects(
    rejects: &dyn Store,
    output: &dyn Store,
    publication: &Publication,
    but: Option<&RunId>,
    dry_run: bool,
) -> Result<Vec<Object>, PublishError> {
    let kept = runs(output, publication)?;
    let written = kept.iter().filter_map(|run| run.manifest.as_ref()).map(|manifest| manifest.written_at);
    let Some(oldest) = written.min() else { return Ok(Vec::new()) };
    let prefix = format!("{publication}/");
    let run_of = |object: &Object| object.key.strip_prefix(&prefix)?.split('/').next()?.parse::<RunId>().ok();
    let is_gone = |run: &RunId| Some(run) != but && !kept.iter().any(|kept| kept.run_id == *run);
    let mut gone = rejects.list(&prefix)?;
    gone.retain(|object| object.modified < oldest && run_of(object).is_some_and(|run| is_gone(&run)));
    if !dry_run {
        gone.iter().try_for_each(|object| rejects.delete(&object.key))?;
    }
    Ok(gone)
}
