//! The one notice of an execution: names and counts.

use carelake_pipeline::Context;

use super::course::SourceResult;
use crate::bring::Found;

/// Characters of a subject, as SNS wants them.
const SUBJECT_CHARS: usize = 100;

/// Returns whether there is anything to tell: something that came, or failed, or that a run could not read.
pub(super) fn is_news(results: &[SourceResult]) -> bool {
    let came = |result: &SourceResult| result.outcomes.iter().any(|outcome| outcome.found != Found::Unchanged);
    results.iter().any(|result| result.error.is_some() || result.unreadable.is_some() || came(result))
}

/// Words subject and message.
pub(super) fn worded(context: &Context<'_>, results: &[SourceResult]) -> (String, String) {
    let brought = results.iter().flat_map(|result| &result.outcomes).filter(|it| it.found != Found::Unchanged).count();
    let failed = results.iter().filter(|result| result.error.is_some()).count();
    let files = if brought == 1 { "file" } else { "files" };
    let mut subject = format!("carelake {}: fetch brought {brought} {files}", context.environment);
    if failed > 0 {
        subject.push_str(&format!(", {failed} of {} sources failed", results.len()));
    }
    let subject: String = subject.chars().filter(char::is_ascii).take(SUBJECT_CHARS).collect();
    let options = context.options;
    let mut message: String = results.iter().map(|result| line(context, result)).collect();
    if failed > 0 {
        let again: Vec<&str> = results.iter().filter(|it| it.error.is_some()).map(|it| it.name.as_str()).collect();
        message.push_str(&format!("\nWhat lay in the input place is as it was. `carelake fetch {} {options}` tries again; the runbook has a section for each error.\n", again.join(" ")));
    }
    message.push_str(&format!("`carelake sources {options}` shows what there is.\n"));
    (subject, message)
}

fn line(context: &Context<'_>, result: &SourceResult) -> String {
    let name = &result.name;
    let mut text = String::new();
    if let Some(error) = &result.error {
        let advice = context.kinds.named(error).map(|kind| kind.advice).unwrap_or_default();
        let cause = result.cause.as_deref().unwrap_or_default();
        text.push_str(&format!("{name}: failed: {error}. {cause}\n  next: {advice}\n"));
    }
    if result.error.is_none() && result.outcomes.is_empty() {
        text.push_str(&format!("{name}: no release begins on or before the date that was asked for\n"));
    }
    for outcome in &result.outcomes {
        let (release, file, bytes) = (outcome.release, &outcome.name, outcome.bytes.unwrap_or_default());
        text.push_str(&match outcome.found {
            Found::New => format!("{name}: new release {release}: {file}, {bytes} bytes\n"),
            Found::Correction => {
                format!(
                    "{name}: release {release} has other content than before: {file}, {bytes} bytes, lies beside it\n"
                )
            }
            Found::Unchanged => format!("{name}: release {release} is there\n"),
        });
    }
    if let Some(why) = &result.unreadable {
        text.push_str(&format!("{name}: a run cannot read it as it is: {why}\n"));
    }
    text
}
