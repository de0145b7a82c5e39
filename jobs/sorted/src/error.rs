//! Why rows could not be put in order.

use arrow_schema::ArrowError;

/// Why rows could not be put in order. No value of the data is in it.
#[derive(Debug, thiserror::Error)]
pub enum SortedError {
    /// A key has a type that has no order.
    #[error("a value of the type {kind} has no order here")]
    Kind {
        /// The type.
        kind: String,
    },
    /// Rows could not be put together.
    #[error("rows could not be put together")]
    Arrow(#[from] ArrowError),
    /// Rows on their way could not be kept on this machine.
    #[error("rows could not be kept in the scratch place; see that there is room")]
    Scratch(#[from] std::io::Error),
}
