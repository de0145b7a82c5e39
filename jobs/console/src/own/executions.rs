//! Executions of definitions that are no runs of the month: those that the output keeps, and those that the runner knows.

use std::collections::BTreeSet;

use carelake_core::store::{Object, Store};
use carelake_facts::{EXECUTIONS, FactError, read_events};
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{ExecutionStatus, Listed, RunnerError};
use jiff::Timestamp;

use super::walked::Walked;
use super::{Asked, failed};

/// An execution of a definition.
pub(super) struct Execution {
    pub definition: String,
    pub name: String,
    /// When something of it was written last, or when it began if nothing of it is kept.
    pub at: Timestamp,
    known: Known,
}

enum Known {
    /// By the key of its history.
    Kept(String),
    /// By the runner.
    Listed(Listed),
}

/// How an execution stands.
pub(super) struct Standing {
    pub state: &'static str,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub error: Option<String>,
}

/// Executions of every definition.
#[derive(Default)]
pub(super) struct Executions {
    pub found: Vec<Execution>,
    /// Definitions whose executions could not be listed, and why.
    pub unknown: Vec<(&'static str, RunnerError)>,
}

/// Returns executions, in no order: every one that is kept, and of each definition so many others that the runner knows of and that began
/// before a moment, if one is given.
pub(super) fn all(asked: &Asked<'_>, before: Option<Timestamp>, most: usize) -> Result<Executions, Failure> {
    let mut all = Executions { found: kept(asked.lake().output).map_err(failed)?, unknown: Vec::new() };
    let kept: BTreeSet<(String, String)> =
        all.found.iter().map(|one| (one.definition.clone(), one.name.clone())).collect();
    let definitions = asked.rooms.iter().flat_map(|room| room.definitions).map(|it| it.name);
    // A run of the month is told by the ledger.
    for definition in definitions.filter(|name| *name != MONTHLY.name) {
        match asked.context.runner.executions(definition, before, most) {
            Ok(listed) => all.found.extend(
                listed
                    .into_iter()
                    .filter(|one| !kept.contains(&(definition.to_owned(), one.name.clone())))
                    .map(|one| Execution::of_runner(definition, one)),
            ),
            // A room that is shown need not be deployed.
            Err(RunnerError::UnknownDefinition { .. }) => {}
            Err(error) => all.unknown.push((definition, error)),
        }
    }
    Ok(all)
}

fn kept(output: &dyn Store) -> Result<Vec<Execution>, FactError> {
    Ok(output.list(&format!("{EXECUTIONS}/"))?.into_iter().filter_map(Execution::of_output).collect())
}

impl Execution {
    fn of_output(object: Object) -> Option<Self> {
        let rest = object.key.strip_prefix(EXECUTIONS)?.strip_prefix('/')?;
        let (definition, rest) = rest.split_once('/')?;
        let name = rest.strip_suffix("/history.jsonl").filter(|name| !name.contains('/'))?;
        let (definition, name) = (definition.to_owned(), name.to_owned());
        Some(Self { definition, name, at: object.modified, known: Known::Kept(object.key) })
    }

    fn of_runner(definition: &str, one: Listed) -> Self {
        Self {
            definition: definition.to_owned(),
            name: one.name.clone(),
            at: one.started_at,
            known: Known::Listed(one),
        }
    }

    /// Returns its state, if that is known without reading its history.
    pub(super) fn known_state(&self) -> Option<&'static str> {
        match &self.known {
            Known::Kept(_) => None,
            Known::Listed(one) => Some(word(one.status)),
        }
    }

    /// Tells how it stands.
    pub(super) fn standing(&self, asked: &Asked<'_>) -> Result<Standing, Failure> {
        match &self.known {
            Known::Kept(key) => {
                let damaged =
                    |_| FactError::Damaged { what: format!("the history of {}/{}", self.definition, self.name) };
                let bytes = asked.lake().output.read(key).map_err(|error| failed(error.into()))?;
                let walked = Walked::of(&read_events(&bytes).map_err(damaged).map_err(failed)?);
                let (from, to) = walked.span;
                let error = walked.failure.as_ref().map(|(error, _)| error.clone());
                Ok(Standing { state: super::run::state(&walked), from, to, error })
            }
            Known::Listed(one) => {
                let is_bad = !matches!(one.status, ExecutionStatus::Running | ExecutionStatus::Succeeded);
                // A list says that it failed; with which error is asked of it alone.
                let told = is_bad.then(|| asked.context.runner.describe(&one.id)).transpose();
                let error = told.ok().flatten().and_then(|told| told.error);
                Ok(Standing { state: word(one.status), from: Some(one.started_at), to: one.ended_at, error })
            }
        }
    }
}

/// Returns how far an execution is, in a word.
const fn word(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Running => "running",
        ExecutionStatus::Succeeded => "succeeded",
        ExecutionStatus::Failed => "failed",
        ExecutionStatus::TimedOut => "timed out",
        ExecutionStatus::Aborted => "aborted",
    }
}
