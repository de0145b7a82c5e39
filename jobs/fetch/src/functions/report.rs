//! Reports an execution: notes what failed, and words the one notice.

use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Reported};
use serde_json::{Value, json};

use super::bring::records;
use super::course::{ReportTask, SourceResult};
use super::{answer, notice, read};
use crate::catalog::Catalog;
use crate::record::Look;

/// Reports how the sources ended.
pub(crate) fn report(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ReportTask { execution, results } = read(payload)?;
    Catalog::forget(&execution);
    let results: Vec<SourceResult> = results.into_iter().map(told).collect();
    let (records, now) = (records(context), (context.services.now)());
    for result in results.iter().filter(|result| result.error.is_some()) {
        records.looked(&result.name, &Look { at: now, error: result.error.clone() }, now)?;
    }
    records.report(&execution, &json!({ "results": results }), now)?;
    let failed: Vec<&SourceResult> = results.iter().filter(|result| result.error.is_some()).collect();
    let first = failed.first();
    let (subject, message) = notice::worded(context, &results);
    answer(&Reported {
        notify: notice::is_news(&results),
        subject,
        message,
        failed: failed.len() as u64,
        error: first.and_then(|result| result.error.clone()).unwrap_or_default(),
        cause: first.and_then(|result| result.cause.clone()).unwrap_or_default(),
    })
}

/// Takes what a failure says out of the form in which AWS hands it on.
fn told(result: SourceResult) -> SourceResult {
    let cause = result.cause.as_deref().map(Failure::line_of);
    SourceResult { cause, ..result }
}
