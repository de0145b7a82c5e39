//! A model that was trained, and what is to be said of it.

use std::fmt;

use crate::model::Model;

/// Where m of a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// From so many labels.
    Labels(u64),
    /// From so many pairs that are certain without the field.
    Certain(u64),
    /// By expectation maximisation.
    Em,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Labels(pairs) => write!(f, "{pairs} labels"),
            Self::Certain(pairs) => write!(f, "{pairs} pairs certain without it"),
            Self::Em => f.write_str("expectation maximisation"),
        }
    }
}

/// What makes a model doubtful. Fields and levels are names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A level was in no pair, neither of one person nor of two.
    NeverSeen(String, &'static str),
    /// A level better than else speaks against a match.
    SpeaksAgainst(String, &'static str),
    /// A fifth or more of the pairs of one person do not agree at all.
    OftenElse(String),
    /// The shares still moved at the last round.
    NotConverged,
    /// More matches were found than there are records.
    TooMany,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverSeen(field, level) => write!(f, "{field}: no pair is on level {level}"),
            Self::SpeaksAgainst(field, level) => write!(f, "{field}: level {level} speaks against a match (m < u)"),
            Self::OftenElse(field) => write!(f, "{field}: more than a fifth of the matches are on level else"),
            Self::NotConverged => f.write_str("expectation maximisation did not converge"),
            Self::TooMany => f.write_str("more matches than records"),
        }
    }
}

/// Pairs whose weights are between a whole number of bits and the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The lower end, in bits.
    pub from: i32,
    /// Pairs of one person, by their probabilities.
    pub matches: f64,
    /// The other candidates.
    pub others: f64,
}

/// A model that was trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// The share of all pairs that are one person, 0 to 1.
    pub prior: f64,
    /// Where m of each field comes from.
    pub how: Vec<How>,
    /// Rounds of the expectation maximisation.
    pub iterations: u32,
    /// The logarithm of the likelihood, natural.
    pub log_likelihood: f64,
    /// Records that it was made of.
    pub records: usize,
    /// Pairs that a hash took for u.
    pub taken: u64,
    /// The share of records that are a person of the reference, 0 to 1.
    pub found: f64,
    /// What makes it doubtful.
    pub warnings: Vec<Warning>,
    /// Pairs by weight, in order, from the first bit to the last.
    pub bins: Vec<Bin>,
}

/// Why there is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to look up.
    #[error("there are no records to train with; publish some, and load the reference")]
    NoRecords,
    /// There is nowhere to look it up.
    #[error("the reference is empty; load it with `carelake match load`")]
    NoReference,
}
