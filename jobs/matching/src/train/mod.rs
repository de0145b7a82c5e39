//! Makes a model of a matcher's own records and reference.
//!
//! u comes from pairs that a hash takes, so that the same input gives the same model; m of a field from pairs that are certain without
//! it, where there are enough, else by expectation maximisation in which a record is one person at most. Labels take the place of the
//! pairs that are certain.

mod certain;
mod em;
mod estimate;
mod report;
mod sample;
mod trained;

pub use estimate::train;
pub use sample::Label;
pub use trained::{Bin, How, TrainError, Trained, Warning};

#[cfg(test)]
mod tests;
