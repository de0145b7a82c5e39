//! The section `matching` of the configuration: who is looked up where, how values are compared, and what follows from it.
//!
//! Reading is pure: whether a publication is there, and has the columns that the section names, is seen when a run is planned.

mod block;
mod column;
mod condition;
mod field;
mod input;
mod keys;
mod matcher;
mod outcome;
mod pattern;
mod rule;
mod section;
#[cfg(test)]
mod tests;

pub use block::{Part, View};
pub use column::{COMMON, Column};
pub use condition::{Conditions, Test};
pub use field::Field;
pub use input::{Input, ReferenceFrom};
pub use matcher::Matcher;
pub use outcome::{Feeds, OneToOne, Repair, Review, Thresholds};
pub use pattern::{fits, overlap};
pub use rule::{Never, Rule};
pub use section::{Database, Matching, SECTION, read};
