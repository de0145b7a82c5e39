//! How a test went.

use serde::{Deserialize, Serialize};

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should.
    Passed,
    /// It is said, and nothing else follows.
    Warned,
    /// Nothing is published.
    Failed,
}

/// The result of a test. No value of a row is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The name of the test.
    pub test: String,
    /// What kind of test it is.
    pub kind: String,
    /// How it went.
    pub outcome: Outcome,
    /// The rows that failed; 0 of a test about a number.
    pub failing: u64,
    /// What was found and what is asked for, of a test about a number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
}
