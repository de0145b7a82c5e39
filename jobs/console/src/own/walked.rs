//! What an execution did in each of its states, from its history.
//!
//! An event names the one before it in its own branch and hardly ever the state that it belongs to, so each takes over the state of the
//! one before it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

/// What happened in one state, in all branches and items together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Walk {
    /// How often it was entered.
    pub entered: u64,
    /// How often it was left for another one, or ended its branch.
    pub left: u64,
    /// Calls that it made, retries with them.
    pub attempts: u64,
    /// Calls that failed.
    pub failed: u64,
    /// The name of the first error, and that of the last.
    pub errors: Option<(String, String)>,
    /// When it was entered first.
    pub from: Option<Timestamp>,
    /// When something happened in it last.
    pub to: Option<Timestamp>,
    /// The size of its last result, in bytes.
    pub result_bytes: Option<u64>,
    /// Whether an error of it was caught.
    pub is_caught: bool,
}

/// An execution, state by state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Walked {
    /// By the names of the states, in the order in which they were entered first.
    pub states: Vec<(String, Walk)>,
    /// When it began and when it ended, as far as it has.
    pub span: (Option<Timestamp>, Option<Timestamp>),
    /// Its last event, such as `ExecutionSucceeded`, when that is its end.
    pub end: Option<String>,
    /// The error and the cause that it ended with.
    pub failure: Option<(String, String)>,
}

/// How a state stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was not entered.
    Never,
    /// Something goes on in it.
    Running,
    /// It was left well.
    Done,
    /// It was left well after failures.
    Retried,
    /// It failed, and its error was caught.
    Caught,
    /// It failed, or was left standing when the execution ended.
    Failed,
}

impl Walked {
    /// Reads a history.
    pub(crate) fn of(events: &[Value]) -> Self {
        let mut walked = Self::default();
        let mut states: BTreeMap<u64, String> = BTreeMap::new();
        for event in events {
            let number = |name: &str| event.get(name).and_then(Value::as_u64).unwrap_or_default();
            let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
            let at = moment(event);
            if walked.span.0.is_none() {
                walked.span.0 = at;
            }
            let named =
                detail(event, "name").filter(|_| kind.ends_with("StateEntered") || kind.ends_with("StateExited"));
            let state = named.map(str::to_owned).or_else(|| states.get(&number("previousEventId")).cloned());
            if let Some(state) = &state {
                walked.add(state, kind, event, at);
                states.insert(number("id"), state.clone());
            }
            if kind.starts_with("Execution") && kind != "ExecutionStarted" {
                walked.end = Some(kind.to_owned());
                walked.span.1 = at;
                let told = |name| detail(event, name).unwrap_or_default().to_owned();
                walked.failure = detail(event, "error").map(|error| (error.to_owned(), told("cause")));
            }
        }
        walked
    }

    /// Adds what an event says to the state that it belongs to.
    fn add(&mut self, name: &str, kind: &str, event: &Value, at: Option<Timestamp>) {
        if !self.states.iter().any(|(state, _)| state == name) {
            self.states.push((name.to_owned(), Walk::default()));
        }
        if let Some((_, walk)) = self.states.iter_mut().find(|(state, _)| state == name) {
            walk.add(kind, event, at);
        }
    }

    /// Tells how a state stands.
    pub(crate) fn standing(&self, name: &str) -> Standing {
        let Some((_, walk)) = self.states.iter().find(|(state, _)| state == name) else { return Standing::Never };
        let is_open = walk.left < walk.entered;
        match (is_open, walk.failed > 0, walk.is_caught) {
            (true, _, _) if self.end.is_none() => Standing::Running,
            (true, _, _) => Standing::Failed,
            (false, _, true) => Standing::Caught,
            (false, true, false) => Standing::Retried,
            (false, false, false) => Standing::Done,
        }
    }
}

