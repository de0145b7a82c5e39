//! Executions on AWS Step Functions.

mod event;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use carelake_core::causes;
use carelake_pipeline::{Described, ExecutionStatus, Listed, Runner, RunnerError, machine_name};
use jiff::Timestamp;
use serde_json::Value;

use crate::client::Aws;

/// Events that are asked for at a time: what a few tasks do within a second.
const PAGE_EVENTS: i32 = 20;
/// Executions that are asked for at a time, at most.
const PAGE_EXECUTIONS: usize = 1_000;
/// For how long a state machine that was not there is not looked for again.
const ABSENT: Duration = Duration::from_secs(10);

/// The state machines of an environment.
#[derive(Debug, Clone)]
pub struct StepFunctions {
    aws: Aws,
    client: Client,
    stack: String,
    known: Arc<Mutex<Known>>,
}

/// The state machines as they were listed last. A machine that is made anew under its name has the same ARN.
#[derive(Debug, Default)]
struct Known {
    arns: BTreeMap<String, String>,
    listed_at: Option<Instant>,
}

impl StepFunctions {
    /// Takes the clients and the stack of the environment, such as `carelake-dev`, with which the names of its machines begin.
    #[must_use]
    pub fn new(aws: &Aws, stack: &str) -> Self {
        Self { aws: aws.clone(), client: Client::new(aws.config()), stack: stack.to_owned(), known: Arc::default() }
    }

    /// Returns the ARN of a definition's state machine.
    ///
    /// # Errors
    /// [`RunnerError::UnknownDefinition`] when it is not in this account and region; [`RunnerError::Unavailable`].
    pub fn machine(&self, definition: &str) -> Result<String, RunnerError> {
        let name = machine_name(&self.stack, definition);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |known: &Known| known.listed_at.is_some_and(|at| at.elapsed() < ABSENT);
        let there = known().arns.get(&name).cloned();
        if there.is_some() || is_fresh(&known()) {
            return there.ok_or(RunnerError::UnknownDefinition { name });
        }
        let arns = self.call("list the state machines", async {
            let mut arns = BTreeMap::new();
            let mut machines = self.client.list_state_machines().into_paginator().items().send();
            while let Some(machine) = machines.try_next().await? {
                arns.insert(machine.name().to_owned(), machine.state_machine_arn().to_owned());
            }
            Ok::<_, SdkError<_, _>>(arns)
        })?;
        let there = arns.get(&name).cloned();
        *known() = Known { arns, listed_at: Some(Instant::now()) };
        there.ok_or(RunnerError::UnknownDefinition { name })
    }

    fn call<T, E>(
        &self,
        action: &'static str,
        call: impl Future<Output = Result<T, SdkError<E>>> + Send,
    ) -> Result<T, RunnerError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + 'static,
    {
        let done = self.aws.wait(call);
        let done = done.map_err(|error| RunnerError::Unavailable { action, cause: error.to_string() })?;
        done.map_err(|error| match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some("ExecutionDoesNotExist") => RunnerError::UnknownExecution { execution: String::new() },
            Some("TaskDoesNotExist" | "TaskTimedOut" | "InvalidToken") => RunnerError::UnknownToken,
            _ => RunnerError::Unavailable { action, cause: causes(&error) },
        })
    }

    fn call_about<T, E>(
        &self,
        execution: &str,
        action: &'static str,
        call: impl Future<Output = Result<T, SdkError<E>>> + Send,
    ) -> Result<T, RunnerError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + 'static,
    {
        self.call(action, call).map_err(|error| match error {
            RunnerError::UnknownExecution { .. } => RunnerError::UnknownExecution { execution: execution.to_owned() },
            other => other,
        })
    }
}

/// Returns the ARN of an execution of a state machine.
fn execution_arn(machine: &str, name: &str) -> String {
    format!("{}:{name}", machine.replacen(":stateMachine:", ":execution:", 1))
}

fn moment(at: &aws_sdk_sfn::primitives::DateTime) -> Timestamp {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).unwrap_or_default()).unwrap_or_default()
}

fn status(told: &aws_sdk_sfn::types::ExecutionStatus) -> ExecutionStatus {
    let known = ExecutionStatus::ALL.into_iter().find(|status| status.name() == told.as_str());
    // One that waits to be redriven has not ended.
    known.unwrap_or(ExecutionStatus::Running)
}

