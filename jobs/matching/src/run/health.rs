//! Whether what a matcher keeps is whole: after a crash, a lost file, or days without a run.

use carelake_core::publish::{current, manifest};
use serde::Serialize;
use serde_json::Value;

use super::error::MatchError;
use super::linker::Engine;
use super::loading::behind;
use super::outcomes::outcomes;
use super::undo::shown_sequence;
use super::world::World;
use crate::reviews::{Checked, Desk, catch_up, has_end, hidden, quality, verify};

/// How what a matcher keeps is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Runs that are served and not in the reference.
    pub new: usize,
    /// Runs that are in the reference and served no more.
    pub gone: usize,
    /// Decisions that were in the audit alone and were carried out just now.
    pub taken_up: u64,
    /// What the check of decisions found.
    pub audit: Checked,
    /// Whether the audit lacks the end that the last run noted.
    pub is_cut: bool,
    /// Questions of a run that has not published.
    pub hidden: u64,
    /// When the oldest open question was asked.
    pub oldest_open: Option<String>,
    /// Open questions.
    pub open: u64,
}

/// Looks whether what a matcher keeps is whole. Decisions that were made and not carried out are carried out.
///
/// # Errors
/// [`MatchError`].
pub fn health(world: &World<'_>, engine: &Engine, desk: &Desk<'_>) -> Result<Health, MatchError> {
    let mut reference = world.reference(&engine.matcher.name)?;
    let taken_up = catch_up(&mut reference, desk)?;
    let (new, gone) = behind(world, engine, &reference)?;
    let quality = quality(&reference)?;
    Ok(Health {
        new,
        gone,
        taken_up,
        audit: verify(&reference, desk)?,
        is_cut: is_cut(world, desk)?,
        hidden: hidden(&reference, shown_sequence(world, desk.matcher)?)?,
        open: quality.open.values().sum(),
        oldest_open: quality.oldest_open,
    })
}

/// Returns whether the audit lacks the end that the last run noted in its manifest.
///
/// # Errors
/// [`MatchError`].
pub fn is_cut(world: &World<'_>, desk: &Desk<'_>) -> Result<bool, MatchError> {
    let outcomes = outcomes(desk.matcher);
    let Some(pointer) = current(world.store, &outcomes)? else { return Ok(false) };
    for entry in &pointer.runs {
        let details = manifest(world.store, &outcomes, &entry.run_id)?.details;
        let noted = details.get("audit");
        let entries = noted.and_then(|noted| noted.get("entries")).and_then(Value::as_u64);
        let hash = noted.and_then(|noted| noted.get("hash")).and_then(Value::as_str);
        if let Some(noted) = entries.zip(hash)
            && !has_end(desk, noted)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
