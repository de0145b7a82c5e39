//! What an execution on AWS does, told from its history.
//!
//! An event names the one before it in its own branch, and hardly ever the state that it belongs to; so each takes over the
//! place of the one before it. An event without one is told without a name.

use std::collections::BTreeMap;

use aws_sdk_sfn::types::{HistoryEvent, HistoryEventType, StateEnteredEventDetails};
use serde_json::Value;

use crate::definition::subject;
use crate::output::thousands;

/// Something worth telling.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    /// The publication or the step of the run that it is about.
    pub subject: String,
    /// What happened to it.
    pub text: String,
    /// Whether nothing more will.
    pub is_over: bool,
}

/// Reads the events of one execution, in their order.
#[derive(Debug, Default)]
pub(super) struct History {
    places: BTreeMap<i64, Place>,
    /// The last event that was read; 0 before the first.
    pub last: i64,
    /// The run whose report is kept.
    pub reported: Option<String>,
    /// How the execution ended, once it has.
    pub end: Option<End>,
}

/// How an execution ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Step Functions' name of the event, such as `ExecutionFailed`.
    pub kind: &'static str,
    pub error: Option<String>,
    pub cause: Option<String>,
}

/// Where in the state machine an event happened.
#[derive(Debug, Clone, Default)]
struct Place {
    subject: Option<String>,
    /// Counted from 1; 0 before the first.
    attempt: u32,
}

impl History {
    /// Reads the next event, and returns what is to be told of it.
    pub(super) fn read(&mut self, event: &HistoryEvent) -> Option<News> {
        self.last = event.id();
        self.reported = reported(event).or(self.reported.take());
        self.end = end(event);
        let mut place = self.places.get(&event.previous_event_id()).cloned().unwrap_or_default();
        let news = place.follow(event);
        self.places.insert(event.id(), place);
        news
    }
}

impl Place {
    fn follow(&mut self, event: &HistoryEvent) -> Option<News> {
        if let Some(entered) = event.state_entered_event_details() {
            return self.enter(entered);
        }
        if event.task_scheduled_event_details().is_some() {
            self.attempt += 1;
            let text = if self.attempt == 1 { "running".to_owned() } else { format!("attempt {}", self.attempt) };
            return self.subject.clone().map(|subject| News { subject, text, is_over: false });
        }
        if let Some(succeeded) = event.task_succeeded_event_details() {
            return published(succeeded.output()?);
        }
        let error = failed_with(event)?;
        let subject = self.subject.clone().unwrap_or_else(|| "execution".to_owned());
        let attempt = if self.attempt == 0 { "an attempt".to_owned() } else { format!("attempt {}", self.attempt) };
        Some(News { subject, text: format!("{attempt} ended with {error}"), is_over: false })
    }

    fn enter(&mut self, entered: &StateEnteredEventDetails) -> Option<News> {
        let input: Value = entered.input().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let subject = subject(entered.name(), input.get("feed").and_then(Value::as_str));
        *self = Self { subject: subject.clone(), attempt: 0 };
        let error = input.pointer("/failure/Error").and_then(Value::as_str);
        error.zip(subject).map(|(error, subject)| News { subject, text: format!("failed: {error}"), is_over: true })
    }
}

/// Tells what a job answered.
fn published(output: &str) -> Option<News> {
    let output: Value = serde_json::from_str(output).ok()?;
    let answer = output.get("Payload")?;
    let rows = answer.get("rows")?.as_u64()?;
    let subject = answer.get("publication")?.as_str()?.to_owned();
    Some(News { subject, text: format!("published {} rows", thousands(rows)), is_over: true })
}

/// Returns the run whose report the step `Report` has kept.
fn reported(event: &HistoryEvent) -> Option<String> {
    let exited = event.state_exited_event_details().filter(|exited| exited.name() == "Report")?;
    let output: Value = serde_json::from_str(exited.output()?).ok()?;
    output.pointer("/report/run_id")?.as_str().map(str::to_owned)
}

