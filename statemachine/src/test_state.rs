//! One state on its own, as AWS's TestState API runs it: what it does with an input, step by step.
//!
//! Nothing outside is called: the caller says what a task answered.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::load;
use crate::machine::Machine;
use crate::problem::Problems;
use crate::random::Random;
use crate::scope::{Scope, Variables};
use crate::state::handler::RetryCounts;
use crate::state::{ResultPlace, State, StateKind, Transition, Words};
use crate::template::{Template, not_found};

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
    Ok(Tester::new(&load::state(definition)?, test).run())
}

/// Tests a state of a machine; `None` when there is no state of this name.
#[must_use]
pub fn test_state_of(machine: &Machine, name: &str, test: &StateTest) -> Option<StateTested> {
    let state = machine.flow().all_states().into_iter().find(|state| state.name == name)?;
    Some(Tester::new(state, test).run())
}

struct Tester<'t> {
    state: &'t State,
    test: &'t StateTest,
    context: Value,
    random: Random,
    inspection: Map<String, Value>,
}

/// Where a tested state goes with what.
struct Left {
    output: Value,
    next: Option<String>,
}

impl<'t> Tester<'t> {
    fn new(state: &'t State, test: &'t StateTest) -> Self {
        let context = test.context.clone().unwrap_or_else(|| made_up(state, &test.input));
        Self { state, test, context, random: Random::fresh(), inspection: Map::new() }
    }

    fn run(mut self) -> StateTested {
        self.note("input", &self.test.input);
        let left = self.work();
        let mut tested = match left {
            Ok(left) => StateTested {
                status: "SUCCEEDED",
                output: Some(left.output),
                next_state: left.next,
                ..StateTested::default()
            },
            Err(failure) => self.failed(&failure),
        };
        tested.inspection = self.inspection;
        tested
    }

    fn note(&mut self, step: &str, value: &Value) {
        self.inspection.insert(step.to_owned(), value.clone());
    }

