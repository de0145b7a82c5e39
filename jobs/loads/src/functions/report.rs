//! Reports an execution: notes sources that failed as a whole, and tells the first failure of a source and its recovery.

use carelake_core::ErrorKind;
use carelake_core::ledger::Subjects;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Reported};
use serde_json::{Value, json};

use super::course::{ReportTask, SourceResult};
use super::{answer, kept, notice, read};

/// Reports how the sources ended.
pub(crate) fn report(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ReportTask { execution, results } = read(payload)?;
    let (kept, now) = (kept(context), (context.services.now)());
    let subjects = Subjects::new(context.services.ledger, context.scope, "loads");
    let results: Vec<SourceResult> = results
        .into_iter()
        .map(|result| SourceResult {
            cause: result.error.is_some().then(|| Failure::line_of(result.cause.as_deref().unwrap_or_default())),
            ..result
        })
        .collect();
    let mut news = Vec::new();
    for result in &results {
        if let Some(error) = &result.error {
            let mut entry = kept.source(&result.source, now)?;
            (entry.state, entry.error) = ("failed".to_owned(), Some(error.clone()));
            kept.keep_source(&result.source, &entry, now)?;
        }
        let turn = match error_of(result) {
            Some(error) => subjects.failed(&result.source, &execution, &error, now)?,
            None => subjects.succeeded(&result.source, now)?,
        };
        news.push((result, turn));
    }
    kept.report(&execution, &json!({ "results": results }), now)?;
    let failed: Vec<&SourceResult> = results.iter().filter(|result| is_failed(result)).collect();
    let first = failed.first();
    let (subject, message) = notice::worded(context, &news);
    answer(&Reported {
        notify: news.iter().any(|(_, turn)| turn.is_news()),
        subject,
        message,
        failed: failed.len() as u64,
        error: first.and_then(|result| error_of(result)).unwrap_or_default(),
        cause: first.map(|result| notice::cause(result)).unwrap_or_default(),
    })
}

/// Tables of users that fail are told, and fail nothing else.
fn is_failed(result: &SourceResult) -> bool {
    result.error.is_some() || result.failed > 0
}

/// Returns the error by which a source is known to fail.
fn error_of(result: &SourceResult) -> Option<String> {
    let of_table = || result.failures.first().map(|failure| failure.error.clone());
    let has_failed = result.failed + result.dynamic_failed > 0;
    result.error.clone().or_else(|| has_failed.then(|| of_table().unwrap_or(ErrorKind::INTERNAL.name.to_owned())))
}
