//! Which export a table needs, and what is known of one that was asked for.

use serde::{Deserialize, Serialize};

/// The shortest span of changes that can be exported: 15 minutes.
const SHORTEST: i64 = 15 * 60 * 1_000_000;
/// The longest: 24 hours (developer guide, "DynamoDB data export to Amazon S3").
const LONGEST: i64 = 24 * 60 * 60 * 1_000_000;

/// An export that was asked for. It is kept before it is started, so that another attempt asks for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What makes it this one, however often it is asked for.
    pub token: String,
    /// From when on, of what changed; none: the whole table. Microseconds since 1970, UTC.
    #[serde(default)]
    pub from: Option<i64>,
    /// Until when.
    pub to: i64,
    /// What AWS calls it, once it was started.
    #[serde(default)]
    pub arn: Option<String>,
    /// The generation of the table that it is for.
    pub generation: String,
}

/// Returns the span of the next export: `(from, to)`, without a beginning where the whole table is needed; none where it is too early.
/// `position` is where the last one ended, unless the whole table is needed anyway; `recoverable` from when to when there are states.
#[must_use]
pub fn next(position: Option<i64>, recoverable: (i64, i64)) -> Option<(Option<i64>, i64)> {
    let (earliest, latest) = recoverable;
    match position {
        Some(from) if from >= earliest => {
            let to = latest.min(from.saturating_add(LONGEST));
            (to - from >= SHORTEST).then_some((Some(from), to))
        }
        // What changed before the states that are kept is not known.
        _ => Some((None, latest)),
    }
}

impl Record {
    /// Returns the folder of the export below the place where it was asked for; none before it was started.
    #[must_use]
    pub fn folder(&self) -> Option<String> {
        let id = self.arn.as_deref()?.rsplit('/').next()?;
        let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_plain.then(|| format!("AWSDynamoDB/{id}/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    #[test]
    fn a_span_is_a_quarter_of_an_hour_to_a_day_and_what_is_older_than_the_states_is_read_anew() {
        let states = (10 * DAY, 45 * DAY);
        let cases = [
            (None, Some((None, 45 * DAY))),
            (Some(45 * DAY - 14 * MINUTE), None),
            (Some(45 * DAY - 15 * MINUTE), Some((Some(45 * DAY - 15 * MINUTE), 45 * DAY))),
            (Some(45 * DAY), None),
            (Some(46 * DAY), None),
            (Some(40 * DAY), Some((Some(40 * DAY), 41 * DAY))),
            (Some(10 * DAY), Some((Some(10 * DAY), 11 * DAY))),
            (Some(10 * DAY - 1), Some((None, 45 * DAY))),
        ];
        for (position, expected) in cases {
            assert_eq!(next(position, states), expected, "{position:?}");
        }
    }
}