impl Walk {
    fn add(&mut self, kind: &str, event: &Value, at: Option<Timestamp>) {
        self.to = at.or(self.to);
        if kind.ends_with("StateEntered") {
            self.entered += 1;
            self.from = self.from.or(at);
        } else if kind.ends_with("StateExited") {
            self.left += 1;
            self.result_bytes = detail(event, "output").map(|output| output.len() as u64);
            self.is_caught |=
                self.failed > 0 && detail(event, "output").is_some_and(|output| output.contains("\"Error\""));
        } else if kind == "TaskScheduled" || kind == "LambdaFunctionScheduled" {
            self.attempts += 1;
        } else if kind.ends_with("Failed") || kind.ends_with("TimedOut") {
            self.failed += 1;
            let error = detail(event, "error").unwrap_or("States.Timeout").to_owned();
            let first = self.errors.take().map_or_else(|| error.clone(), |(first, _)| first);
            self.errors = Some((first, error));
        }
    }
}

impl Standing {
    /// Returns its class, and its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Never => "not entered",
            Self::Running => "running",
            Self::Done => "done",
            Self::Retried => "done after a retry",
            Self::Caught => "failed, caught",
            Self::Failed => "failed",
        }
    }

    /// Returns its class in drawings.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Running => "running",
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Caught => "caught",
            Self::Failed => "failed",
        }
    }
}

/// Returns what the details of an event say under a name.
pub(crate) fn detail<'e>(event: &'e Value, name: &str) -> Option<&'e str> {
    let details = event.as_object()?.iter().find(|(key, _)| key.ends_with("EventDetails"))?.1;
    details.get(name)?.as_str()
}

/// Returns when an event happened.
pub(crate) fn moment(event: &Value) -> Option<Timestamp> {
    match event.get("timestamp")? {
        Value::String(text) => text.parse().ok(),
        number => Timestamp::from_microsecond((number.as_f64()? * 1e6) as i64).ok(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn history() -> Vec<Value> {
        let at = |second: u32| format!("2026-11-01T06:00:{second:02}Z");
        vec![
            json!({"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": at(0)}),
            json!({"id": 2, "previousEventId": 0, "type": "TaskStateEntered", "timestamp": at(1), "stateEnteredEventDetails": {"name": "Plan"}}),
            json!({"id": 3, "previousEventId": 2, "type": "TaskScheduled", "timestamp": at(1)}),
            json!({"id": 4, "previousEventId": 3, "type": "TaskFailed", "timestamp": at(2), "taskFailedEventDetails": {"error": "Storage", "cause": "x"}}),
            json!({"id": 5, "previousEventId": 4, "type": "TaskScheduled", "timestamp": at(4)}),
            json!({"id": 6, "previousEventId": 5, "type": "TaskStateExited", "timestamp": at(5), "stateExitedEventDetails": {"name": "Plan", "output": "{}"}}),
            json!({"id": 7, "previousEventId": 6, "type": "TaskStateEntered", "timestamp": at(5), "stateEnteredEventDetails": {"name": "Extract"}}),
            json!({"id": 8, "previousEventId": 7, "type": "TaskScheduled", "timestamp": at(5)}),
        ]
    }

    #[test]
    fn attempts_errors_and_times_are_told_by_state() {
        let walked = Walked::of(&history());
        let (name, plan) = &walked.states[0];
        assert_eq!((name.as_str(), plan.attempts, plan.failed, plan.entered, plan.left), ("Plan", 2, 1, 1, 1));
        assert_eq!(plan.errors, Some(("Storage".to_owned(), "Storage".to_owned())));
        assert_eq!(plan.to.unwrap().duration_since(plan.from.unwrap()).as_secs(), 4);
        let standings = ["Plan", "Extract", "Report"].map(|state| walked.standing(state));
        assert_eq!(standings, [Standing::Retried, Standing::Running, Standing::Never]);
    }

    #[test]
    fn what_was_left_standing_when_it_ended_has_failed() {
        let mut history = history();
        history.push(
            json!({"id": 9, "previousEventId": 8, "type": "ExecutionAborted", "timestamp": "2026-11-01T06:01:00Z"}),
        );
        let walked = Walked::of(&history);
        assert_eq!((walked.standing("Extract"), walked.end.as_deref()), (Standing::Failed, Some("ExecutionAborted")));
    }
}
