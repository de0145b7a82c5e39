//! What the definition passes between its tasks, read into the types of the core.

use std::collections::BTreeMap;

use carelake_core::ErrorKind;
use carelake_core::job::Report;
use carelake_core::run::{Ending, Plan};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::bound::Broken;

/// What the report is told of a run's tasks.
#[derive(Default)]
pub(super) struct Answered {
    /// How each publication ended.
    pub endings: BTreeMap<String, Ending>,
    /// Error and reason when the state machine itself could not carry on.
    pub pipeline: Option<(String, String)>,
}

/// Reads a payload of ours.
pub(super) fn read<T: DeserializeOwned>(value: Option<&Value>) -> Result<T, Broken> {
    serde_json::from_value(value.cloned().unwrap_or_default())
        .map_err(|error| Broken(ErrorKind::InvalidConfig, format!("the input of a task cannot be read: {error}")))
}

/// Writes an answer of ours.
pub(super) fn write(value: &impl Serialize) -> Result<Value, Broken> {
    serde_json::to_value(value).map_err(|error| Broken(ErrorKind::Internal, error.to_string()))
}

/// Returns the plan of a report's payload; `None` when the run could not be planned.
pub(super) fn plan(payload: &Value) -> Result<Option<Plan>, Broken> {
    match payload.get("plan") {
        None | Some(Value::Null) => Ok(None),
        plan => read(plan).map(Some),
    }
}

/// Reads the results of all branches.
pub(super) fn results(payload: &Value) -> Result<Answered, Broken> {
    let mut answered = Answered::default();
    let branches = payload.get("results").and_then(Value::as_array).into_iter().flatten();
    for branch in branches {
        match branch.get("feeds").and_then(Value::as_array) {
            Some(feeds) => feeds.iter().try_for_each(|feed| answered.take(feed))?,
            None => answered.take(branch)?,
        }
    }
    Ok(answered)
}

impl Answered {
    fn take(&mut self, result: &Value) -> Result<(), Broken> {
        let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("status") {
            "published" => {
                let report: Report = read(result.get("answer"))?;
                self.endings.insert(report.publication.clone(), Ending::Published(Box::new(report)));
            }
            "failed" => {
                let (error, reason) = (text("error").to_owned(), reason(text("cause")));
                match (text("dataset"), text("feed")) {
                    ("plan" | "extract", _) => self.pipeline = Some((error, reason)),
                    (dataset, "") => drop(self.endings.insert(dataset.to_owned(), Ending::Failed { error, reason })),
                    (dataset, feed) => {
                        drop(self.endings.insert(format!("{dataset}/{feed}"), Ending::Failed { error, reason }))
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns the message in a cause as Lambda writes it, or the cause itself.
fn reason(cause: &str) -> String {
    let message = serde_json::from_str::<Value>(cause)
        .ok()
        .and_then(|cause| Some(cause.get("errorMessage")?.as_str()?.to_owned()));
    message.unwrap_or_else(|| cause.to_owned())
}
