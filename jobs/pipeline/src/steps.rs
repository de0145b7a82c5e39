//! What an execution did, counted from its history as `GetExecutionHistory` names events.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Steps of an execution that AWS charges for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// States entered, and each attempt of a state again.
    pub state_transitions: u64,
    /// Calls of Lambda functions.
    pub function_calls: u64,
}

/// States behind the report, which is written while they are ahead: which notice, the notice, and the end.
const AFTER_REPORT: u64 = 3;

impl Steps {
    /// Counts the events of a history.
    #[must_use]
    pub fn of(history: &[Value]) -> Self {
        let mut steps = Self::default();
        history.iter().for_each(|event| steps.add(event));
        steps
    }

    /// Counts an event.
    pub fn add(&mut self, event: &Value) {
        let service = event.pointer("/taskScheduledEventDetails/resourceType").and_then(Value::as_str);
        self.count(event.get("type").and_then(Value::as_str).unwrap_or_default(), service);
    }

    /// Counts an event; `service` is what a task calls, such as `lambda`. The first attempt of a task is part of its state.
    fn count(&mut self, event: &str, service: Option<&str>) {
        if event == "TaskStateEntered" {
            return;
        }
        if event.ends_with("StateEntered") || event == "TaskScheduled" {
            self.state_transitions += 1;
        }
        if event == "TaskScheduled" && service == Some("lambda") {
            self.function_calls += 1;
        }
    }

    /// Adds what comes after the report in every execution.
    #[must_use]
    pub(super) const fn with_rest(self) -> Self {
        Self { state_transitions: self.state_transitions + AFTER_REPORT, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_is_a_transition_and_a_container_is_no_call() {
        let mut steps = Steps::default();
        for (event, service) in [
            ("ExecutionStarted", None),
            ("TaskStateEntered", None),
            ("TaskScheduled", Some("lambda")),
            ("TaskFailed", Some("lambda")),
            ("TaskScheduled", Some("lambda")),
            ("TaskStateExited", None),
            ("ChoiceStateEntered", None),
            ("TaskStateEntered", None),
            ("TaskScheduled", Some("ecs")),
        ] {
            steps.count(event, service);
        }
        assert_eq!(steps, Steps { state_transitions: 4, function_calls: 2 });
    }
}
