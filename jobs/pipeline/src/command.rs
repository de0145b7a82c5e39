//! The command that runs again what failed.

use carelake_core::ErrorKind;
use jiff::civil::Date;

use super::report::{Outcome, OutcomeStatus, RunReport};

/// Returns the commands that run again what failed, with the flag that its advice names where it names one; none when
/// nothing failed. `options` are those with which the command works on the same lake.
#[must_use]
pub fn again(report: &RunReport, options: &str) -> Vec<String> {
    let (losses, others): (Vec<&Outcome>, Vec<&Outcome>) = report.with(OutcomeStatus::Failed).partition(is_loss);
    [others, losses].iter().filter_map(|outcomes| command(outcomes, report.as_of, options)).collect()
}

/// Returns the command for these publications; `None` for none. Losses are accepted only where nothing else is.
pub(super) fn command(outcomes: &[&Outcome], as_of: Date, options: &str) -> Option<String> {
    let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.publication.as_str()).collect();
    let flag = if outcomes.iter().all(is_loss) { "--accept-loss " } else { "" };
    (!names.is_empty()).then(|| format!("carelake rerun {} --as-of {as_of} {flag}{options}", names.join(" ")))
}

fn is_loss(outcome: &&Outcome) -> bool {
    let losses = [ErrorKind::VOLUME_DROP.name, ErrorKind::CONTENT_LOSS.name];
    outcome.error.as_deref().is_some_and(|error| losses.contains(&error))
}
