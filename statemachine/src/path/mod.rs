//! JSONPath as AWS Step Functions understands it: Jayway's dialect over the state's data (`$`), the context object (`$$`)
//! and variables (`$name`).
//!
//! A *definite* path can name one value only, and fails when it is not there. A path with a wildcard, slice, filter, list
//! of indexes or `..` is *indefinite*: it answers with the array of everything it finds, however little that is.

mod eval;
mod filter;
mod parse;
mod reference;

use serde_json::Value;

pub use self::reference::ReferencePath;
use crate::scope::Scope;

/// Where a path starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the data the field works on.
    Data,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// `.name` or `['name']`, or several names.
    Names(Vec<String>),
    /// `.*` or `[*]`.
    All,
    /// `[0]`, `[-1]` or `[0,2]`.
    Indexes(Vec<i64>),
    /// `[from:to]`, either end open.
    Slice(Option<i64>, Option<i64>),
    /// `[?(…)]`.
    Filter(filter::Test),
    /// `..`: this value and everything below it.
    Descend,
    /// A function at the end of a path, such as `.length()`.
    Function(Function),
}

/// A function over the value a path has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Length,
    Min,
    Max,
    Avg,
    Sum,
    Keys,
}

/// A parsed path.
///
/// ```
/// use carelake_statemachine::Path;
/// assert!(Path::parse("$.items[0]").unwrap().is_definite());
/// assert!(!Path::parse("$.items[*].name").unwrap().is_definite());
/// assert!(Path::parse("items").is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: String,
    root: Root,
    steps: Vec<Step>,
}

/// A path is not written as the language wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at character {at} of '{path}'")]
pub struct PathSyntax {
    /// The path as written.
    pub path: String,
    /// The character at which reading stopped, counted from 1.
    pub at: usize,
    /// What was expected or is not supported.
    pub reason: &'static str,
}

/// A definite path names nothing in the data it was applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid path '{path}' : {detail}")]
pub struct NoSuchPath {
    /// The path as written.
    pub path: String,
    /// What AWS's JSONPath library says about it.
    pub detail: String,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// Fails when the text is not a path, or uses a part of JSONPath that is not supported here.
    pub fn parse(text: &str) -> Result<Self, PathSyntax> {
        parse::path(text)
    }

    /// Returns the path as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns where the path starts.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// Returns whether the path can name one value only.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Names(names) => names.len() == 1,
            Step::Indexes(indexes) => indexes.len() == 1,
            Step::Function(_) => true,
            Step::All | Step::Slice(..) | Step::Filter(_) | Step::Descend => false,
        })
    }

    /// Returns what the path names.
    ///
    /// # Errors
    /// Fails when the path is definite and names nothing.
    pub fn find(&self, data: &Value, scope: &Scope<'_>) -> Result<Value, NoSuchPath> {
        let start = match &self.root {
            Root::Data => data,
            Root::Context => scope.context,
            Root::Variable(name) => scope.variables.get(name).ok_or_else(|| NoSuchPath {
                path: self.text.clone(),
                detail: format!("The variable '${name}' has not been assigned"),
            })?,
        };
        eval::find(self, start)
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }
}