    const fn scope(&self) -> Scope<'_> {
        Scope { context: &self.context, variables: &self.test.variables }
    }

    fn work(&mut self) -> Result<Left, Failure> {
        let state = self.state;
        match &state.kind {
            StateKind::Pass(pass) => {
                let result = match &pass.result {
                    Some(result) => {
                        self.note("result", result);
                        result.clone()
                    }
                    None => self.parameters(pass.parameters.as_ref())?,
                };
                self.hand_on(result, None, &pass.result_path)
            }
            StateKind::Task(task) => {
                self.parameters(task.parameters.as_ref())?;
                let result = self.answer()?;
                self.note("result", &result);
                self.hand_on(result, task.result_selector.as_ref(), &task.result_path)
            }
            StateKind::Parallel(parallel) => {
                let result = self.answer()?;
                self.hand_on(result, parallel.result_selector.as_ref(), &parallel.result_path)
            }
            StateKind::Map(map) => self.map(map),
            StateKind::Fail(fail) => Err(Failure {
                error: self.words(fail.error.as_ref(), "ErrorPath")?,
                cause: self.words(fail.cause.as_ref(), "CausePath")?,
            }),
            StateKind::Choice(choice) => {
                let data = self.effective_input()?;
                for rule in &choice.rules {
                    if rule.test.holds(&data, &self.scope())? {
                        return self.through(&data, rule.assign.as_ref(), Some(rule.next.clone()));
                    }
                }
                let default = choice.default.clone().ok_or_else(|| {
                    Failure::new("States.NoChoiceMatched", "No choice rule matched and there is no Default.")
                })?;
                self.through(&data, state.assign.as_ref(), Some(default))
            }
            StateKind::Wait(_) | StateKind::Succeed => {
                let data = self.effective_input()?;
                self.through(&data, state.assign.as_ref(), self.next())
            }
        }
    }

    fn map(&mut self, map: &crate::state::container::Map) -> Result<Left, Failure> {
        let data = self.effective_input()?;
        let concurrency = map.max_concurrency.concurrency(&data, &self.scope())?;
        self.note("maxConcurrency", &json!(concurrency));
        let tolerance = map.tolerance(&data, &self.scope())?;
        if let Some(count) = tolerance.count {
            self.note("toleratedFailureCount", &json!(count));
        }
        if let Some(percentage) = tolerance.percentage {
            self.note("toleratedFailurePercentage", &json!(percentage));
        }
        let items = map.items(&data, &self.scope())?;
        self.note("afterItemsPath", &json!(items));
        if let Some(selector) = &map.item_selector {
            let mut selected = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let mut context = self.context.clone();
                if let Some(members) = context.as_object_mut() {
                    members.insert("Map".to_owned(), json!({"Item": {"Index": index, "Value": item}}));
                }
                let scope = Scope { context: &context, variables: &self.test.variables };
                selected.push(selector.fill(&data, &scope, &mut self.random)?);
            }
            self.note("afterItemSelector", &json!(selected));
        }
        let failed = self.test.failed_items.unwrap_or(0);
        let total = u32::try_from(items.len()).unwrap_or(u32::MAX);
        if tolerance.is_set() && tolerance.is_exceeded(failed, total) && !matches!(self.test.answer, Some(Err(_))) {
            return Err(Failure::new(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            ));
        }
        let result = self.answer()?;
        self.hand_on(result, map.result_selector.as_ref(), &map.result_path)
    }

    fn effective_input(&mut self) -> Result<Value, Failure> {
        let data = self.state.input_path.of(&self.test.input, &self.scope())?;
        self.note("afterInputPath", &data);
        Ok(data)
    }

    fn parameters(&mut self, parameters: Option<&Template>) -> Result<Value, Failure> {
        let data = self.effective_input()?;
        let filled = self.filled(parameters, data)?;
        self.note("afterParameters", &filled);
        Ok(filled)
    }

    fn filled(&mut self, template: Option<&Template>, data: Value) -> Result<Value, Failure> {
        let scope = Scope { context: &self.context, variables: &self.test.variables };
        template.map_or_else(|| Ok(data.clone()), |template| template.fill(&data, &scope, &mut self.random))
    }

    fn answer(&self) -> Result<Value, Failure> {
        self.test.answer.clone().unwrap_or_else(|| Err(Failure::runtime("the test says nothing about the answer")))
    }

    fn hand_on(&mut self, result: Value, selector: Option<&Template>, place: &ResultPlace) -> Result<Left, Failure> {
        let selected = self.filled(selector, result)?;
        self.note("afterResultSelector", &selected);
        self.assign(self.state.assign.as_ref(), &selected)?;
        let placed = place.put(&self.test.input, selected)?;
        self.note("afterResultPath", &placed);
        let output = self.state.output_path.of(&placed, &self.scope())?;
        Ok(Left { output, next: self.next() })
    }

    fn through(&mut self, data: &Value, assign: Option<&Template>, next: Option<String>) -> Result<Left, Failure> {
        self.assign(assign, data)?;
        Ok(Left { output: self.state.output_path.of(data, &self.scope())?, next })
    }

    fn assign(&mut self, assign: Option<&Template>, data: &Value) -> Result<(), Failure> {
        if assign.is_none() {
            return Ok(());
        }
        let mut variables: Map<String, Value> = self.test.variables.clone().into_iter().collect();
        if let Value::Object(assigned) = self.filled(assign, data.clone())? {
            variables.extend(assigned);
        }
        self.note("variables", &Value::Object(variables));
        Ok(())
    }

    fn next(&self) -> Option<String> {
        match &self.state.transition {
            Transition::Next(next) => Some(next.clone()),
            Transition::End => None,
        }
    }

    fn words(&mut self, words: Option<&Words>, field: &str) -> Result<Option<String>, Failure> {
        let scope = Scope { context: &self.context, variables: &self.test.variables };
        let value = match words {
            None => return Ok(None),
            Some(Words::Fixed(text)) => return Ok(Some(text.clone())),
            Some(Words::Path(path)) => {
                path.find(&self.test.input, &scope).map_err(|_| not_found(path, field, &self.test.input, &scope))?
            }
            Some(Words::Call(call)) => call
                .evaluate(&self.test.input, &scope, &mut self.random)
                .map_err(|_| Failure::runtime(format!("The function '{}' failed", call.text())))?,
        };
        Ok(value.as_str().map(str::to_owned))
    }

    fn failed(&mut self, failure: &Failure) -> StateTested {
        let mut tested = StateTested {
            status: "FAILED",
            error: failure.error.clone(),
            cause: failure.cause.clone(),
            ..StateTested::default()
        };
        let Some(handlers) = self.state.handlers() else { return tested };
        let mut counts = RetryCounts::starting_at(handlers, failure, self.test.retries_before);
        if let Some(retry) = handlers.retry(failure, &mut counts, &mut self.random) {
            tested.status = "RETRIABLE";
            let details = json!({"retryBackoffIntervalSeconds": retry.wait.as_secs(), "retryIndex": retry.index});
            self.note("errorDetails", &details);
            return tested;
        }
        if let Some((index, catcher)) = handlers.catch(failure)
            && let Ok(output) = catcher.result_path.put(&self.test.input, failure.output())
        {
            tested.status = "CAUGHT_ERROR";
            tested.output = Some(output);
            tested.next_state = Some(catcher.next.clone());
            self.note("errorDetails", &json!({"catchIndex": index}));
        }
        tested
    }
}

/// Makes up the context object of a state that is tested without one.
fn made_up(state: &State, input: &Value) -> Value {
    let moment = "2024-06-01T00:00:00.000Z";
    json!({
        "Execution": {
            "Id": "arn:aws:states:local:000000000000:express:test:test:test",
            "Input": input,
            "Name": "test",
            "RoleArn": "arn:aws:iam::000000000000:role/test",
            "StartTime": moment,
        },
        "StateMachine": {"Id": "arn:aws:states:local:000000000000:stateMachine:test", "Name": "test"},
        "State": {"Name": state.name, "EnteredTime": moment, "RetryCount": 0},
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
}
