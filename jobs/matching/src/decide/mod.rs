//! Which person a record is, and what of it may be repaired.
//!
//! Each pair of a record and one that its keys bring up is judged alone; then persons, by the best of their records; then the run, since two
//! records may not be one person. Nothing here depends on the order of anything.

mod answer;
mod decider;
mod explain;
mod one_to_one;
mod pair;
mod repair;

pub use answer::{Answer, Candidate, Class, Outcome, Reason};
pub use decider::{Decider, Decision, Record};
pub use explain::{Explained, Verdict};
pub use one_to_one::{Claim, claimed_twice};
pub(crate) use pair::Pairs;
pub use repair::{Given, Repaired};

#[cfg(test)]
mod tests;
