//! Reports an execution: tells the first failure of a stream, and its recovery.

use carelake_core::ledger::{Subjects, Turn};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Reported};
use serde_json::Value;

use super::course::{ReportTask, StreamResult};
use super::{answer, read};

/// Characters of a subject, as SNS wants them.
const SUBJECT_CHARS: usize = 100;

/// Reports how the streams ended.
pub(crate) fn report(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ReportTask { execution, mut results } = read(payload)?;
    let now = (context.services.now)();
    let subjects = Subjects::new(context.services.ledger, context.scope, "streams");
    let mut news: Vec<(&StreamResult, Turn)> = Vec::new();
    results.iter_mut().for_each(|result| result.cause = result.cause.as_deref().map(Failure::line_of));
    for result in results.iter().filter(|result| result.busy.is_none()) {
        let turn = match &result.error {
            Some(error) => subjects.failed(&result.stream, &execution, error, now)?,
            None => subjects.succeeded(&result.stream, now)?,
        };
        news.push((result, turn));
    }
    let failed: Vec<&StreamResult> = results.iter().filter(|result| result.error.is_some()).collect();
    let (subject, message) = worded(context, &news);
    answer(&Reported {
        notify: news.iter().any(|(_, turn)| turn.is_news()),
        subject,
        message,
        failed: failed.len() as u64,
        error: failed.first().and_then(|result| result.error.clone()).unwrap_or_default(),
        cause: failed.first().and_then(|result| result.cause.clone()).unwrap_or_default(),
    })
}

/// Words subject and message.
fn worded(context: &Context<'_>, news: &[(&StreamResult, Turn)]) -> (String, String) {
    let names = |is_wanted: fn(&Turn) -> bool| {
        let names = news.iter().filter(|(_, turn)| is_wanted(turn)).map(|(result, _)| result.stream.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let failed = names(|turn| matches!(turn, Turn::Failed));
    let recovered = names(|turn| matches!(turn, Turn::Recovered { .. }));
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("streams {failed} FAILED"));
    }
    if !recovered.is_empty() {
        parts.push(format!("streams {recovered} work again"));
    }
    let subject = format!("carelake {}: {}", context.environment, parts.join("; "));
    let subject: String = subject.chars().filter(char::is_ascii).take(SUBJECT_CHARS).collect();
    let mut message = String::new();
    for (result, _) in news {
        let StreamResult { stream, batches, published, parked, error, cause, .. } = result;
        message
            .push_str(&format!("{stream}: {batches} batches, {published} rows published, {parked} records parked\n"));
        if let Some(error) = error {
            let advice = context.kinds.named(error).map(|kind| kind.advice).unwrap_or_default();
            let cause = cause.as_deref().unwrap_or_default();
            message.push_str(&format!("  {error}: {cause}\n    next: {advice}\n"));
        }
    }
    let options = context.options;
    message.push_str(&format!(
        "\nNothing that was delivered is lost: it is staged. `carelake stream status {options}` shows every stream.\n"
    ));
    (subject, message)
}
