//! A run's report as people read it.

use carelake_core::ErrorKind;
use carelake_core::ledger::Status;
use carelake_core::measure::Loss;
use carelake_pipeline::{Outcome, OutcomeStatus, RunReport, Usage, again, change};
use jiff::Timestamp;

use crate::output::{Tone, line, size, thousands, toned_table};
use crate::registry::KINDS;

/// Prints a run's report; `options` are those that the command to type next must have.
pub(crate) fn print(report: &RunReport, options: &str) {
    let (run, trigger, as_of) = (&report.run_id, report.trigger, report.as_of);
    line(format_args!(
        "run {run} {} ({trigger}, as of {as_of}, {})",
        tone(report.status).paint(report.status),
        seconds(report.started_at, report.finished_at)
    ));
    line("");
    let header = ["PUBLICATION", "STATUS", "ROWS", "ROWS +/-", "REJECTED", "REJECTED +/-", "FILES", "SIZE", "TRIES"];
    let right = ["ROWS", "ROWS +/-", "REJECTED", "REJECTED +/-", "FILES", "SIZE", "TRIES"];
    toned_table(&header, &right, report.publications.iter().map(row));
    for outcome in report.with(OutcomeStatus::Failed) {
        line("");
        let error = outcome.error.as_deref().unwrap_or("Internal");
        line(Tone::Bad.paint(format_args!("{} failed: {error}", outcome.publication)));
        if let Some(reason) = &outcome.reason {
            line(format_args!("  why   {reason}"));
        }
        line(format_args!("  now   {}", serving(outcome)));
        line(format_args!("  next  {}", outcome.advice(KINDS)));
    }
    let again = again(report, options);
    if !again.is_empty() {
        line(format_args!("\nonce the cause is mended:\n  {}", again.join("\n  ")));
    }
    if let Some(cost) = cost(&report.usage) {
        line(format_args!("\n{cost}"));
    }
    print_losses(report);
    let notices: Vec<&String> = report
        .publications
        .iter()
        .filter_map(|outcome| outcome.report.as_ref())
        .flat_map(|report| &report.notices)
        .collect();
    let mut told: Vec<&String> = Vec::new();
    for notice in notices {
        if !told.contains(&notice) {
            line(format_args!("{}note: {notice}", if told.is_empty() { "\n" } else { "" }));
            told.push(notice);
        }
    }
}

/// Prints what is there no more, the worst first; what several publications lose is told once.
fn print_losses(report: &RunReport) {
    let published = report.publications.iter().filter_map(|outcome| outcome.report.as_ref());
    let mut losses: Vec<(&Loss, Vec<&str>)> = Vec::new();
    for of in published {
        for loss in &of.losses {
            match losses.iter_mut().find(|(known, _)| *known == loss) {
                Some((_, publications)) => publications.push(&of.publication),
                None => losses.push((loss, vec![&of.publication])),
            }
        }
    }
    losses.sort_by(|(left, _), (right, _)| right.share.total_cmp(&left.share));
    for (number, (loss, publications)) in losses.iter().enumerate() {
        let start = if number == 0 { "\n" } else { "" };
        let text = format!("less than last time: {loss} ({})", publications.join(", "));
        line(format_args!("{start}{}", Tone::Bad.paint(text)));
    }
}

/// Returns what a run cost, where it costs something.
fn cost(usage: &Usage) -> Option<String> {
    let (usd, gb_seconds) = (usage.usd?, usage.gb_seconds?);
    let tasks = match usage.vcpu_hours {
        Some(hours) if hours > 0.0 => format!(", {hours:.2} vCPU-hours, {:.2} GB-hours", usage.gb_hours?),
        _ => String::new(),
    };
    let (calls, transitions, objects) = (usage.function_calls?, usage.state_transitions?, usage.objects_written);
    Some(format!(
        "cost ${usd:.4} at list prices: {gb_seconds:.1} GB-seconds{tasks}, {calls} calls, {transitions} state transitions, {objects} objects written"
    ))
}

/// Returns the tone of how a run, or an attempt, ended.
pub(crate) const fn tone(status: Status) -> Tone {
    match status {
        Status::Succeeded => Tone::Good,
        Status::Failed | Status::Aborted => Tone::Bad,
        Status::Running => Tone::Plain,
    }
}

fn row(outcome: &Outcome) -> (Tone, Vec<String>) {
    let (tone, status) = match outcome.status {
        OutcomeStatus::Published => (Tone::Plain, "published"),
        OutcomeStatus::Failed => (Tone::Bad, "failed"),
        OutcomeStatus::Skipped => (Tone::Faint, "not asked for"),
    };
    let figures = outcome.report.as_ref().map(|report| {
        let rejects = report.sources.values().map(|source| source.account.rejects()).sum();
        let [more_rows, more_rejects] = report.previous.map_or_else(
            || ["first".to_owned(), "run".to_owned()],
            |last| [change(report.rows, last.rows), change(rejects, last.rejected)],
        );
        let (files, bytes) = (thousands(report.files), size(report.bytes));
        [thousands(report.rows), more_rows, thousands(rejects), more_rejects, files, bytes]
    });
    let [rows, more_rows, rejects, more_rejects, files, bytes] = figures.unwrap_or_default();
    let tries = if outcome.attempts.is_empty() { String::new() } else { outcome.attempts.len().to_string() };
    let name = outcome.publication.clone();
    (tone, vec![name, status.to_owned(), rows, more_rows, rejects, more_rejects, files, bytes, tries])
}

fn serving(outcome: &Outcome) -> String {
    if let Some(reason) = &outcome.serving_unknown {
        return format!("what is served cannot be told: {reason}");
    }
    match &outcome.serving {
        Some(serving) => format!("run {} of {:.0} is still served", serving.run_id, serving.published_at),
        None => "nothing is served; it was never published".to_owned(),
    }
}

/// Returns how long something took, in seconds.
pub(crate) fn seconds(from: Timestamp, to: Timestamp) -> String {
    format!("{:.1} s", to.duration_since(from).as_secs_f64())
}

/// Returns the exit code that tells how a run ended.
pub(crate) fn exit_code(report: &RunReport) -> u8 {
    let failed = report.with(OutcomeStatus::Failed);
    let mut kinds: Vec<&'static ErrorKind> = failed.map(|outcome| outcome.error_kind(KINDS)).collect();
    kinds.dedup();
    match (report.status, kinds.as_slice()) {
        (Status::Succeeded, _) => 0,
        (Status::Aborted, _) => 130,
        (_, [kind]) => kind.exit_code,
        _ => 1,
    }
}
