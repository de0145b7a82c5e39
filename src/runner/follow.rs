//! What an execution does, told from its history, wherever it is carried out.
//!
//! An event names the one before it in its own branch, and hardly ever the state that it belongs to; so each takes over the
//! place of the one before it. An event without one is told without a name.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::subjects::Subjects;
use crate::output::thousands;

/// Something worth telling.
#[derive(Debug, PartialEq)]
pub(crate) struct News {
    /// The publication or the step of the run that it is about.
    pub subject: String,
    /// What happened to it.
    pub what: What,
}

/// What happened to a publication or a step.
#[derive(Debug, PartialEq)]
pub(crate) enum What {
    /// It is tried: which attempt, counted from 1, of how many where that is known.
    Attempt { number: u32, of: Option<u32> },
    /// An attempt failed; 0 where it is not known which.
    Ended { number: u32, error: String },
    /// It failed and is tried again after a while.
    Retrying { error: String, number: u32, of: u32, wait: Duration },
    /// It is given up.
    Failed { error: String },
    /// It is published.
    Published { rows: u64 },
}

impl What {
    /// Returns whether nothing more will happen to it.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Published { .. })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempt { number: 1, .. } => f.write_str("running"),
            Self::Attempt { number, of: None } => write!(f, "attempt {number}"),
            Self::Attempt { number, of: Some(of) } => write!(f, "attempt {number} of {of}"),
            Self::Ended { number: 0, error } => write!(f, "an attempt ended with {error}"),
            Self::Ended { number, error } => write!(f, "attempt {number} ended with {error}"),
            Self::Retrying { error, number, of, wait } => {
                write!(f, "{error}; attempt {number} of {of} after {} s", wait.as_secs_f64())
            }
            Self::Failed { error } => write!(f, "failed: {error}"),
            Self::Published { rows } => write!(f, "published {} rows", thousands(*rows)),
        }
    }
}

/// Reads the events of one execution, in their order.
#[derive(Debug)]
pub(crate) struct Follow {
    subjects: Subjects,
    places: BTreeMap<u64, Place>,
    /// The last event that was read; 0 before the first.
    pub last: u64,
    /// The run whose report is kept.
    pub reported: Option<String>,
    /// How the execution ended, once it has.
    pub end: Option<End>,
}

/// How an execution ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Step Functions' name of the event, such as `ExecutionFailed`.
    pub kind: String,
    pub error: Option<String>,
    pub cause: Option<String>,
}

/// Where in the state machine an event happened.
#[derive(Debug, Clone, Default)]
struct Place {
    subject: Option<String>,
    /// Counted from 1; 0 before the first.
    attempt: u32,
    /// How many attempts there are, once one failed.
    of: Option<u32>,
}

impl Follow {
    /// Follows an execution of the definition whose states have these subjects.
    pub(crate) fn new(subjects: Subjects) -> Self {
        Self { subjects, places: BTreeMap::new(), last: 0, reported: None, end: None }
    }

    /// Reads the next event, and returns what is to be told of it.
    pub(crate) fn read(&mut self, event: &Value) -> Option<News> {
        let number = |name: &str| event.get(name).and_then(Value::as_u64).unwrap_or_default();
        self.last = number("id");
        self.reported = reported(event).or(self.reported.take());
        self.end = end(event);
        let mut place = self.places.get(&number("previousEventId")).cloned().unwrap_or_default();
        let news = place.follow(event, &self.subjects);
        self.places.insert(self.last, place);
        news
    }

    /// Tells that what the last event is about is tried again, which only who carries it out knows then.
    pub(crate) fn retrying(&mut self, error: Option<&str>, number: u32, of: u32, wait: Duration) -> Option<News> {
        let place = self.places.get_mut(&self.last)?;
        place.of = Some(of);
        let error = error.unwrap_or("an error").to_owned();
        Some(News { subject: place.subject.clone()?, what: What::Retrying { error, number, of, wait } })
    }
}

impl Place {
    fn follow(&mut self, event: &Value, subjects: &Subjects) -> Option<News> {
        let kind = kind(event);
        if let Some(entered) = event.get("stateEnteredEventDetails") {
            return self.enter(entered, subjects);
        }
        if kind == "TaskScheduled" {
            self.attempt += 1;
            let what = What::Attempt { number: self.attempt, of: self.of };
            return self.subject.clone().map(|subject| News { subject, what });
        }
        if kind == "TaskSucceeded" {
            return published(event.pointer("/taskSucceededEventDetails/output")?.as_str()?);
        }
        let error = failed_with(event)?.to_owned();
        let subject = self.subject.clone().unwrap_or_else(|| "execution".to_owned());
        Some(News { subject, what: What::Ended { number: self.attempt, error } })
    }

    fn enter(&mut self, entered: &Value, subjects: &Subjects) -> Option<News> {
        let text = |name: &str| entered.get(name).and_then(Value::as_str).unwrap_or_default();
        let input: Value = serde_json::from_str(text("input")).unwrap_or_default();
        let subject = subjects.of(text("name"), input.get("feed").and_then(Value::as_str));
        *self = Self { subject: subject.clone(), attempt: 0, of: None };
        let error = input.pointer("/failure/Error").and_then(Value::as_str).map(str::to_owned);
        error.zip(subject).map(|(error, subject)| News { subject, what: What::Failed { error } })
    }
}

