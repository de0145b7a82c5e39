//! What became of the rows of accepted deliveries, for people: read from what is served, wherever it is.

use carelake_core::store::Store;
use carelake_pipeline::pipeline::Failure;

use super::desk::named;
use crate::config::Intake;
use crate::error::IntakeError;
use crate::state::{CountLine, RejectLine, counts, reject_lines};

/// Returns what became of the rows of accepted deliveries: of one feed, or of all.
///
/// # Errors
/// `InvalidConfig` where there is no such feed; `Storage` when what is served cannot be read.
pub fn accounts(intake: &Intake, output: &dyn Store, feed: Option<&str>) -> Result<Vec<CountLine>, Failure> {
    each(intake, feed, |feed, table| counts(output, feed, table))
}

/// Returns the refused rows of accepted deliveries, without their values: of one feed, or of all.
///
/// # Errors
/// As [`accounts`].
pub fn rejected(
    intake: &Intake,
    (output, rejects): (&dyn Store, &dyn Store),
    feed: Option<&str>,
) -> Result<Vec<RejectLine>, Failure> {
    each(intake, feed, |feed, table| reject_lines(output, rejects, feed, table))
}

/// Looks at every table of every feed, or of one.
fn each<T>(
    intake: &Intake,
    only: Option<&str>,
    look: impl Fn(&str, &str) -> Result<Vec<T>, IntakeError>,
) -> Result<Vec<T>, Failure> {
    if let Some(name) = only {
        named(intake, name)?;
    }
    let mut all = Vec::new();
    for feed in intake.feeds.iter().filter(|feed| only.is_none_or(|name| feed.name == name)) {
        for table in &feed.tables {
            all.extend(look(&feed.name, &table.table.name)?);
        }
    }
    Ok(all)
}
