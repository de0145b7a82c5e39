//! Conditions over what has values at paths: comparisons, `and or not in is null`.
//!
//! As in SQL, what compares with nothing is unknown, and something is taken where the whole is true. What a value is and how it
//! compares, whoever asks says: records of streams and columns of files are asked by one grammar.

mod chances;
mod condition;
mod number;
mod parse;
mod path;
#[cfg(test)]
mod tests;
mod token;
mod units;

pub use chances::Chances;
pub use condition::{Comparison, Condition, Literal, Question, Test};
pub use number::{Decimal, Number};
pub use parse::ConditionError;
pub use path::{Path, Step};
pub use units::Units;
