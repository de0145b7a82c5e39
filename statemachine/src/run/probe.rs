//! One state on its own, as AWS's TestState API runs it: what it does with an input, step by step.
//!
//! The state is run by the same [`Engine`] as any machine, as the only one of its flow; a [`Probe`] looks on and stops it once
//! the state is left or about to be tried again. Nothing outside is called: the caller says what a task answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::engine::Engine;
use super::handling::location;
use super::{Abort, Execution, ExecutionContext, Outcome};
use crate::clock::VirtualClock;
use crate::failure::Failure;
use crate::load;
use crate::machine::{Kind, Machine};
use crate::moment;
use crate::objects::{ObjectEntry, ObjectError, Objects};
use crate::observer::{Notice, Observer};
use crate::problem::Problems;
use crate::random::Random;
use crate::scope::Variables;
use crate::state::{Flow, State};
use crate::tasks::{Answer, Binding, KnownResult, Scripted, TaskCall, TaskError, Tasks};

/// The event id at which the only state of a flow is entered: 1 is the start of the execution.
const ENTERED_ID: u64 = 2;

/// What a state is tested with.
#[derive(Debug, Clone, Default)]
pub struct StateTest {
    /// Its input.
    pub input: Value,
    /// The context object; one is made up when there is none.
    pub context: Option<Value>,
    /// The variables.
    pub variables: Variables,
    /// What its task, branches or items came to; `None` for a state that needs no answer.
    pub answer: Option<Result<Value, Failure>>,
    /// How often its retrier was used already.
    pub retries_before: u32,
    /// How many items of a Map failed.
    pub failed_items: Option<u32>,
    /// What the object holds that an ItemReader reads, whichever it is.
    pub reader_data: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateTested {
    /// `SUCCEEDED`, `FAILED`, `RETRIABLE` or `CAUGHT_ERROR`.
    pub status: &'static str,
    /// What it hands on.
    pub output: Option<Value>,
    /// The error name.
    pub error: Option<String>,
    /// The cause.
    pub cause: Option<String>,
    /// Where it goes.
    pub next_state: Option<String>,
    /// The data after each step.
    pub inspection: Map<String, Value>,
}

/// Tests a state given on its own.
///
/// # Errors
/// Returns every mistake in its definition.
pub fn test_state(definition: &str, test: &StateTest) -> Result<StateTested, Problems> {
    Ok(run(load::state(definition)?, test))
}

/// Tests a state of a machine; `None` when there is no state of this name.
#[must_use]
pub fn test_state_of(machine: &Machine, name: &str, test: &StateTest) -> Option<StateTested> {
    let state = machine.flow().all_states().into_iter().find(|state| state.name == name)?;
    Some(run(state.clone(), test))
}

fn run(state: State, test: &StateTest) -> StateTested {
    let name = state.name.clone();
    let flow =
        Flow { start_at: name.clone(), order: vec![name.clone()], states: BTreeMap::from([(name.clone(), state)]) };
    let machine = Machine { kind: Kind::Standard, comment: None, timeout_secs: None, flow };
    let abort = Abort::new();
    let mut probe = Probe { abort: abort.clone(), retries_left: test.retries_before, tested: StateTested::default() };
    let started = Timestamp::from_second(STARTED_SECS).unwrap_or_default();
    let whole = test.context.clone().map(|context| match context {
        Value::Object(members) => members,
        _ => Map::new(),
    });
    let token = test.context.as_ref().and_then(|context| context.pointer("/Task/Token")?.as_str()).map(str::to_owned);
    let execution = Execution {
        machine: &machine,
        input: test.input.clone(),
        context: ExecutionContext::from_value(made_up(&test.input, started)),
        tasks: Arc::new(Told {
            answer: test.answer.clone(),
            failed_items: test.failed_items,
            token,
            reader_data: test.reader_data.clone(),
        }),
        clock: &VirtualClock::starting_at(started),
        observer: &mut probe,
        abort,
    };
    let outcome = Engine::start(execution, Random::fresh()).with_surroundings(test.variables.clone(), whole).run();
    probe.finish(&name, outcome)
}

/// When a state that is tested is entered: 2024-06-01T00:00:00Z, in seconds since the epoch.
const STARTED_SECS: i64 = 1_717_200_000;

/// Looks on while a state runs, keeps its data after each step, and stops it when it has been seen.
struct Probe {
    abort: Abort,
    /// How many retries go by before one is the result.
    retries_left: u32,
    tested: StateTested,
}

impl Probe {
    fn note(&mut self, step: &str, data: Value) {
        self.tested.inspection.insert(step.to_owned(), data);
    }

