//! The tasks of an execution, bound to this machine: functions by name, and the integrations of AWS that it can stand in for.

use std::sync::Arc;
use std::time::Duration;

use carelake_pipeline::{Context, ExecutionStatus, Function, answered, pipeline};
use carelake_statemachine::state::task::Pattern;
use carelake_statemachine::{Binding, Callbacks, Objects, TaskCall, TaskError, Tasks, lambda_result};
use serde_json::{Value, json};

use super::called::Called;
use super::local::Local;
use super::notifier;
use super::queue;
use super::walk::Walk;

/// How often a state that waits for another execution looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// The tasks of one execution.
pub(super) struct Bound {
    pub(super) local: Local,
    pub(super) walk: Arc<Walk>,
}

impl Bound {
    fn invoke(
        &self,
        function: &'static Function,
        call: &TaskCall,
        payload: &Value,
    ) -> Result<Value, pipeline::Failure> {
        self.walk.companion.before(&self.local, call, payload)?;
        let is_cancelled = || call.cancellation.is_cancelled();
        let run = |context: &Context<'_>| function.task().call(context, payload);
        let answer = self.local.with_context(&is_cancelled, run)?;
        self.walk.companion.answered(&self.local, function, &answer);
        Ok(answer)
    }

    fn notify(&self, input: &Value) -> Result<Value, TaskError> {
        let sent = notifier::notify(&self.local, self.walk.companion.kept().as_ref(), input);
        self.walk.companion.sent(sent.as_ref().map(drop));
        sent.map_err(|failure| TaskError::new(failure.kind.name(), failure.message))
    }

    /// Starts another definition and, where the state waits for it, answers as `startExecution.sync:2` does.
    fn start(&self, definition: &str, pattern: Pattern, call: &TaskCall) -> Result<Value, TaskError> {
        let name = call.input.get("Name").and_then(Value::as_str);
        let input = call.input.get("Input").cloned().unwrap_or_else(|| json!({}));
        let child = self.local.begin(definition, name, input.clone());
        let child = child.map_err(|error| TaskError::new(error.kind().name, error.to_string()))?;
        let started = json!({"ExecutionArn": child.id, "StartDate": child.started_at.as_millisecond()});
        if pattern == Pattern::Response {
            return Ok(started);
        }
        call.heart.submitted(started);
        while !child.has_ended_within(LOOK) {
            if call.cancellation.is_cancelled() {
                child.abort();
            }
        }
        let told = child.describe();
        let mut result = json!({
            "ExecutionArn": child.id, "Name": child.name, "StateMachineArn": definition, "Input": input,
            "StartDate": told.started_at.as_millisecond(), "Status": told.status.name(),
        });
        if let Some(fields) = result.as_object_mut() {
            fields.extend(told.ended_at.map(|at| ("StopDate".to_owned(), json!(at.as_millisecond()))));
            fields.extend(told.output.map(|output| ("Output".to_owned(), output)));
            fields.extend(told.error.map(|error| ("Error".to_owned(), json!(error))));
            fields.extend(told.cause.map(|cause| ("Cause".to_owned(), json!(cause))));
        }
        match told.status {
            ExecutionStatus::Succeeded => Ok(result),
            _ => Err(TaskError::new("States.TaskFailed", result.to_string())),
        }
    }

    /// Carries out a function as its container would: with the payload in `CARELAKE_TASK`. Where the state waits for its token,
    /// the answer goes by the token.
    fn contain(&self, function: &'static Function, pattern: Pattern, call: TaskCall) -> Result<Value, TaskError> {
        let payload = contained(&call.input)?;
        let taken = json!({"Tasks": [{"LastStatus": "PENDING", "TaskDefinitionArn": function.name}], "Failures": []});
        let (Pattern::TaskToken, Some(token)) = (pattern, call.token.clone()) else {
            call.heart.submitted(taken);
            return self.invoke(function, &call, &payload).map(answered).map_err(|failure| as_lambda(&failure));
        };
        let (local, walk) = (self.local.clone(), Arc::clone(&self.walk));
        let callbacks = self.local.callbacks().clone();
        std::thread::spawn(move || {
            let answer = Self { local, walk }.invoke(function, &call, &payload);
            // A token that nobody waits for any more was given up by its state.
            let _ = match answer {
                Ok(answer) => callbacks.task_success(&token, answered(answer)),
                Err(failure) => {
                    let TaskError { error, cause, .. } = as_lambda(&failure);
                    callbacks.task_failure(&token, error, cause)
                }
            };
        });
        Ok(taken)
    }
}

/// Returns the payload of a container.
fn contained(input: &Value) -> Result<Value, TaskError> {
    let containers = input.pointer("/Overrides/ContainerOverrides").and_then(Value::as_array).into_iter().flatten();
    let variables = containers.filter_map(|container| container.get("Environment")?.as_array()).flatten();
    let text = variables.filter(|it| it.get("Name").and_then(Value::as_str) == Some("CARELAKE_TASK"));
    let text = text.filter_map(|variable| variable.get("Value")?.as_str()).next();
    text.and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| TaskError::new("InvalidConfig", "the container has no variable CARELAKE_TASK that is JSON"))
}

impl Tasks for Bound {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        let (kind, input) = (&binding.resource.kind, binding.parameters.as_ref());
        Called::of(self.local.rooms(), kind, binding.function_name(), input).is_some()
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        match Called::of(self.local.rooms(), &call.resource.kind, call.function_name(), Some(&call.input)) {
            Some(Called::Function(function)) => {
                let payload = call.input.get("Payload").cloned().unwrap_or_default();
                self.invoke(function, &call, &payload).map(lambda_result).map_err(|failure| as_lambda(&failure))
            }
            Some(Called::Topic) => self.notify(&call.input),
            Some(Called::Queue(function)) => {
                queue::send(&self.local, function, &call.input).map_err(|failure| as_lambda(&failure))
            }
            Some(Called::Definition(name, pattern)) => self.start(name, pattern, &call),
            Some(Called::Container(function, pattern)) => self.contain(function, pattern, call),
            // Asked beforehand, so that this is a defect.
            None => Err(TaskError::new("Internal", format!("state {} is bound to nothing", call.state))),
        }
    }

    fn callbacks(&self) -> Option<&Callbacks> {
        Some(self.local.callbacks())
    }

    fn objects(&self) -> &dyn Objects {
        self.local.objects()
    }
}

/// Returns the failure as a Lambda function would answer it; one that cannot heal here is final.
fn as_lambda(failure: &pipeline::Failure) -> TaskError {
    TaskError::new(failure.kind.name, failure.to_json().to_string()).with_final(!failure.may_heal)
}
