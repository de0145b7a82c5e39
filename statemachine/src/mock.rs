//! Scripted tasks: every attempt's answer is written down beforehand, as in the conformance cases.
//!
//! ```json
//! {"Load": [{"error": "Storage", "cause": "disk full"}, {"output": {"rows": 3}}],
//!  "Wait": [{"submitted": {"MessageId": "1"}, "timed_out": true}]}
//! ```
//! An attempt is found by its `input` if it has one that fits, and is otherwise the first one not yet used. `after_seconds`
//! says how long it takes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::machine::Machine;
use crate::number;
use crate::state::StateKind;
use crate::tasks::{Answer, Binding, Scripted, TaskCall, TaskError, Tasks};

/// Scripted tasks, by state.
#[derive(Debug, Default)]
pub struct Mock {
    attempts: Mutex<BTreeMap<String, Vec<Attempt>>>,
    /// Where in a state's parameters its task token stands.
    token_places: BTreeMap<String, Vec<String>>,
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
        Ok(Self { attempts: Mutex::new(attempts), token_places })
    }
}

fn read(attempt: &Value) -> Result<Attempt, &'static str> {
    let members = attempt.as_object().ok_or("an attempt must be an object")?;
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let flag = |name: &str| members.get(name).and_then(Value::as_bool).unwrap_or(false);
    let answer = if flag("timed_out") || flag("aborted") {
        Answer::Never { cause: text("cause") }
    } else if let Some(output) = members.get("output") {
        Answer::Now(Ok(output.clone()))
    } else if members.contains_key("error") {
        Answer::Now(Err(TaskError { error: text("error"), cause: text("cause") }))
    } else {
        return Err("one of output, error, timed_out and aborted was expected");
    };
    let after = match members.get("after_seconds") {
        None => Duration::ZERO,
        Some(secs) => secs
            .as_f64()
            .and_then(|secs| Duration::try_from_secs_f64(secs).ok())
            .ok_or("after_seconds must be a number that is not negative")?,
    };
    let scripted = Scripted { submitted: members.get("submitted").cloned(), after, answer };
    Ok(Attempt { input: members.get("input").cloned(), scripted, used: false })
}

impl Tasks for Mock {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).contains_key(binding.state)
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

    fn token(&self, state: &str) -> Option<String> {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let input = attempts.get(state)?.iter().find(|attempt| !attempt.used)?.input.as_ref()?;
        self.token_places.get(state)?.iter().find_map(|place| input.pointer(place)?.as_str()).map(str::to_owned)
    }
}