    fn fail(&mut self, status: &'static str, failure: &Failure) {
        self.tested.status = status;
        self.tested.error.clone_from(&failure.error);
        self.tested.cause.clone_from(&failure.cause);
    }

    /// Adds what the end of the execution says: a state that was neither left nor stopped has failed.
    fn finish(mut self, state: &str, outcome: Outcome) -> StateTested {
        if self.tested.status.is_empty() {
            self.fail("FAILED", &Failure { error: outcome.error, cause: outcome.cause });
        }
        // AWS says where in a history a failure happened; a state on its own has no history.
        let place = location(state, ENTERED_ID);
        let cause = self.tested.cause.as_deref().and_then(|cause| cause.strip_prefix(&place)).map(str::to_owned);
        self.tested.cause = cause.or(self.tested.cause);
        self.tested
    }
}

impl Observer for Probe {
    fn notice(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Data { step, data, .. } => self.note(step.name(), (*data).clone()),
            Notice::Retrying { .. } if self.retries_left > 0 => self.retries_left -= 1,
            Notice::Retrying { failure, retrier, wait, .. } => {
                self.fail("RETRIABLE", failure);
                let details = json!({"retryBackoffIntervalSeconds": wait.as_secs(), "retryIndex": retrier});
                self.note("errorDetails", details);
                self.abort.abort();
            }
            Notice::Caught { failure, catcher, .. } => {
                self.fail("CAUGHT_ERROR", failure);
                self.note("errorDetails", json!({"catchIndex": catcher}));
            }
            Notice::Left { output, next, .. } => {
                if self.tested.status.is_empty() {
                    self.tested.status = "SUCCEEDED";
                }
                self.tested.output = Some((*output).clone());
                self.tested.next_state = next.map(str::to_owned);
                self.abort.abort();
            }
            Notice::Event(_) | Notice::ChildEvent { .. } | Notice::Attempt { .. } => {}
        }
    }

    fn inspects(&self) -> bool {
        true
    }
}

/// Answers what the test says, for a task as for branches and items.
struct Told {
    answer: Option<Result<Value, Failure>>,
    failed_items: Option<u32>,
    token: Option<String>,
    reader_data: Option<String>,
}

impl Objects for Told {
    fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, ObjectError> {
        let missing = || ObjectError::Missing { bucket: bucket.to_owned(), key: key.to_owned() };
        self.reader_data.as_ref().map(|data| data.clone().into_bytes()).ok_or_else(missing)
    }

    fn list(&self, bucket: &str, _prefix: &str) -> Result<Vec<ObjectEntry>, ObjectError> {
        Err(ObjectError::Refused { bucket: bucket.to_owned(), reason: "a state on its own lists nothing".to_owned() })
    }

    fn put(&self, _bucket: &str, _key: &str, _body: &[u8]) -> Result<(), ObjectError> {
        Ok(())
    }
}

impl Told {
    fn answer(&self) -> Result<Value, TaskError> {
        match &self.answer {
            Some(Ok(result)) => Ok(result.clone()),
            Some(Err(failure)) => {
                Err(TaskError { error: failure.error.clone(), cause: failure.cause.clone(), is_final: false })
            }
            None => Err(TaskError::new("States.Runtime", "the test says nothing about the answer")),
        }
    }
}

impl Tasks for Told {
    fn knows(&self, _binding: &Binding<'_>) -> bool {
        true
    }

    fn run(&self, _call: TaskCall) -> Result<Value, TaskError> {
        self.answer()
    }

    fn script(&self, _call: &TaskCall) -> Option<Scripted> {
        let answer = Answer::Now(self.answer());
        Some(Scripted { submitted: None, after: std::time::Duration::ZERO, beats: Vec::new(), answer })
    }

    fn known_result(&self, _state: &str) -> Option<KnownResult> {
        Some(KnownResult { failed_items: self.failed_items.unwrap_or(0), result: self.answer() })
    }

    fn objects(&self) -> &dyn Objects {
        self
    }

    fn token(&self, _state: &str) -> Option<String> {
        self.token.clone()
    }
}

