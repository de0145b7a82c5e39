//! Failures of one run by their cause: what befell a source befalls every dataset that reads it, and is told once.

use carelake_core::ErrorKind;

use super::report::{Outcome, OutcomeStatus, RunReport};

/// Publications that failed for one reason.
#[derive(Debug)]
pub(super) struct Cause<'r> {
    /// The name of the error.
    pub(super) error: &'r str,
    /// The reason, without values from the data; empty when none is known.
    pub(super) reason: &'r str,
    /// What failed, in the order of the report; at least one.
    pub(super) outcomes: Vec<&'r Outcome>,
}

/// Returns the causes of what failed, in the order in which the report has them first.
pub(super) fn causes(report: &RunReport) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for outcome in report.with(OutcomeStatus::Failed) {
        let error = outcome.error.as_deref().unwrap_or(ErrorKind::INTERNAL.name);
        let reason = outcome.reason.as_deref().unwrap_or_default();
        match causes.iter_mut().find(|cause| (cause.error, cause.reason) == (error, reason)) {
            Some(cause) => cause.outcomes.push(outcome),
            None => causes.push(Cause { error, reason, outcomes: vec![outcome] }),
        }
    }
    causes
}

impl Cause<'_> {
    /// Returns the source that the reason begins with, as the errors of sources do.
    pub(super) fn source(&self) -> Option<&str> {
        self.reason.strip_prefix("source ")?.split_once(':').map(|(source, _)| source)
    }

    /// Returns the publications, with commas between.
    pub(super) fn names(&self, separator: &str) -> String {
        let names: Vec<&str> = self.outcomes.iter().map(|outcome| outcome.publication.as_str()).collect();
        names.join(separator)
    }

    /// Returns the error in a few words: its name, and the source where it is one.
    pub(super) fn title(&self) -> String {
        match self.source() {
            Some(source) => format!("{} in source {source}", self.error),
            None => self.error.to_owned(),
        }
    }
}
