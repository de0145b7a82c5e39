//! Reports an execution: tells the first failure of a matcher, and its recovery.

use carelake_core::ledger::{Subjects, Turn};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Reported};
use serde_json::Value;

use super::course::{MatcherResult, ReportTask};
use super::settle::give_back;
use super::{answer, read};
use crate::run::World;

/// Characters of a subject, as SNS wants them.
const SUBJECT_CHARS: usize = 100;

/// Reports how the matchers ended, and gives back what those that failed still have.
pub(crate) fn report(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ReportTask { execution, mut results } = read(payload)?;
    let now = (context.services.now)();
    let subjects = Subjects::new(context.services.ledger, context.scope, "matching");
    let mut news: Vec<(&MatcherResult, Turn)> = Vec::new();
    results.iter_mut().for_each(|result| result.cause = result.cause.as_deref().map(Failure::line_of));
    for result in results.iter().filter(|result| result.busy.is_empty()) {
        let turn = match &result.error {
            Some(error) => {
                if let Ok(world) = World::of(context, Some(&execution)) {
                    give_back(&world, &result.matcher)?;
                }
                subjects.failed(&result.matcher, &execution, error, now)?
            }
            None => subjects.succeeded(&result.matcher, now)?,
        };
        news.push((result, turn));
    }
    let failed: Vec<&MatcherResult> = results.iter().filter(|result| result.error.is_some()).collect();
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
fn worded(context: &Context<'_>, news: &[(&MatcherResult, Turn)]) -> (String, String) {
    let names = |is_wanted: fn(&Turn) -> bool| {
        let names = news.iter().filter(|(_, turn)| is_wanted(turn)).map(|(result, _)| result.matcher.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let failed = names(|turn| matches!(turn, Turn::Failed));
    let recovered = names(|turn| matches!(turn, Turn::Recovered { .. }));
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("matching {failed} FAILED"));
    }
    if !recovered.is_empty() {
        parts.push(format!("matching {recovered} works again"));
    }
    let subject = format!("carelake {}: {}", context.environment, parts.join("; "));
    let subject: String = subject.chars().filter(char::is_ascii).take(SUBJECT_CHARS).collect();
    let mut message = String::new();
    for (result, _) in news {
        let shares = &result.settled.shares;
        let (matcher, exact, proposed, none) = (&result.matcher, shares.exact, shares.proposed, shares.none);
        match &result.error {
            None => message.push_str(&format!("{matcher}: {exact} exact, {proposed} proposed, {none} of nobody\n")),
            Some(error) => {
                let advice = context.kinds.named(error).map(|kind| kind.advice).unwrap_or_default();
                let cause = result.cause.as_deref().unwrap_or_default();
                message.push_str(&format!("{matcher}: {error}: {cause}\n    next: {advice}\n"));
            }
        }
    }
    let options = context.options;
    message.push_str(&format!(
        "\nWhat was published before is served. `carelake match reviews {options}` shows what is asked.\n"
    ));
    (subject, message)
}
