//! What was told to whom, and who did what.

use carelake_core::ledger::{Audit, Entry, Notice, Notices};

use super::{FactError, Lake};

/// Returns every notice, newest first; none before anything ran. Whom the configuration names is asked for besides those that the
/// ledger lists, as it lists only who was told since it does.
///
/// # Errors
/// [`FactError::Ledger`].
pub fn notices(lake: &Lake<'_>) -> Result<Vec<Notice>, FactError> {
    let Some(ledger) = lake.ledger else { return Ok(Vec::new()) };
    let notices = Notices::new(ledger, lake.scope);
    let mut recipients = notices.recipients(lake.now)?;
    let mailed = lake.config.notify.smtp.iter().flat_map(|smtp| &smtp.to);
    let subscribed = lake.config.environments.iter().flat_map(|environment| &environment.deployment.emails);
    recipients.extend(mailed.chain(subscribed).cloned());
    recipients.sort_unstable();
    recipients.dedup();
    let mut found = Vec::new();
    for recipient in recipients {
        found.extend(notices.of(&recipient, lake.now)?);
    }
    found.sort_by(|one, other| other.told_at.cmp(&one.told_at).then_with(|| one.id.cmp(&other.id)));
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
