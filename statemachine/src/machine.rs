//! A state machine that was read without a mistake.

use crate::load;
use crate::problem::{Problem, Problems, UNKNOWN_RESOURCE};
use crate::state::{Flow, State, StateKind};
use crate::tasks::{Binding, Tasks};

/// How AWS would run the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Up to a year, each step once, with a history.
    #[default]
    Standard,
    /// Up to five minutes; neither activities nor `.sync` nor `.waitForTaskToken`.
    Express,
}

/// Returns every mistake in a definition, and every use of what is not supported; nothing for a sound one.
///
/// ```
/// assert_eq!(carelake_statemachine::check("{}")[0].message, "These fields are required: [States, StartAt]");
/// ```
#[must_use]
pub fn check(text: &str) -> Vec<Problem> {
    Machine::parse(text).err().map(|problems| problems.0).unwrap_or_default()
}

/// A state machine, ready to run.
///
/// ```
/// use carelake_statemachine::Machine;
/// let machine = Machine::parse(r#"{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}"#).unwrap();
/// assert_eq!(machine.flow().start_at, "Only");
/// let refused = Machine::parse(r#"{"StartAt": "Gone", "States": {"Only": {"Type": "Sleep"}}}"#).unwrap_err();
/// assert_eq!(refused.0.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    pub(crate) kind: Kind,
    pub(crate) comment: Option<String>,
    pub(crate) timeout_secs: Option<u64>,
    pub(crate) flow: Flow,
}

impl Machine {
    /// Reads a Standard machine.
    ///
    /// # Errors
    /// Returns every mistake in the definition, and every use of what is not supported.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        load::machine(text, Kind::Standard)
    }

    /// Reads a machine of the given kind.
    ///
    /// # Errors
    /// As [`Machine::parse`], and what an Express machine may not have.
    pub fn parse_as(text: &str, kind: Kind) -> Result<Self, Problems> {
        load::machine(text, kind)
    }

    /// Returns a problem for every task that is bound to nothing, for whoever wants to know before it is reached; only then
    /// does it fail.
    #[must_use]
    pub fn unbound(&self, tasks: &dyn Tasks) -> Vec<Problem> {
        self.flow
            .all_states()
            .into_iter()
            .filter_map(|state| match &state.kind {
                StateKind::Task(task) => {
                    let binding = Binding {
                        state: &state.name,
                        resource: &task.resource,
                        parameters: task.parameters.as_ref().map(crate::template::Template::constants),
                    };
                    (!tasks.knows(&binding)).then(|| unknown(state, &binding))
                }
                _ => None,
            })
            .collect()
    }

    /// Returns what its author says about it.
    #[must_use]
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Returns how AWS would run it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns its states.
    #[must_use]
    pub const fn flow(&self) -> &Flow {
        &self.flow
    }
}

fn unknown(state: &State, binding: &Binding<'_>) -> Problem {
    let function = binding.function_name().map(|name| format!(" with function '{name}'")).unwrap_or_default();
    Problem {
        state: Some(state.name.clone()),
        line: state.line,
        code: UNKNOWN_RESOURCE,
        location: None,
        message: format!("nothing on this machine can carry out the resource '{}'{function}", binding.resource.arn),
    }
}
