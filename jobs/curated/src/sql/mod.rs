//! The SQL of models: a part of Trino's that means the same on Polars and on Athena.
//!
//! A text is read once, by the parser that Polars uses, and checked: what both engines read alike passes, what has two names is written
//! in the words of each, and what would differ in silence is made explicit or refused, with its line and what to write instead. Names are
//! case-insensitive: everything but what is quoted as text is read in lower case.

mod check;
mod compile;
mod functions;
mod literal;
mod nulls;
mod parse;
mod place;
mod qualify;
#[cfg(test)]
mod tests;

pub use compile::{Engine, compile};
pub use functions::{OURS, Ours};
pub use literal::{VarError, literal};
pub use parse::{Checked, Named};
pub use place::Wrong;

/// The value that is always there: the day of the build.
pub const AS_OF: &str = "as_of";
