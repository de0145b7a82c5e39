//! Conditions over records: comparisons, `and or not in is null`.
//!
//! As in SQL, what compares with nothing is unknown, and a record is taken where the whole is true.

mod condition;
mod parse;
#[cfg(test)]
mod tests;
mod token;

pub use condition::{Comparison, Condition, Literal};
pub use parse::ConditionError;
