//! Where something stands in a text of SQL, and what is wrong there.

use std::fmt;

use sqlparser::tokenizer::Span;

/// Something that is refused, or warned of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl Wrong {
    /// Says what is wrong at a place.
    pub(super) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { line: span.start.line.max(1), column: span.start.column.max(1), message: message.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Returns whether a place is known.
pub(super) fn is_known(span: Span) -> bool {
    span.start.line > 0
}
