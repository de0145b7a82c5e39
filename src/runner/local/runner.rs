//! What rooms and pages ask of the runner of this machine.

use std::sync::{Arc, PoisonError};

use carelake_pipeline::{Described, Listed, Runner, RunnerError};
use carelake_statemachine::UnknownToken;
use jiff::Timestamp;
use serde_json::Value;

use super::{Local, Walk, context};

impl Runner for Local {
    fn start(&self, definition: &str, name: Option<&str>, input: &Value) -> Result<String, RunnerError> {
        Ok(self.begin(definition, name, input.clone())?.id.clone())
    }

    fn describe(&self, execution: &str) -> Result<Described, RunnerError> {
        Ok(self.known(execution)?.describe())
    }

    fn executions(&self, definition: &str, before: Option<Timestamp>, most: usize) -> Result<Vec<Listed>, RunnerError> {
        self.known_definition(definition)?;
        let walks = self.0.walks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted =
            |walk: &&Arc<Walk>| walk.definition == definition && before.is_none_or(|at| walk.started_at < at);
        let mut found: Vec<Listed> = walks.values().filter(is_wanted).map(|walk| walk.listed()).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.started_at));
        found.truncate(most);
        Ok(found)
    }

    fn execution(&self, definition: &str, name: &str) -> Result<String, RunnerError> {
        let definition = self.known_definition(definition)?;
        Ok(context(definition.name, name, Timestamp::UNIX_EPOCH).id().to_owned())
    }

    fn stop(&self, execution: &str) -> Result<(), RunnerError> {
        self.known(execution)?.abort();
        Ok(())
    }

    fn history(&self, execution: &str, after: u64) -> Result<Vec<Value>, RunnerError> {
        Ok(self.known(execution)?.history(after))
    }

    fn task_success(&self, token: &str, output: &Value) -> Result<(), RunnerError> {
        self.0.callbacks.task_success(token, output.clone()).map_err(|UnknownToken| RunnerError::UnknownToken)
    }

    fn task_failure(&self, token: &str, error: &str, cause: &str) -> Result<(), RunnerError> {
        let failed = self.0.callbacks.task_failure(token, Some(error.to_owned()), Some(cause.to_owned()));
        failed.map_err(|UnknownToken| RunnerError::UnknownToken)
    }

    fn task_heartbeat(&self, token: &str) -> Result<(), RunnerError> {
        self.0.callbacks.task_heartbeat(token).map_err(|UnknownToken| RunnerError::UnknownToken)
    }
}
