//! Why rows could not be made.

use polars::prelude::PolarsError;

use super::functions::OURS;

/// Why rows could not be made. No value of a row is in it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The question does not fit the tables: a column that is not there, a type that does not fit.
    #[error("{what}")]
    Question {
        /// What does not fit.
        what: String,
    },
    /// Rows are not what the question takes them for.
    #[error("{what}")]
    Rows {
        /// What is wrong, with a count.
        what: String,
    },
    /// A file could not be read, or memory did not suffice.
    #[error("{what}")]
    Machine {
        /// What failed.
        what: String,
    },
}

impl EngineError {
    /// Takes what Polars says before it has read a row: names of columns and types.
    pub(crate) fn of_question(error: &PolarsError) -> Self {
        Self::Question { what: ours(error).unwrap_or_else(|| first_line(&error.to_string())) }
    }

    /// Takes what Polars says while it reads rows: what is ours, or the kind of it alone.
    pub(crate) fn of_rows(error: &PolarsError) -> Self {
        if let Some(what) = ours(error) {
            return Self::Rows { what };
        }
        let root = root(error);
        match root {
            PolarsError::IO { .. } => Self::Machine { what: "a file of an input could not be read".to_owned() },
            PolarsError::ColumnNotFound(_) | PolarsError::SchemaMismatch(_) | PolarsError::SchemaFieldNotFound(_) => {
                Self::Question { what: "a column is not there, or has another type".to_owned() }
            }
            PolarsError::SQLInterface(_) | PolarsError::SQLSyntax(_) => {
                Self::Question { what: first_line(&root.to_string()) }
            }
            PolarsError::ShapeMismatch(_) => {
                Self::Rows { what: "a subquery that should give one row gave several".to_owned() }
            }
            PolarsError::InvalidOperation(_) | PolarsError::ComputeError(_) => Self::Rows {
                what: "values could not be computed or converted; TRY_CAST makes null of what does not fit".to_owned(),
            },
            _ => Self::Rows { what: "rows could not be made".to_owned() },
        }
    }
}

/// Returns what is below what was added on the way.
fn root(error: &PolarsError) -> &PolarsError {
    match error {
        PolarsError::Context { error, .. } => root(error),
        other => other,
    }
}

/// Returns the message of ours, if it is one.
fn ours(error: &PolarsError) -> Option<String> {
    let text = error.to_string();
    let (_, message) = text.split_once(OURS)?;
    Some(first_line(message))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}
