//! What is kept of an execution that has ended, so that its name is known after its process is gone.

use carelake_pipeline::{Described, ExecutionStatus};
use carelake_statemachine::Outcome;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use crate::kept::Kept;
use crate::lake::Lake;

/// The report of an execution.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    /// Definition and name.
    execution: String,
    status: String,
    started_at: Timestamp,
    finished_at: Timestamp,
    output: Option<Value>,
    error: Option<String>,
    cause: Option<String>,
}

/// Keeps the report of an execution.
pub(super) fn keep(lake: &Lake, kept: &Kept, outcome: &Outcome) -> Result<(), Failure> {
    let at = |event: Option<&carelake_statemachine::Event>| event.map_or_else(Timestamp::now, |event| event.at);
    let report = Report {
        execution: kept.id.clone(),
        status: outcome.status.name().to_owned(),
        started_at: at(outcome.history.first()),
        finished_at: at(outcome.history.last()),
        output: outcome.output.clone(),
        error: outcome.error.clone(),
        cause: outcome.cause.clone(),
    };
    let text = serde_json::to_vec(&report).map_err(std::io::Error::from)?;
    lake.output.create(&kept.report_key(), &text)?;
    Ok(())
}

/// Returns how an execution of an earlier process ended, and its history. What is left of one that did not end is removed, so
/// that it begins anew.
pub(super) fn ended_before(lake: &Lake, kept: &Kept) -> Result<Option<(Described, Vec<Value>)>, Failure> {
    let read = |key: &str| lake.output.read_versioned(key).map(|found| found.map(|(bytes, _)| bytes));
    let history = read(&kept.history_key())?;
    let report = read(&kept.report_key())?.and_then(|report| serde_json::from_slice::<Report>(&report).ok());
    let Some(report) = report else {
        if history.is_some() {
            lake.output.delete(&kept.history_key())?;
        }
        return Ok(None);
    };
    let status = ExecutionStatus::ALL.into_iter().find(|status| status.name() == report.status);
    let described = Described {
        status: status.unwrap_or(ExecutionStatus::Failed),
        started_at: report.started_at,
        ended_at: Some(report.finished_at),
        output: report.output,
        error: report.error,
        cause: report.cause,
    };
    Ok(Some((described, carelake_facts::read_events(&history.unwrap_or_default()).unwrap_or_default())))
}