/// Returns how the execution ended, when this is its last event.
fn end(event: &HistoryEvent) -> Option<End> {
    let (kind, error, cause) = match event.r#type() {
        HistoryEventType::ExecutionSucceeded => ("ExecutionSucceeded", None, None),
        HistoryEventType::ExecutionFailed => {
            let details = event.execution_failed_event_details();
            ("ExecutionFailed", details.and_then(|it| it.error()), details.and_then(|it| it.cause()))
        }
        HistoryEventType::ExecutionAborted => {
            let details = event.execution_aborted_event_details();
            ("ExecutionAborted", details.and_then(|it| it.error()), details.and_then(|it| it.cause()))
        }
        HistoryEventType::ExecutionTimedOut => {
            let details = event.execution_timed_out_event_details();
            ("ExecutionTimedOut", details.and_then(|it| it.error()), details.and_then(|it| it.cause()))
        }
        _ => return None,
    };
    Some(End { kind, error: error.map(str::to_owned), cause: cause.map(str::to_owned) })
}

/// Returns the error name when an attempt of a task failed.
fn failed_with(event: &HistoryEvent) -> Option<&str> {
    let error = None
        .or_else(|| event.task_failed_event_details().map(|details| details.error()))
        .or_else(|| event.task_timed_out_event_details().map(|details| details.error()))
        .or_else(|| event.task_start_failed_event_details().map(|details| details.error()))
        .or_else(|| event.task_submit_failed_event_details().map(|details| details.error()))?;
    Some(error.unwrap_or("an error without a name"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_sfn::types::{
        ExecutionFailedEventDetails, StateExitedEventDetails, TaskFailedEventDetails, TaskScheduledEventDetails,
        TaskSucceededEventDetails, TaskTimedOutEventDetails,
    };
    use carelake_statemachine::{
        Abort, Event, Execution, ExecutionContext, Machine, Mock, Silent, VirtualClock, execute, lambda_result,
    };
    use serde_json::json;

    use super::*;

    /// Returns an event of the local interpreter, whose histories are those of AWS, as the client reads it.
    fn read_by_client(event: &Event) -> HistoryEvent {
        let kind = event.kind.name();
        let details = &event.details;
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let name = event.state.clone().unwrap_or_default();
        let built = HistoryEvent::builder()
            .id(i64::try_from(event.id).unwrap())
            .previous_event_id(i64::try_from(event.previous).unwrap())
            .timestamp(aws_sdk_sfn::primitives::DateTime::from_secs(0))
            .r#type(HistoryEventType::from(kind.as_str()));
        let (error, cause) = (details.error.clone(), details.cause.clone());
        match kind.as_str() {
            _ if kind.ends_with("StateEntered") => built.state_entered_event_details(
                StateEnteredEventDetails::builder().name(name).set_input(text(&details.input)).build().unwrap(),
            ),
            _ if kind.ends_with("StateExited") => built.state_exited_event_details(
                StateExitedEventDetails::builder().name(name).set_output(text(&details.output)).build().unwrap(),
            ),
            "TaskScheduled" => built.task_scheduled_event_details(
                TaskScheduledEventDetails::builder()
                    .resource_type("lambda")
                    .resource("invoke")
                    .region("us-east-1")
                    .parameters("{}")
                    .build()
                    .unwrap(),
            ),
            "TaskSucceeded" => built.task_succeeded_event_details(
                TaskSucceededEventDetails::builder()
                    .resource_type("lambda")
                    .resource("invoke")
                    .set_output(text(&details.output))
                    .build()
                    .unwrap(),
            ),
            "TaskFailed" => built.task_failed_event_details(
                TaskFailedEventDetails::builder()
                    .resource_type("lambda")
                    .resource("invoke")
                    .set_error(error)
                    .set_cause(cause)
                    .build()
                    .unwrap(),
            ),
            "TaskTimedOut" => built.task_timed_out_event_details(
                TaskTimedOutEventDetails::builder()
                    .resource_type("lambda")
                    .resource("invoke")
                    .set_error(error)
                    .build()
                    .unwrap(),
            ),
            "ExecutionFailed" => built.execution_failed_event_details(
                ExecutionFailedEventDetails::builder().set_error(error).set_cause(cause).build(),
            ),
            _ => built,
        }
        .build()
        .unwrap()
    }

    /// Returns what the pipeline's own definition does when its tasks answer like this.
    fn execution() -> Vec<HistoryEvent> {
        let machine = Machine::parse(&crate::definition::definition().unwrap()).unwrap();
        let published =
            |publication: &str| json!({"output": lambda_result(json!({"publication": publication, "rows": 1234}))});
        let script = json!({
            "ValidateInput": [
                {"error": "Storage", "cause": "busy"},
                {"output": lambda_result(json!({
                    "run_id": "2026-11-01.1", "as_of": "2026-11-01", "trigger": "manual", "accept_loss": false,
                    "datasets": {"clinicians": true, "enrollments": true, "hospitals": true}, "feeds": ["a", "b"],
                }))},
            ],
            "ExtractCliniciansTask": [{"error": "Storage", "cause": "busy"}, published("clinicians")],
            "ExtractEnrollmentsTask": [{"error": "SchemaDrift", "cause": "a column is missing"}],
            "ExtractHospitalsTask": [
                published("hospitals/a"), {"error": "States.Timeout", "cause": ""}, published("hospitals/b"),
            ],
            "Report": [{"output": lambda_result(json!({
                "succeeded": false, "run_id": "2026-11-01.1", "subject": "s", "message": "m", "error": "SchemaDrift", "cause": "c",
            }))}],
            "NotifyFailure": [{"output": {"MessageId": "1"}}],
        });
        let started = "2026-11-01T00:00:00Z".parse().unwrap();
        let outcome = execute(Execution {
            machine: &machine,
            input: json!({"trigger": "manual", "as_of": "2026-11-01"}),
            context: ExecutionContext::new("run-1", "carelake", started),
            tasks: Arc::new(Mock::parse(&script, &machine).unwrap()),
            clock: &VirtualClock::starting_at(started),
            observer: &mut Silent,
            abort: Abort::new(),
        });
        outcome.history.iter().map(read_by_client).collect()
    }

    fn told(history: &mut History, events: &[HistoryEvent]) -> Vec<String> {
        let news = events.iter().filter_map(|event| history.read(event));
        news.map(|news| format!("{}: {}{}", news.subject, news.text, if news.is_over { "." } else { "" })).collect()
    }

    #[test]
    fn every_event_is_told_of_the_publication_whose_branch_it_is_in() {
        let mut history = History::default();
        let mut lines = told(&mut history, &execution());
        // Branches take turns in an order that nobody promises; within one the order is told.
        lines.sort_by_key(|line| line.split(':').next().map(str::to_owned));
        assert_eq!(
            lines,
            [
                "alert: running",
                "clinicians: running",
                "clinicians: attempt 1 ended with Storage",
                "clinicians: attempt 2",
                "clinicians: published 1,234 rows.",
                "enrollments: running",
                "enrollments: attempt 1 ended with SchemaDrift",
                "enrollments: failed: SchemaDrift.",
                "hospitals/a: running",
                "hospitals/a: published 1,234 rows.",
                "hospitals/b: running",
                "hospitals/b: attempt 1 ended with States.Timeout",
                "hospitals/b: attempt 2",
                "hospitals/b: published 1,234 rows.",
                "plan: running",
                "plan: attempt 1 ended with Storage",
                "plan: attempt 2",
                "report: running",
            ]
        );
        assert_eq!(history.reported.as_deref(), Some("2026-11-01.1"));
        let (error, cause) = (Some("SchemaDrift".to_owned()), Some("c".to_owned()));
        assert_eq!(history.end, Some(End { kind: "ExecutionFailed", error, cause }));
    }

    #[test]
    fn events_that_name_none_before_them_are_told_without_a_name() {
        let mut events = execution();
        events.iter_mut().for_each(|event| event.previous_event_id = 0);
        let lines = told(&mut History::default(), &events);
        assert!(lines.contains(&"execution: an attempt ended with Storage".to_owned()), "{lines:?}");
        assert!(lines.contains(&"hospitals/b: published 1,234 rows.".to_owned()), "{lines:?}");
    }

    #[test]
    fn an_execution_that_goes_on_has_no_end() {
        let events = execution();
        let mut history = History::default();
        told(&mut history, &events[..events.len() - 1]);
        assert_eq!((history.end, history.last), (None, i64::try_from(events.len() - 1).unwrap()));
    }
}