impl Runner for StepFunctions {
    fn start(&self, definition: &str, name: Option<&str>, input: &Value) -> Result<String, RunnerError> {
        let machine = self.machine(definition)?;
        let call = self.client.start_execution().state_machine_arn(&machine).set_name(name.map(str::to_owned));
        let started = self.call("start an execution", async {
            match call.input(input.to_string()).send().await {
                Ok(started) => Ok(Some(started.execution_arn().to_owned())),
                Err(error) if error.as_service_error().is_some_and(|it| it.is_execution_already_exists()) => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        // One of this name was started before, with whatever it was given.
        Ok(started.unwrap_or_else(|| execution_arn(&machine, name.unwrap_or_default())))
    }

    fn describe(&self, execution: &str) -> Result<Described, RunnerError> {
        let call = self.client.describe_execution().execution_arn(execution);
        let told = self.call_about(execution, "look at the execution", call.send())?;
        Ok(Described {
            status: status(told.status()),
            started_at: moment(told.start_date()),
            ended_at: told.stop_date().map(moment),
            output: told.output().and_then(|text| serde_json::from_str(text).ok()),
            error: told.error().map(str::to_owned),
            cause: told.cause().map(str::to_owned),
        })
    }

    fn executions(&self, definition: &str, before: Option<Timestamp>, most: usize) -> Result<Vec<Listed>, RunnerError> {
        let machine = self.machine(definition)?;
        let size = i32::try_from(most.clamp(1, PAGE_EXECUTIONS)).unwrap_or(i32::MAX);
        self.call("list the executions", async {
            let call = self.client.list_executions().state_machine_arn(&machine).into_paginator();
            let mut all = call.page_size(size).items().send();
            let mut found = Vec::new();
            while found.len() < most
                && let Some(one) = all.try_next().await?
            {
                let started_at = moment(one.start_date());
                if before.is_some_and(|before| started_at >= before) {
                    continue;
                }
                found.push(Listed {
                    id: one.execution_arn().to_owned(),
                    name: one.name().to_owned(),
                    status: status(one.status()),
                    started_at,
                    ended_at: one.stop_date().map(moment),
                });
            }
            Ok::<_, SdkError<_, _>>(found)
        })
    }

    fn execution(&self, definition: &str, name: &str) -> Result<String, RunnerError> {
        Ok(execution_arn(&self.machine(definition)?, name))
    }

    fn stop(&self, execution: &str) -> Result<(), RunnerError> {
        let call = self.client.stop_execution().execution_arn(execution);
        self.call_about(execution, "stop the execution", call.send()).map(drop)
    }

    /// Asks for the newest events first, so that a look at what goes on costs one page, and more only when more is new.
    fn history(&self, execution: &str, after: u64) -> Result<Vec<Value>, RunnerError> {
        let call = self.client.get_execution_history().execution_arn(execution).reverse_order(true);
        let mut events = self.call_about(execution, "read the history of the execution", async {
            let mut pages = if after == 0 {
                call.into_paginator().items().send()
            } else {
                call.into_paginator().page_size(PAGE_EVENTS).items().send()
            };
            let mut events = Vec::new();
            while let Some(event) = pages.try_next().await? {
                if u64::try_from(event.id()).is_ok_and(|id| id <= after) {
                    break;
                }
                events.push(event::json(&event));
            }
            Ok(events)
        })?;
        events.reverse();
        Ok(events)
    }

    fn task_success(&self, token: &str, output: &Value) -> Result<(), RunnerError> {
        let call = self.client.send_task_success().task_token(token).output(output.to_string());
        self.call("answer the task", call.send()).map(drop)
    }

    fn task_failure(&self, token: &str, error: &str, cause: &str) -> Result<(), RunnerError> {
        let call = self.client.send_task_failure().task_token(token).error(error).cause(cause);
        self.call("answer the task", call.send()).map(drop)
    }

    fn task_heartbeat(&self, token: &str) -> Result<(), RunnerError> {
        let call = self.client.send_task_heartbeat().task_token(token);
        self.call("tell that the task is alive", call.send()).map(drop)
    }
}
