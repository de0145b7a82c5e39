//! What fails on purpose, so that operators and tests can watch retries, isolation and the alert.
//!
//! Nothing fails by itself here: whoever carries out a task asks whether the attempt is one that is to fail.

use std::str::FromStr;

/// What fails, how, and how often, written `Load:Storage:2`: the first two attempts of that task fail with that error.
///
/// The task is named by its state, or by a name that whoever carries it out knows it by.
///
/// ```
/// let inject: carelake_statemachine::Inject = "Load:Storage:2".parse().unwrap();
/// assert_eq!((inject.task.as_str(), inject.error.as_str(), inject.attempts), ("Load", "Storage", 2));
/// assert!(inject.hits(&["Load"], 2));
/// assert!(!inject.hits(&["Load"], 3));
/// assert!("Load:Storage".parse::<carelake_statemachine::Inject>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inject {
    /// The state, or another name of the task.
    pub task: String,
    /// The error name.
    pub error: String,
    /// How many attempts fail, from the first on.
    pub attempts: u32,
}

impl Inject {
    /// Returns whether it makes an attempt, counted from 1, of a task with these names fail.
    #[must_use]
    pub fn hits(&self, names: &[&str], attempt: u32) -> bool {
        attempt <= self.attempts && names.contains(&self.task.as_str())
    }
}

/// The text is no injection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not of the form TASK:ERROR:N, such as Load:Storage:2")]
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
