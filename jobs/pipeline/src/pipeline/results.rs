//! What the state machine tells the report function about the tasks of a run.

use std::collections::BTreeMap;

use carelake_tabular::job::Report;
use serde_json::Value;

use super::{Failure, read};
use crate::close::Ending;

/// What the report is told of a run's tasks.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// How each publication ended.
    pub endings: BTreeMap<String, Ending>,
    /// Error and reason when a step of the run itself failed, so that the state machine could not carry on.
    pub step: Option<(String, String)>,
}

/// Reads the results of all branches.
pub(super) fn results(branches: &[Value]) -> Result<Answered, Failure> {
    let mut answered = Answered::default();
    for branch in branches {
        match branch.get("feeds").and_then(Value::as_array) {
            Some(feeds) => feeds.iter().try_for_each(|feed| answered.take(feed))?,
            None => answered.take(branch)?,
        }
    }
    Ok(answered)
}

impl Answered {
    fn take(&mut self, result: &Value) -> Result<(), Failure> {
        let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("status") {
            "published" => {
                let report: Report = read(result.get("answer"))?;
                self.endings.insert(report.publication.clone(), Ending::Published(Box::new(report)));
            }
            "failed" => {
                let (error, reason) = (text("error").to_owned(), Failure::line_of(text("cause")));
                match (text("dataset"), text("feed")) {
                    _ if result.get("step").is_some() => self.step = Some((error, reason)),
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