fn kind(event: &Value) -> &str {
    event.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Tells what a job answered.
fn published(output: &str) -> Option<News> {
    let output: Value = serde_json::from_str(output).ok()?;
    let answer = output.get("Payload")?;
    let rows = answer.get("rows")?.as_u64()?;
    let subject = answer.get("publication")?.as_str()?.to_owned();
    Some(News { subject, what: What::Published { rows } })
}

/// Returns the run whose report the step `Report` has kept.
fn reported(event: &Value) -> Option<String> {
    let exited = event.get("stateExitedEventDetails").filter(|exited| exited.get("name") == Some(&"Report".into()))?;
    let output: Value = serde_json::from_str(exited.get("output")?.as_str()?).ok()?;
    output.pointer("/report/run_id")?.as_str().map(str::to_owned)
}

/// Returns how the execution ended, when this is its last event.
fn end(event: &Value) -> Option<End> {
    let details = match kind(event) {
        "ExecutionSucceeded" => None,
        "ExecutionFailed" => event.get("executionFailedEventDetails"),
        "ExecutionAborted" => event.get("executionAbortedEventDetails"),
        "ExecutionTimedOut" => event.get("executionTimedOutEventDetails"),
        _ => return None,
    };
    let text = |name: &str| details?.get(name)?.as_str().map(str::to_owned);
    Some(End { kind: kind(event).to_owned(), error: text("error"), cause: text("cause") })
}

/// Returns the error name when an attempt of a task failed.
fn failed_with(event: &Value) -> Option<&str> {
    let field = match kind(event) {
        "TaskFailed" => "taskFailedEventDetails",
        "TaskTimedOut" => "taskTimedOutEventDetails",
        "TaskStartFailed" => "taskStartFailedEventDetails",
        "TaskSubmitFailed" => "taskSubmitFailedEventDetails",
        _ => return None,
    };
    let error = event.get(field).and_then(|details| details.get("error")?.as_str());
    Some(error.unwrap_or("an error without a name"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use carelake_pipeline::monthly::MONTHLY;
    use carelake_statemachine::{
        Abort, Execution, ExecutionContext, Machine, Mock, Silent, VirtualClock, execute, lambda_result,
    };
    use serde_json::json;

    use super::*;
    use crate::registry::ROOMS;

    /// Returns what the pipeline's own definition does when its tasks answer like this.
    fn execution() -> Vec<Value> {
        let machine = Machine::parse(&ROOMS.text(&MONTHLY).unwrap()).unwrap();
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
        outcome.history.iter().map(carelake_statemachine::Event::to_aws).collect()
    }

    fn follow() -> Follow {
        Follow::new(Subjects::of_definition(&ROOMS.text(&MONTHLY).unwrap()))
    }

    fn told(follow: &mut Follow, events: &[Value]) -> Vec<String> {
        let news = events.iter().filter_map(|event| follow.read(event));
        news.map(|news| format!("{}: {}{}", news.subject, news.what, if news.what.is_over() { "." } else { "" }))
            .collect()
    }

    #[test]
    fn every_event_is_told_of_the_publication_whose_branch_it_is_in() {
        let mut follow = follow();
        let mut lines = told(&mut follow, &execution());
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
        assert_eq!(follow.reported.as_deref(), Some("2026-11-01.1"));
        let (error, cause) = (Some("SchemaDrift".to_owned()), Some("c".to_owned()));
        assert_eq!(follow.end, Some(End { kind: "ExecutionFailed".to_owned(), error, cause }));
    }

    #[test]
    fn who_carries_it_out_tells_when_it_is_tried_again_and_how_often() {
        let events = execution();
        let mut follow = follow();
        let failed = events.iter().position(|event| kind(event) == "TaskFailed").unwrap();
        told(&mut follow, &events[..=failed]);
        let news = follow.retrying(Some("Storage"), 2, 4, Duration::from_secs(2)).unwrap();
        assert_eq!(
            (news.subject.as_str(), news.what.to_string().as_str()),
            ("plan", "Storage; attempt 2 of 4 after 2 s")
        );
        let lines = told(&mut follow, &events[failed + 1..]);
        assert_eq!(lines[0], "plan: attempt 2 of 4");
    }

    #[test]
    fn events_that_name_none_before_them_are_told_without_a_name() {
        let mut events = execution();
        events.iter_mut().for_each(|event| event["previousEventId"] = json!(0));
        let lines = told(&mut follow(), &events);
        assert!(lines.contains(&"execution: an attempt ended with Storage".to_owned()), "{lines:?}");
        assert!(lines.contains(&"hospitals/b: published 1,234 rows.".to_owned()), "{lines:?}");
    }

    #[test]
    fn an_execution_that_goes_on_has_no_end() {
        let events = execution();
        let mut follow = follow();
        told(&mut follow, &events[..events.len() - 1]);
        assert_eq!((follow.end, follow.last), (None, u64::try_from(events.len() - 1).unwrap()));
    }
}
