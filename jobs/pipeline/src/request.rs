//! What starts a run.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize};

use carelake_core::ledger::Trigger;

/// The input of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Why the run was started.
    pub trigger: Trigger,
    /// The date that ages are computed against. Read from a date, or from a moment (a scheduler tells when it was due),
    /// which stands for its date in UTC.
    #[serde(deserialize_with = "date_or_moment")]
    pub as_of: Date,
    /// Datasets, or feeds as `hospitals/FEED`; every dataset when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datasets: Option<Vec<String>>,
    /// Publish even if far fewer rows or values are there than before.
    #[serde(default, alias = "accept_volume")]
    pub accept_loss: bool,
}

fn date_or_moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse::<Timestamp>() {
        Ok(moment) => Ok(moment.to_zoned(TimeZone::UTC).date()),
        Err(_) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_request_is_a_date_or_a_moment() {
        for (text, date) in [
            ("2026-11-01", Some("2026-11-01")),
            ("2026-11-01T06:00:00Z", Some("2026-11-01")),
            ("2026-11-01T23:30:00-05:00", Some("2026-11-02")),
            ("November", None),
            ("2026-13-01", None),
        ] {
            let read = serde_json::from_value::<RunRequest>(serde_json::json!({"trigger": "schedule", "as_of": text}));
            assert_eq!(read.ok().map(|request| request.as_of.to_string()).as_deref(), date, "{text}");
        }
    }
}
