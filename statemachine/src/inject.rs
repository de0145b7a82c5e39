//! Makes tasks fail on purpose, so that operators and tests can watch retries, isolation and the alert.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::tasks::{Binding, Scripted, TaskCall, TaskError, Tasks};

/// What fails, how, and how often, written `clinicians:Storage:2`: the first two attempts of that task fail with that error.
///
/// The task is named by its state, by its dataset, or by dataset and feed as `hospitals/mercy`.
///
/// ```
/// let inject: carelake_statemachine::Inject = "clinicians:Storage:2".parse().unwrap();
/// assert_eq!((inject.task.as_str(), inject.error.as_str(), inject.attempts), ("clinicians", "Storage", 2));
/// assert!("clinicians:Storage".parse::<carelake_statemachine::Inject>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inject {
    /// The state, dataset, or dataset and feed.
    pub task: String,
    /// The error name.
    pub error: String,
    /// How many attempts fail, from the first on.
    pub attempts: u32,
}

/// The text is no injection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not of the form DATASET:ERROR:N, such as clinicians:Storage:2")]
pub struct InjectSyntax(String);

impl FromStr for Inject {
    type Err = InjectSyntax;

    fn from_str(text: &str) -> Result<Self, InjectSyntax> {
        let parts: Vec<&str> = text.split(':').collect();
        let [task, error, attempts] = parts.as_slice() else { return Err(InjectSyntax(text.to_owned())) };
        match attempts.parse() {
            Ok(attempts) if !task.is_empty() && !error.is_empty() => {
                Ok(Self { task: (*task).to_owned(), error: (*error).to_owned(), attempts })
            }
            _ => Err(InjectSyntax(text.to_owned())),
        }
    }
}

/// Tasks of which some attempts fail on purpose; all others are carried out.
pub struct Injected {
    tasks: Arc<dyn Tasks>,
    injections: Vec<(Inject, AtomicU32)>,
}

impl Injected {
    /// Wraps tasks.
    #[must_use]
    pub fn new(tasks: Arc<dyn Tasks>, injections: Vec<Inject>) -> Self {
        Self { tasks, injections: injections.into_iter().map(|inject| (inject, AtomicU32::new(0))).collect() }
    }

    /// Returns the injections that have made no attempt fail yet: misspelt ones, or tasks that did not run.
    #[must_use]
    pub fn unused(&self) -> Vec<&Inject> {
        let unused = self.injections.iter().filter(|(_, used)| used.load(Ordering::Acquire) == 0);
        unused.map(|(inject, _)| inject).collect()
    }

    fn failure(&self, call: &TaskCall) -> Option<TaskError> {
        let (inject, used) =
            self.injections.iter().find(|(inject, _)| inject.names(call) && call.attempt <= inject.attempts)?;
        used.fetch_add(1, Ordering::AcqRel);
        Some(TaskError::new(inject.error.as_str(), format!("injected failure of attempt {}", call.attempt)))
    }
}

impl Inject {
    fn names(&self, call: &TaskCall) -> bool {
        let payload = call.input.get("Payload").unwrap_or(&call.input);
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let by_feed = match (text("dataset"), text("feed"), self.task.split_once('/')) {
            (Some(dataset), Some(feed), Some(named)) => named == (dataset, feed),
            _ => false,
        };
        self.task == call.state || text("dataset") == Some(self.task.as_str()) || by_feed
    }
}

impl Tasks for Injected {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        self.tasks.knows(binding)
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        match self.failure(&call) {
            Some(error) => Err(error),
            None => self.tasks.run(call),
        }
    }

    fn script(&self, call: &TaskCall) -> Option<Scripted> {
        let names = |(inject, _): &(Inject, AtomicU32)| inject.names(call) && call.attempt <= inject.attempts;
        // A failure that is due goes through `run`, which counts it.
        if self.injections.iter().any(names) { None } else { self.tasks.script(call) }
    }

    fn token(&self, state: &str) -> Option<String> {
        self.tasks.token(state)
    }
}
