//! What runs used of what AWS charges for.

use carelake_core::names::RunId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::run::report;
use super::{FactError, Lake};

/// What one run used. A figure that is not known, or that nothing is paid for, is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostLine {
    /// The run.
    pub run_id: RunId,
    /// When it started.
    pub started_at: Timestamp,
    /// States that its execution entered.
    pub state_transitions: Option<u64>,
    /// Calls of functions.
    pub function_calls: Option<u64>,
    /// Seconds of functions, each times its memory in GiB.
    pub gb_seconds: Option<f64>,
    /// Hours of container tasks, each times its processors.
    pub vcpu_hours: Option<f64>,
    /// Hours of container tasks, each times its memory in GiB.
    pub gb_hours: Option<f64>,
    /// Objects that were written.
    pub objects_written: u64,
    /// What all this comes to in US dollars.
    pub usd: Option<f64>,
}

/// What the runs of one month used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostMonth {
    /// The first day of the month, in UTC.
    pub month: Date,
    /// Runs that started in it.
    pub runs: u64,
    /// Runs among them whose price is not known; `usd` is without these.
    pub unpriced: u64,
    /// States that executions entered, as far as known.
    pub state_transitions: u64,
    /// Calls of functions, as far as known.
    pub function_calls: u64,
    /// Seconds of functions, each times its memory in GiB.
    pub gb_seconds: f64,
    /// Objects that were written.
    pub objects_written: u64,
    /// What this comes to in US dollars; none where no run has a price.
    pub usd: Option<f64>,
}

/// Returns what the last runs used that have a report, newest first. A report that is gone or damaged is passed over.
///
/// # Errors
/// [`FactError::NothingRan`]; [`FactError::Ledger`] or [`FactError::Store`].
pub fn cost(lake: &Lake<'_>, last: usize) -> Result<Vec<CostLine>, FactError> {
    let mut lines = Vec::new();
    for run in lake.ledger()?.runs(last)?.into_iter().filter(|run| run.report_key.is_some()) {
        let used = match report(lake.output, &run.run_id) {
            Ok(report) => report.usage,
            Err(FactError::NoReport(_) | FactError::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        lines.push(CostLine {
            run_id: run.run_id,
            started_at: run.started_at,
            state_transitions: used.state_transitions,
            function_calls: used.function_calls,
            gb_seconds: used.gb_seconds,
            vcpu_hours: used.vcpu_hours,
            gb_hours: used.gb_hours,
            objects_written: used.objects_written,
            usd: used.usd,
        });
    }
    Ok(lines)
}

/// Adds up what runs used, month by month, newest first.
#[must_use]
pub fn cost_by_month(lines: &[CostLine]) -> Vec<CostMonth> {
    let mut months: Vec<CostMonth> = Vec::new();
    for line in lines {
        let month = line.started_at.to_zoned(TimeZone::UTC).date().first_of_month();
        let at = months.iter().position(|known| known.month == month).unwrap_or_else(|| {
            months.push(CostMonth::of(month));
            months.len() - 1
        });
        if let Some(sums) = months.get_mut(at) {
            sums.add(line);
        }
    }
    months.sort_by_key(|sums| std::cmp::Reverse(sums.month));
    months
}

impl CostMonth {
    const fn of(month: Date) -> Self {
        Self {
            month,
            runs: 0,
            unpriced: 0,
            state_transitions: 0,
            function_calls: 0,
            gb_seconds: 0.0,
            objects_written: 0,
            usd: None,
        }
    }

    fn add(&mut self, line: &CostLine) {
        self.runs += 1;
        self.unpriced += u64::from(line.usd.is_none());
        self.state_transitions += line.state_transitions.unwrap_or_default();
        self.function_calls += line.function_calls.unwrap_or_default();
        self.gb_seconds += line.gb_seconds.unwrap_or_default();
        self.objects_written += line.objects_written;
        if let Some(usd) = line.usd {
            self.usd = Some(self.usd.unwrap_or_default() + usd);
        }
    }
}