/// Makes up what the context object of a state that is tested without one says about its execution.
fn made_up(input: &Value, started: Timestamp) -> Value {
    json!({
        "Execution": {
            "Id": "arn:aws:states:local:000000000000:express:test:test:test",
            "Input": input,
            "Name": "test",
            "RoleArn": "arn:aws:iam::000000000000:role/test",
            "StartTime": moment::text(started),
        },
        "StateMachine": {"Id": "arn:aws:states:local:000000000000:stateMachine:test", "Name": "test"},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = r#"{"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Done",
        "Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 2, "MaxAttempts": 3}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught", "ResultPath": "$.error"}]}"#;

    fn failed(error: &str, retries_before: u32) -> StateTested {
        let test = StateTest {
            input: json!({"a": 1}),
            answer: Some(Err(Failure::new(error, "why"))),
            retries_before,
            ..StateTest::default()
        };
        test_state(TASK, &test).unwrap()
    }

    #[test]
    fn a_failure_is_retried_with_doubling_waits_then_caught() {
        let tested = failed("A", 1);
        assert_eq!(tested.status, "RETRIABLE");
        assert_eq!(tested.inspection["errorDetails"], json!({"retryBackoffIntervalSeconds": 4, "retryIndex": 0}));
        let tested = failed("A", 3);
        assert_eq!((tested.status, tested.next_state.as_deref()), ("CAUGHT_ERROR", Some("Caught")));
        assert_eq!(tested.output.unwrap(), json!({"a": 1, "error": {"Error": "A", "Cause": "why"}}));
        assert_eq!(failed("States.Runtime", 0).status, "FAILED");
    }

    #[test]
    fn an_answer_is_handed_on() {
        let test = StateTest { answer: Some(Ok(json!("ok"))), ..StateTest::default() };
        let tested = test_state(TASK, &test).unwrap();
        assert_eq!((tested.status, tested.output), ("SUCCEEDED", Some(json!("ok"))));
        assert_eq!(tested.next_state.as_deref(), Some("Done"));
    }

    #[test]
    fn a_state_on_its_own_fails_as_it_does_in_an_execution() {
        let tested = |definition: &str| {
            let tested = test_state(definition, &StateTest { input: json!({"n": 1}), ..StateTest::default() }).unwrap();
            (tested.status, tested.error.unwrap(), tested.cause.unwrap())
        };
        assert_eq!(
            tested(r#"{"Type": "Fail", "ErrorPath": "$.n"}"#),
            ("FAILED", "States.Runtime".to_owned(), "The value of the field 'ErrorPath' is not a string: 1".to_owned())
        );
        let (_, error, cause) = tested(r#"{"Type": "Fail", "CausePath": "States.ArrayLength($.n)"}"#);
        assert_eq!(error, "States.IntrinsicFailure");
        assert!(cause.starts_with("The function 'States.ArrayLength($.n)'"), "{cause}");
        let large = format!(r#"{{"Type": "Pass", "Result": "{}", "End": true}}"#, "x".repeat(crate::MAX_PAYLOAD_BYTES));
        assert_eq!(tested(&large).1, "States.DataLimitExceeded");
    }

    #[test]
    fn a_map_is_tested_without_running_its_items() {
        let map = r#"{"Type": "Map", "ToleratedFailureCount": 1, "End": true, "ItemSelector": {"i.$": "$$.Map.Item.Index"},
            "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Fail"}}}}"#;
        let test = |failed_items| StateTest {
            input: json!(["a", "b"]),
            answer: Some(Ok(json!([1, 2]))),
            failed_items: Some(failed_items),
            ..StateTest::default()
        };
        let tested = test_state(map, &test(1)).unwrap();
        assert_eq!((tested.status, tested.output), ("SUCCEEDED", Some(json!([1, 2]))));
        assert_eq!(tested.inspection["afterItemSelector"], json!([{"i": 0}, {"i": 1}]));
        let tested = test_state(map, &test(2)).unwrap();
        assert_eq!(tested.error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
    }

    #[test]
    fn a_distributed_map_is_tested_with_the_data_its_reader_would_find() {
        let map = r#"{"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/a"}},
            "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "ItemBatcher": {"MaxItemsPerBatch": 2},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "A", "States": {"A": {"Type": "Fail"}}}}"#;
        let test = StateTest {
            input: json!({}),
            answer: Some(Ok(json!(["done"]))),
            reader_data: Some(r#"{"a": [1, 2, 3]}"#.to_owned()),
            ..StateTest::default()
        };
        let tested = test_state(map, &test).unwrap();
        assert_eq!((tested.status, tested.output), ("SUCCEEDED", Some(json!(["done"]))));
        assert_eq!(tested.inspection["afterItemsPointer"], json!([1, 2, 3]));
        assert_eq!(tested.inspection["afterItemSelector"], json!([{"v": 1}, {"v": 2}, {"v": 3}]));
        assert_eq!(
            tested.inspection["afterItemBatcher"],
            json!([{"Items": [{"v": 1}, {"v": 2}]}, {"Items": [{"v": 3}]}])
        );
        let tested = test_state(map, &StateTest { reader_data: None, ..test }).unwrap();
        assert_eq!(tested.error.as_deref(), Some("States.ItemReaderFailed"));
    }
}
