//! Scripted tasks: every attempt's answer is written down beforehand, as in the conformance cases.
//!
//! ```json
//! {"Load": [{"error": "Storage", "cause": "disk full"}, {"output": {"rows": 3}}],
//!  "Wait": [{"submitted": {"MessageId": "1"}, "timed_out": true}]}
//! ```
//! An attempt is found by its `input` if it has one that fits, and is otherwise the first one not yet used. `after_seconds`
//! says how long it takes, `error` and `cause` beside `timed_out` how the timeout is named, `beats_after_seconds` when it gives a sign of life.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::clock::VirtualClock;
use crate::machine::Machine;
use crate::number;
use crate::objects::{Objects, ObjectsInMemory};
use crate::observer::Observer;
use crate::run::{Abort, Execution, ExecutionContext, Outcome, execute};
use crate::state::StateKind;
use crate::state::task::ResourceKind;
use crate::tasks::{Answer, Binding, Scripted, TaskCall, TaskError, Tasks};

/// Scripted tasks, by state.
pub struct Mock {
    attempts: Mutex<BTreeMap<String, Vec<Attempt>>>,
    /// Where in a state's parameters its task token stands.
    token_places: BTreeMap<String, Vec<String>>,
    objects: Arc<dyn Objects>,
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
struct Attempt {
    input: Option<Value>,
    scripted: Scripted,
    used: bool,
}

/// A mock file is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mock of state '{state}', attempt {attempt}: {reason}")]
pub struct MockError {
    /// The state; empty when the file as a whole is wrong.
    pub state: String,
    /// The attempt, counted from 1; 0 when the state as a whole is wrong.
    pub attempt: usize,
    /// What is wrong.
    pub reason: &'static str,
}

impl Mock {
    /// Reads a script for the tasks of a machine.
    ///
    /// # Errors
    /// Fails when the script is no object of lists of attempts.
    pub fn parse(script: &Value, machine: &Machine) -> Result<Self, MockError> {
        let fail = |state: &str, attempt, reason| MockError { state: state.to_owned(), attempt, reason };
        let states = script.as_object().ok_or_else(|| fail("", 0, "an object of states was expected"))?;
        let mut attempts = BTreeMap::new();
        for (state, list) in states {
            let list = list.as_array().ok_or_else(|| fail(state, 0, "a list of attempts was expected"))?;
            let read: Result<Vec<Attempt>, MockError> = list
                .iter()
                .enumerate()
                .map(|(index, attempt)| read(attempt).map_err(|reason| fail(state, index + 1, reason)))
                .collect();
            attempts.insert(state.clone(), read?);
        }
        let token_places = machine
            .flow()
            .all_states()
            .into_iter()
            .filter_map(|state| match &state.kind {
                StateKind::Task(task) => {
                    Some((state.name.clone(), task.parameters.as_ref()?.places_of("$$.Task.Token")))
                }
                _ => None,
            })
            .collect();
        Ok(Self { attempts: Mutex::new(attempts), token_places, objects: Arc::new(ObjectsInMemory::default()) })
    }

    /// Hands over the objects that a Distributed Map reads.
    #[must_use]
    pub fn with_objects(self, objects: impl Objects + 'static) -> Self {
        Self { objects: Arc::new(objects), ..self }
    }
}

fn read(attempt: &Value) -> Result<Attempt, &'static str> {
    let members = attempt.as_object().ok_or("an attempt must be an object")?;
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let flag = |name: &str| members.get(name).and_then(Value::as_bool).unwrap_or(false);
    let answer = if flag("timed_out") || flag("aborted") {
        Answer::Never { error: text("error"), cause: text("cause") }
    } else if let Some(output) = members.get("output") {
        Answer::Now(Ok(output.clone()))
    } else if members.contains_key("error") {
        Answer::Now(Err(TaskError { error: text("error"), cause: text("cause"), is_final: false }))
    } else {
        return Err("one of output, error, timed_out and aborted was expected");
    };
    let seconds = |secs: &Value| secs.as_f64().and_then(|secs| Duration::try_from_secs_f64(secs).ok());
    let after = match members.get("after_seconds") {
        None => Duration::ZERO,
        Some(secs) => seconds(secs).ok_or("after_seconds must be a number that is not negative")?,
    };
    let beats = match members.get("beats_after_seconds") {
        None => Vec::new(),
        Some(list) => list
            .as_array()
            .and_then(|list| list.iter().map(seconds).collect())
            .ok_or("beats_after_seconds must be a list of numbers that are not negative")?,
    };
    let scripted = Scripted { submitted: members.get("submitted").cloned(), after, beats, answer };
    Ok(Attempt { input: members.get("input").cloned(), scripted, used: false })
}

