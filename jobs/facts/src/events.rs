//! What an execution did, event by event, as `GetExecutionHistory` of AWS Step Functions names events.

use carelake_core::names::RunId;
use carelake_pipeline::RUNS;
use serde_json::Value;

use super::{FactError, Lake};

/// Where the output keeps what belongs to executions that are no runs.
pub const EXECUTIONS: &str = "_carelake/executions";

/// Returns the history of a run.
///
/// # Errors
/// [`FactError::NoHistory`], [`FactError::Damaged`] or [`FactError::Store`].
pub fn events(lake: &Lake<'_>, run: &RunId) -> Result<Vec<Value>, FactError> {
    history(lake, &format!("{RUNS}/{run}"), &format!("run {run}"))
}

/// Returns the history of an execution of a definition that is no run.
///
/// # Errors
/// [`FactError::NoHistory`], [`FactError::Damaged`] or [`FactError::Store`].
pub fn execution_events(lake: &Lake<'_>, definition: &str, name: &str) -> Result<Vec<Value>, FactError> {
    history(lake, &format!("{EXECUTIONS}/{definition}/{name}"), &format!("execution {definition}/{name}"))
}

fn history(lake: &Lake<'_>, folder: &str, of: &str) -> Result<Vec<Value>, FactError> {
    let bytes = match lake.output.read(&format!("{folder}/history.jsonl")) {
        Err(error) if error.is_not_found() => return Err(FactError::NoHistory { of: of.to_owned() }),
        bytes => bytes?,
    };
    read_events(&bytes).map_err(|_| FactError::Damaged { what: format!("the history of {of}") })
}

/// Reads the events of a history, one a line. Of a run that was killed the last line may be cut off, and is left out.
///
/// # Errors
/// [`serde_json::Error`] when another line cannot be read.
pub fn read_events(history: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    let whole = history.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = history.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
    lines.filter(|line| !line.is_empty()).map(serde_json::from_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_that_is_cut_off_is_left_out_and_no_other() {
        assert_eq!(read_events(b"{\"id\": 1}\n{\"id\": 2}\n{\"id\"").unwrap().len(), 2);
        assert_eq!(read_events(b"{\"id\"").unwrap().len(), 0);
        assert!(read_events(b"{\"id\"\n{\"id\": 2}\n").is_err());
    }
}
