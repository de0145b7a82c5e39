//! The one notice of a run: what on-call must know at night, and the command to type.
//!
//! A run that failed is told in five lines for each cause, and in detail below them.

use std::fmt::Write;

use carelake_core::ledger::Status;
use carelake_core::{ErrorKind, ErrorKinds};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::cause::{Cause, causes};
use super::command::command;
use super::report::{Outcome, OutcomeStatus, RunReport, Serving};

/// A subject and a text, for a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// At most 100 ASCII characters, as SNS demands.
    pub subject: String,
    /// Plain text.
    pub message: String,
}

/// Who tells: what a notice says beside the report.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'t> {
    /// The environment.
    pub environment: &'t str,
    /// The options with which the command to type works on the same lake.
    pub options: &'t str,
    /// The machine; `None` on AWS, where the environment says where.
    pub host: Option<&'t str>,
    /// The time zone of times.
    pub zone: &'t TimeZone,
    /// The kinds of errors there are, for advice.
    pub kinds: ErrorKinds,
}

/// The longest subject that SNS takes, in characters.
const SUBJECT_CHARS: usize = 100;
/// Below this many hours an age is told in hours.
const HOURS_TOLD: i64 = 48;

/// Writes the notice of a run.
#[must_use]
pub fn notice(report: &RunReport, teller: Teller<'_>) -> Notice {
    let mut message = String::new();
    // Writing to a string cannot fail.
    let _ = write_message(&mut message, report, teller);
    Notice { subject: subject(report), message }
}

fn subject(report: &RunReport) -> String {
    let published = report.with(OutcomeStatus::Published).count();
    let told = || {
        let causes = causes(report);
        let each = causes.iter().map(|cause| format!("{}: {}", cause.title(), cause.names(", ")));
        each.collect::<Vec<_>>().join("; ")
    };
    let text = match report.status {
        Status::Succeeded => format!("carelake: run {} succeeded, {published} published", report.run_id),
        Status::Aborted | Status::Running => format!("carelake: run {} was ABORTED: {}", report.run_id, told()),
        Status::Failed => format!("carelake: run {} FAILED: {}", report.run_id, told()),
    };
    let ascii: String = text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect();
    if ascii.chars().count() <= SUBJECT_CHARS {
        return ascii;
    }
    ascii.chars().take(SUBJECT_CHARS - 3).chain("...".chars()).collect()
}

fn write_message(text: &mut String, report: &RunReport, teller: Teller<'_>) -> std::fmt::Result {
    write_head(text, report, teller)?;
    let causes = causes(report);
    for cause in &causes {
        write_cause(text, cause, report, teller)?;
    }
    for cause in &causes {
        write_details(text, cause, teller)?;
    }
    section(text, report, OutcomeStatus::Published, "Published", published)?;
    section(text, report, OutcomeStatus::Skipped, "Not asked for", |text, outcome| {
        writeln!(text, "  {}: {}", outcome.publication, serving(outcome, teller.zone))
    })?;
    if let Some(usd) = report.usage.usd {
        writeln!(text, "\nCost: ${usd:.4} at list prices.")?;
    }
    Ok(())
}

fn write_head(text: &mut String, report: &RunReport, teller: Teller<'_>) -> std::fmt::Result {
    let ended = match report.status {
        Status::Succeeded => "succeeded",
        Status::Failed => "FAILED",
        Status::Aborted | Status::Running => "was ABORTED",
    };
    let (run, trigger, as_of, environment) = (&report.run_id, report.trigger, report.as_of, teller.environment);
    let host = teller.host.map_or_else(String::new, |host| format!(" on {host}"));
    let at = moment(report.finished_at, teller.zone);
    let failed = report.with(OutcomeStatus::Failed).count();
    let all = failed + report.with(OutcomeStatus::Published).count();
    write!(text, "carelake run {run} ({trigger}, as of {as_of}, environment {environment}){host} {ended} at {at}")?;
    if failed > 0 {
        write!(text, ": {failed} of {all} not published")?;
    }
    let in_a_row = report.with(OutcomeStatus::Failed).map(|outcome| outcome.failures_in_a_row).max().unwrap_or(0);
    if in_a_row > 1 {
        write!(text, ", {} failure in a row", ordinal(in_a_row))?;
    }
    writeln!(text, ".")
}