/// Runs a machine with scripted tasks on a virtual clock that starts at `started`, so that hours of waits take no time.
///
/// # Errors
/// Fails when the script is not as it should be; a machine that fails is an [`Outcome`] like any other.
pub fn run_mocked(
    machine: &Machine,
    input: Value,
    script: &Value,
    started: Timestamp,
    observer: &mut dyn Observer,
) -> Result<Outcome, MockError> {
    Ok(run_scripted(machine, input, Mock::parse(script, machine)?, started, observer))
}

/// Runs a machine as [`run_mocked`] does, with a script that was read before.
pub fn run_scripted(
    machine: &Machine,
    input: Value,
    mock: Mock,
    started: Timestamp,
    observer: &mut dyn Observer,
) -> Outcome {
    execute(Execution {
        machine,
        input,
        context: ExecutionContext::new("mocked", "machine", started),
        tasks: Arc::new(mock),
        clock: &VirtualClock::starting_at(started),
        observer,
        abort: Abort::new(),
    })
}

impl Tasks for Mock {
    /// A task without a script is known all the same: it fails by a name of its own, which a definition can catch. An activity
    /// without one does not exist.
    fn knows(&self, binding: &Binding<'_>) -> bool {
        binding.resource.kind != ResourceKind::Activity
            || self.attempts.lock().unwrap_or_else(PoisonError::into_inner).contains_key(binding.state)
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        Err(TaskError::new(
            "Mock.Missing",
            format!("the mock has no attempt {} of state '{}'", call.attempt, call.state),
        ))
    }

    fn script(&self, call: &TaskCall) -> Option<Scripted> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let list = attempts.get_mut(&call.state)?;
        let fits = |attempt: &Attempt| {
            !attempt.used && attempt.input.as_ref().is_some_and(|input| number::same(input, &call.input))
        };
        let index = list.iter().position(fits).or_else(|| list.iter().position(|attempt| !attempt.used))?;
        let attempt = list.get_mut(index)?;
        attempt.used = true;
        Some(attempt.scripted.clone())
    }

    fn objects(&self) -> &dyn Objects {
        &*self.objects
    }

    fn token(&self, state: &str) -> Option<String> {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let input = attempts.get(state)?.iter().find(|attempt| !attempt.used)?.input.as_ref()?;
        self.token_places.get(state)?.iter().find_map(|place| input.pointer(place)?.as_str()).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::observer::Silent;

    fn machine() -> Machine {
        let work = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true});
        Machine::parse(&json!({"StartAt": "Work", "States": {"Work": work}}).to_string()).unwrap()
    }

    #[test]
    fn a_task_without_a_scripted_attempt_fails_by_name() {
        let outcome = run_mocked(&machine(), json!(1), &json!({}), Timestamp::UNIX_EPOCH, &mut Silent).unwrap();
        assert_eq!(outcome.error.as_deref(), Some("Mock.Missing"));
    }

    #[test]
    fn the_attempt_with_a_fitting_input_comes_before_the_first_one() {
        let script = json!({"Work": [{"output": "first"}, {"input": 1.0, "output": "fitting"}]});
        let outcome = run_mocked(&machine(), json!(1), &script, Timestamp::UNIX_EPOCH, &mut Silent).unwrap();
        assert_eq!(outcome.output, Some(json!("fitting")));
    }

    #[test]
    fn mistakes_in_a_script_name_state_and_attempt() {
        for (script, wanted) in [
            (json!([]), "mock of state '', attempt 0: an object of states was expected"),
            (json!({"Work": {}}), "mock of state 'Work', attempt 0: a list of attempts was expected"),
            (
                json!({"Work": [{"output": 1}, {}]}),
                "mock of state 'Work', attempt 2: one of output, error, timed_out and aborted was expected",
            ),
            (
                json!({"Work": [{"output": 1, "after_seconds": -1}]}),
                "mock of state 'Work', attempt 1: after_seconds must be a number that is not negative",
            ),
            (
                json!({"Work": [{"output": 1, "beats_after_seconds": [1, "x"]}]}),
                "mock of state 'Work', attempt 1: beats_after_seconds must be a list of numbers that are not negative",
            ),
        ] {
            assert_eq!(Mock::parse(&script, &machine()).unwrap_err().to_string(), wanted);
        }
    }
}
