//! What was told to whom, and who did what.

use carelake_core::ledger::{Audit, Entry, Notice, Notices};

use super::{FactError, Lake};

/// Returns every notice, newest first; none before anything ran.
///
/// # Errors
/// [`FactError::Ledger`].
pub fn notices(lake: &Lake<'_>) -> Result<Vec<Notice>, FactError> {
    let Some(ledger) = lake.ledger else { return Ok(Vec::new()) };
    let mut found = Notices::new(ledger, lake.scope).every(lake.now)?;
    found.reverse();
    Ok(found)
}

/// Returns the streams of the audit that have entries, by their names; none before anything ran.
///
/// # Errors
/// [`FactError::Ledger`].
pub fn audit_streams(lake: &Lake<'_>) -> Result<Vec<String>, FactError> {
    lake.ledger.map_or_else(|| Ok(Vec::new()), |ledger| Ok(Audit::new(ledger, lake.scope).streams()?))
}

/// Returns entries of a stream of the audit after a number, in order; none before anything ran.
///
/// # Errors
/// [`FactError::Ledger`].
pub fn audit(lake: &Lake<'_>, stream: &str, after: u64, limit: usize) -> Result<Vec<Entry>, FactError> {
    lake.ledger.map_or_else(|| Ok(Vec::new()), |ledger| Ok(Audit::new(ledger, lake.scope).read(stream, after, limit)?))
}
