//! The one notice of a run: what on-call must know at night, and the command to type.

use std::fmt::Write;

use super::report::{Outcome, OutcomeStatus, RunReport};
use crate::error::ErrorKind;
use crate::ledger::Status;

/// A subject and a text, for a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// At most 100 ASCII characters, as SNS demands.
    pub subject: String,
    /// Plain text.
    pub message: String,
}

/// The longest subject that SNS takes, in characters.
const SUBJECT_CHARS: usize = 100;

/// Writes the notice of a run. `options` are those with which the command to type works on the same lake.
#[must_use]
pub fn notice(report: &RunReport, environment: &str, options: &str) -> Notice {
    Notice { subject: subject(report), message: message(report, environment, options) }
}

/// Returns the command that runs again what failed; `None` when nothing did.
#[must_use]
pub fn again(report: &RunReport, options: &str) -> Option<String> {
    let failed: Vec<&str> = report.with(OutcomeStatus::Failed).map(|outcome| outcome.publication.as_str()).collect();
    let command = || format!("carelake rerun {} --as-of {} {options}", failed.join(" "), report.as_of);
    (!failed.is_empty()).then(command)
}

fn subject(report: &RunReport) -> String {
    let published = report.with(OutcomeStatus::Published).count();
    let text = match report.status {
        Status::Succeeded => format!("carelake: run {} succeeded, {published} published", report.run_id),
        Status::Aborted | Status::Running => {
            format!("carelake: run {} was aborted, {published} published", report.run_id)
        }
        Status::Failed => {
            let name = |outcome: &Outcome| {
                format!("{} ({})", outcome.publication, outcome.error.as_deref().unwrap_or("Internal"))
            };
            let failed: Vec<String> = report.with(OutcomeStatus::Failed).map(name).collect();
            format!("carelake: run {} FAILED: {}", report.run_id, failed.join(", "))
        }
    };
    let ascii: String = text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect();
    if ascii.chars().count() <= SUBJECT_CHARS {
        return ascii;
    }
    ascii.chars().take(SUBJECT_CHARS - 3).chain("...".chars()).collect()
}

fn message(report: &RunReport, environment: &str, options: &str) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_message(&mut text, report, environment, options);
    text
}

fn write_message(text: &mut String, report: &RunReport, environment: &str, options: &str) -> std::fmt::Result {
    let ended = match report.status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Aborted | Status::Running => "was aborted",
    };
    let (run, trigger, as_of) = (&report.run_id, report.trigger, report.as_of);
    writeln!(text, "carelake run {run} ({trigger}, as of {as_of}, environment {environment}) {ended}.")?;
    section(text, report, OutcomeStatus::Failed, "Failed", failed)?;
    section(text, report, OutcomeStatus::Published, "Published", published)?;
    section(text, report, OutcomeStatus::Skipped, "Not asked for", |text, outcome| {
        writeln!(text, "  {}: {}", outcome.publication, serving(outcome))
    })?;
    if let Some(usd) = report.usage.usd {
        writeln!(text, "\nCost: ${usd:.4} at list prices.")?;
    }
    if let Some(again) = again(report, options) {
        writeln!(text, "\nOnce the cause is mended, type:\n  {again}")?;
    }
    Ok(())
}

fn section(
    text: &mut String,
    report: &RunReport,
    status: OutcomeStatus,
    title: &str,
    mut each: impl FnMut(&mut String, &Outcome) -> std::fmt::Result,
) -> std::fmt::Result {
    if report.with(status).next().is_some() {
        writeln!(text, "\n{title}")?;
    }
    report.with(status).try_for_each(|outcome| each(text, outcome))
}

fn failed(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let error = outcome.error.as_deref().unwrap_or("Internal");
    let count = outcome.attempts.len();
    let plural = if count == 1 { "" } else { "s" };
    writeln!(text, "  {}: {error} after {count} attempt{plural}", outcome.publication)?;
    if let Some(reason) = &outcome.reason {
        writeln!(text, "    why: {reason}")?;
    }
    for attempt in &outcome.attempts {
        let error = attempt.error.as_deref().unwrap_or("did not end");
        writeln!(text, "    attempt {} at {:.0}: {error}", attempt.number, attempt.started_at)?;
    }
    writeln!(text, "    now: {}", serving(outcome))?;
    let kind = ErrorKind::from_name(error).unwrap_or(ErrorKind::Internal);
    writeln!(text, "    do: {}", outcome.advice())?;
    writeln!(text, "    runbook: docs/operations.md#{}", kind.name().to_ascii_lowercase())
}

fn published(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let Some(report) = &outcome.report else { return writeln!(text, "  {}", outcome.publication) };
    let rejects: u64 = report.sources.values().map(|source| source.account.rejects()).sum();
    let beside = report.previous.map(|last| {
        format!(" ({}), {rejects} rejected ({})", change(report.rows, last.rows), change(rejects, last.rejected))
    });
    let beside = beside.unwrap_or_else(|| format!(", {rejects} rejected; the first run"));
    writeln!(text, "  {}: {} rows{beside}", outcome.publication, report.rows)?;
    report.losses.iter().try_for_each(|loss| writeln!(text, "    less than last time: {loss}"))?;
    report.notices.iter().try_for_each(|notice| writeln!(text, "    note: {notice}"))
}

/// Returns how much more or less a figure is than last time: `+12`, `-3`, `+0`.
#[must_use]
pub fn change(now: u64, last: u64) -> String {
    if now >= last { format!("+{}", now - last) } else { format!("-{}", last - now) }
}

fn serving(outcome: &Outcome) -> String {
    if let Some(reason) = &outcome.serving_unknown {
        return format!("what it serves cannot be told: {reason}");
    }
    match &outcome.serving {
        Some(serving) => format!("still serves run {}, published {:.0}", serving.run_id, serving.published_at),
        None => "serves nothing; it was never published".to_owned(),
    }
}
