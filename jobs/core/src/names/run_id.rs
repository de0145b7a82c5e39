//! The name of a run.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The name of a run: its as-of date and a number, such as `2026-11-01.3`. Ordered by date, then number. The ledger gives
/// the numbers out, from 1 for each date.
///
/// ```
/// use carelake_core::names::RunId;
/// let run: RunId = "2026-11-01.3".parse()?;
/// assert_eq!((run.as_of(), run.number()), (jiff::civil::date(2026, 11, 1), 3));
/// assert!(run > "2026-10-01.12".parse()?);
/// # Ok::<(), carelake_core::names::RunIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId {
    as_of: Date,
    number: u32,
}

/// Why a text is not the name of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a run; a run is an as-of date, a dot and a number from 1, as in 2026-11-01.3")]
pub struct RunIdError {
    text: String,
}

impl RunId {
    /// Names the run of an as-of date with this number, from 1.
    ///
    /// # Errors
    /// [`RunIdError`] when the number is 0.
    pub fn new(as_of: Date, number: u32) -> Result<Self, RunIdError> {
        if number == 0 { Err(RunIdError { text: format!("{as_of}.{number}") }) } else { Ok(Self { as_of, number }) }
    }

    /// Returns the date that the run's ages and windows are computed against.
    #[must_use]
    pub const fn as_of(&self) -> Date {
        self.as_of
    }

    /// Returns the number of the run among those of its date, from 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.as_of, self.number)
    }
}

impl FromStr for RunId {
    type Err = RunIdError;

    fn from_str(text: &str) -> Result<Self, RunIdError> {
        let parts = text.split_once('.').and_then(|(date, number)| Some((date.parse().ok()?, number.parse().ok()?)));
        match parts {
            // Only the one way to write it: the text is a folder and a key.
            Some((as_of, number)) if number > 0 && format!("{as_of}.{number}") == text => Ok(Self { as_of, number }),
            _ => Err(RunIdError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;

    fn try_from(text: String) -> Result<Self, RunIdError> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_written_in_one_way_only() {
        for text in ["2026-11-01.1", "2026-11-01.12", "2026-12-31.4294967295"] {
            assert_eq!(text.parse::<RunId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            ".",
            "2026-11-01",
            "2026-11-01.",
            "2026-11-01.0",
            "2026-11-01.01",
            "2026-11-01.+1",
            "2026-11-01.1 ",
            "20261101.1",
            "2026-13-01.1",
            "2026-02-30.1",
            "2026-11-01T00:00.1",
            "2026-11-01.4294967296",
            "../x.1",
        ] {
            assert!(text.parse::<RunId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn runs_are_ordered_by_date_and_then_by_number_not_by_text() {
        let mut runs: Vec<RunId> =
            ["2026-11-01.10", "2026-11-01.9", "2026-10-31.99"].iter().map(|text| text.parse().unwrap()).collect();
        runs.sort();
        assert_eq!(
            runs.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2026-10-31.99", "2026-11-01.9", "2026-11-01.10"]
        );
    }

    #[test]
    fn a_run_in_json_is_checked() {
        assert!(serde_json::from_str::<RunId>("\"2026-11-01.3\"").is_ok());
        assert!(serde_json::from_str::<RunId>("\"../3\"").is_err());
    }
}
