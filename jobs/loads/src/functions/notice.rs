//! The notice of an execution: names and counts.

use carelake_core::ledger::Turn;
use carelake_pipeline::Context;

use super::course::SourceResult;

/// Characters of a subject, as SNS wants them.
const SUBJECT_CHARS: usize = 100;

/// Words subject and message.
pub(super) fn worded(context: &Context<'_>, news: &[(&SourceResult, Turn)]) -> (String, String) {
    let names = |is_wanted: fn(&Turn) -> bool| {
        let names = news.iter().filter(|(_, turn)| is_wanted(turn)).map(|(result, _)| result.source.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let failed = names(|turn| matches!(turn, Turn::Failed));
    let recovered = names(|turn| matches!(turn, Turn::Recovered { .. }));
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("loads of {failed} FAILED"));
    }
    if !recovered.is_empty() {
        parts.push(format!("loads of {recovered} work again"));
    }
    let subject = format!("carelake {}: {}", context.environment, parts.join("; "));
    let subject: String = subject.chars().filter(char::is_ascii).take(SUBJECT_CHARS).collect();
    let mut message: String = news.iter().map(|(result, turn)| line(context, result, turn)).collect();
    let options = context.options;
    message.push_str(&format!(
        "\nWhat is served is as it was where a load failed. `carelake loads status {options}` shows every table.\n"
    ));
    (subject, message)
}

/// Returns what the first failure of a source said.
pub(super) fn cause(result: &SourceResult) -> String {
    let of_table = || result.failures.first().map(|failure| format!("{}: {}", failure.table, failure.cause));
    let cause = result.cause.clone().or_else(of_table).unwrap_or_default();
    format!("{}: {cause}", result.source)
}

fn line(context: &Context<'_>, result: &SourceResult, turn: &Turn) -> String {
    let SourceResult { source, published, rows, failed, dynamic_failed, needs_mode, .. } = result;
    let mut text = format!("{source}: {published} tables loaded, {rows} rows, {} failed", failed + dynamic_failed);
    if *needs_mode > 0 {
        text.push_str(&format!(", {needs_mode} need a mode (carelake loads tables {source} --why)"));
    }
    if result.compared > 0 {
        let SourceResult { compared, differed, changed, gone, .. } = result;
        text.push_str(&format!(
            ", {compared} compared, {differed} differed by {changed} rows and {gone} that are gone"
        ));
    }
    match turn {
        Turn::StillFails { since, times } => {
            text.push_str(&format!("; failing since {since:.0}, {times} times in a row"))
        }
        Turn::Recovered { since, times } => {
            text.push_str(&format!("; it works again, after {times} failures since {since:.0}"))
        }
        Turn::Failed | Turn::StillWorks => {}
    }
    text.push('\n');
    let mut tell = |what: &str, error: &str, cause: &str| {
        let advice = context.kinds.named(error).map(|kind| kind.advice).unwrap_or_default();
        text.push_str(&format!("  {what}: {error}: {cause}\n    next: {advice}\n"));
    };
    if let Some(error) = &result.error {
        tell("the source", error, result.cause.as_deref().unwrap_or_default());
    }
    for failure in &result.failures {
        tell(&failure.table, &failure.error, &failure.cause);
    }
    text
}
