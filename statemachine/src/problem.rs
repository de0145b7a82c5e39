//! A mistake in a definition: where it is, and what AWS would say about it.

use std::fmt;

/// One reason to refuse a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The state it is in; `None` when it concerns the whole machine.
    pub state: Option<String>,
    /// The line in the definition's text, counted from 1.
    pub line: Option<usize>,
    /// AWS's diagnostic code, such as `SCHEMA_VALIDATION_FAILED`.
    pub code: &'static str,
    /// The JSON pointer of the place, as AWS gives it; `None` when there is no JSON to point into.
    pub location: Option<String>,
    /// What is wrong, as a sentence.
    pub message: String,
}

/// AWS's code for a definition that breaks the language's schema.
pub const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
/// AWS's code for a text that is not JSON.
pub const NOT_JSON: &str = "INVALID_JSON_DESCRIPTION";
/// AWS's code for a transition to a state that is not there.
pub const MISSING_TARGET: &str = "MISSING_TRANSITION_TARGET";
/// Our code for what AWS runs and this interpreter refuses.
pub const UNSUPPORTED: &str = "UNSUPPORTED";
/// Our code for a task that nothing on this machine can carry out.
pub const UNKNOWN_RESOURCE: &str = "UNKNOWN_RESOURCE";

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(state) = &self.state {
            write!(f, "state {state}: ")?;
        }
        f.write_str(&self.message)?;
        match self.location.as_deref() {
            Some(location) if self.code != NOT_JSON && location != "/" => write!(f, " ({location})"),
            _ => Ok(()),
        }
    }
}

/// A definition was refused; holds every reason, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the definition has {} mistake(s): {}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Problems(pub Vec<Problem>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_with_line_state_and_place() {
        let problem = Problem {
            state: Some("Load".to_owned()),
            line: Some(7),
            code: SCHEMA,
            location: Some("/States/Load".to_owned()),
            message: "These fields are required: [Resource]".to_owned(),
        };
        assert_eq!(problem.to_string(), "line 7: state Load: These fields are required: [Resource] (/States/Load)");
    }
}
