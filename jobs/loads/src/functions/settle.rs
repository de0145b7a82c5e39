//! Settles a source: counts how its tables ended, and notes how it stands.

use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::course::{BatchResult, SettleTask, SourceResult, TableFailure};
use super::{answer, kept, read, said};
use crate::kept::{Entry, State};

/// Failures that are told one by one.
const MOST_TOLD: usize = 20;

/// Counts how the tables of a source ended.
pub(crate) fn settle(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let SettleTask { execution, source, results } = read(payload)?;
    let (kept, now) = (kept(context), (context.services.now)());
    let mut result = SourceResult { source: source.clone(), ..SourceResult::default() };
    for BatchResult { batch, error, cause } in results.into_iter().flatten() {
        let Some(error) = error else { continue };
        let cause = said(cause);
        // What a function that died did not note ended as the function did.
        let tables = kept.batch(&execution, &batch, now)?.map(|batch| batch.tables).unwrap_or_default();
        for (database, table) in &tables {
            let entry = kept.entry(&source, (database, table), now)?;
            let Some(entry) = entry.filter(|entry| entry.execution.as_deref() != Some(&execution)) else { continue };
            let (state, ended_at) = (State::Failed, Some(now));
            let (execution, error, reason) = (Some(execution.clone()), Some(error.clone()), cause.clone());
            kept.keep(&source, &Entry { state, execution, ended_at, error, reason, ..entry }, now)?;
        }
    }
    let entries = kept.entries(&source, now)?;
    for entry in entries.iter().filter(|entry| entry.execution.as_deref() == Some(&execution)) {
        match entry.state {
            State::Published => {
                result.published += 1;
                result.rows += entry.account.as_ref().map_or(0, |account| account.published);
            }
            State::Failed => {
                result.failed += u64::from(!entry.is_dynamic);
                result.dynamic_failed += u64::from(entry.is_dynamic);
                if result.failures.len() < MOST_TOLD {
                    let error = entry.error.clone().unwrap_or_else(|| ErrorKind::INTERNAL.name.to_owned());
                    result.failures.push(TableFailure { table: entry.shown(), error, cause: entry.reason.clone() });
                }
            }
            State::NeedsMode => result.needs_mode += 1,
            State::Planned | State::Left | State::Gone => {}
        }
    }
    let mut entry = kept.source(&source, now)?;
    let is_well = result.failed + result.dynamic_failed == 0;
    entry.state = if is_well { "ok" } else { "partial" }.to_owned();
    entry.error = None;
    if result.failed == 0 {
        entry.last_ok = Some(now);
    }
    kept.keep_source(&source, &entry, now)?;
    answer(&result)
}