/// Writes what is to be known of a cause at once: what it is, what is served, the files, and the command.
fn write_cause(text: &mut String, cause: &Cause<'_>, report: &RunReport, teller: Teller<'_>) -> std::fmt::Result {
    writeln!(text, "{}: {}: {}", cause.error, cause.reason, cause.names(", "))?;
    writeln!(text, "  served {}", served(cause, report.finished_at, teller.zone))?;
    if let Some(files) = files(cause) {
        writeln!(text, "  file   {files}")?;
    }
    writeln!(text, "  type  {}", command(&cause.outcomes, report.as_of, teller.options).unwrap_or_default().trim_end())
}

/// Tells which runs are served meanwhile, and how old they are.
fn served(cause: &Cause<'_>, now: Timestamp, zone: &TimeZone) -> String {
    let of = |outcome: &Outcome| match (&outcome.serving, &outcome.serving_unknown) {
        (_, Some(reason)) => format!("cannot be told: {reason}"),
        (None, None) => "is nothing; it was never published".to_owned(),
        (Some(serving), None) => {
            let Serving { run_id, published_at, written_at } = serving;
            let written_at = written_at.unwrap_or(*published_at);
            format!("is run {run_id} of {}, {} old", moment(written_at, zone), age(written_at, now))
        }
    };
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for outcome in &cause.outcomes {
        let text = of(outcome);
        match told.iter_mut().find(|(other, _)| *other == text) {
            Some((_, names)) => names.push(&outcome.publication),
            None => told.push((text, vec![&outcome.publication])),
        }
    }
    if let [(text, _)] = told.as_slice() {
        return text.clone();
    }
    told.into_iter().map(|(text, names)| format!("{text} ({})", names.join(", "))).collect::<Vec<_>>().join("; ")
}

/// Tells the file of the cause's source beside the last good one. Without a source to blame it is that of the rows.
fn files(cause: &Cause<'_>) -> Option<String> {
    let mut all = cause.outcomes.iter().flat_map(|outcome| &outcome.files);
    let files = match cause.source() {
        Some(source) => all.find(|files| files.source == source),
        None => all.next(),
    }?;
    let now = match &files.now {
        Some(now) => format!("{}, {}", now.file, megabytes(now.bytes)),
        None if cause.error == ErrorKind::INPUT_MISSING.name => format!("none for source {}", files.source),
        // The function that reports on AWS cannot look into the bucket of the inputs.
        None => format!("source {}", files.source),
    };
    let good = files.good.as_ref().map_or_else(
        || "no last good one".to_owned(),
        |good| {
            let (file, bytes, rows, as_of) = (&good.file, megabytes(good.bytes), good.rows, good.as_of);
            format!("last good one {file}, {bytes}, {rows} rows, as of {as_of}")
        },
    );
    Some(format!("{now}; {good}"))
}

fn write_details(text: &mut String, cause: &Cause<'_>, teller: Teller<'_>) -> std::fmt::Result {
    writeln!(text, "\n{}", cause.title())?;
    for outcome in &cause.outcomes {
        let count = outcome.attempts.len();
        let plural = if count == 1 { "" } else { "s" };
        writeln!(text, "  {}: {} after {count} attempt{plural}", outcome.publication, cause.error)?;
        for attempt in &outcome.attempts {
            let error = attempt.error.as_deref().unwrap_or("did not end");
            writeln!(text, "    attempt {} at {}: {error}", attempt.number, moment(attempt.started_at, teller.zone))?;
        }
    }
    if let Some(outcome) = cause.outcomes.first() {
        writeln!(text, "  do: {}", outcome.advice(teller.kinds))?;
    }
    match teller.kinds.named(cause.error) {
        Some(kind) => writeln!(text, "  runbook: docs/operations.md#{}", kind.name.to_ascii_lowercase()),
        None => writeln!(text, "  runbook: docs/operations.md#when-a-notice-arrives"),
    }
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

fn serving(outcome: &Outcome, zone: &TimeZone) -> String {
    if let Some(reason) = &outcome.serving_unknown {
        return format!("what it serves cannot be told: {reason}");
    }
    match &outcome.serving {
        Some(serving) => {
            format!("still serves run {}, published {}", serving.run_id, moment(serving.published_at, zone))
        }
        None => "serves nothing; it was never published".to_owned(),
    }
}

/// Returns a time with its zone, to the minute.
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

fn age(since: Timestamp, now: Timestamp) -> String {
    let hours = now.duration_since(since).as_hours().max(0);
    if hours < HOURS_TOLD { format!("{hours} h") } else { format!("{} days", hours / 24) }
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn ordinal(number: u32) -> String {
    const WORDS: [&str; 9] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
    let word = number.checked_sub(1).and_then(|at| WORDS.get(at as usize));
    word.map_or_else(|| format!("{number}th"), |word| (*word).to_owned())
}
