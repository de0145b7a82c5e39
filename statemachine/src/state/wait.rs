//! Wait states: how long, or until when.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::failure::Failure;
use crate::moment;
use crate::number;
use crate::path::Path;
use crate::scope::Scope;

/// The longest wait AWS accepts, in seconds; found in its recorded executions (24,855 days pass, 24,856 do not).
pub const MAX_WAIT_SECS: i64 = 2_147_483_647;

/// The four forms of Wait.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// `Seconds`.
    Seconds(u64),
    /// `SecondsPath`.
    SecondsPath(Path),
    /// `Timestamp`.
    Timestamp(Timestamp),
    /// `TimestampPath`.
    TimestampPath(Path),
}

impl Wait {
    /// Returns when the wait is over.
    pub(crate) fn until(&self, now: Timestamp, data: &Value, scope: &Scope<'_>) -> Result<Timestamp, Failure> {
        let end = match self {
            Self::Seconds(secs) => after(now, i64::try_from(*secs).unwrap_or(i64::MAX)),
            Self::SecondsPath(path) => after(now, seconds(path, data, scope)?),
            Self::Timestamp(moment) => Some(*moment),
            Self::TimestampPath(path) => Some(timestamp(path, data, scope)?),
        };
        end.filter(|end| end.duration_since(now).as_secs() <= MAX_WAIT_SECS)
            .ok_or_else(|| Failure::runtime("Wait state delay is too long."))
    }
}

fn after(now: Timestamp, secs: i64) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_secs(secs)).ok()
}

fn seconds(path: &Path, data: &Value, scope: &Scope<'_>) -> Result<i64, Failure> {
    let text = path.text();
    let value = path.find(data, scope).map_err(|_| {
        Failure::runtime(format!("The SecondsPath parameter does not reference an input value: {text}"))
    })?;
    match value.as_number().and_then(number::whole) {
        Some(secs) if secs < 0 => {
            Err(Failure::runtime(format!("The SecondsPath parameter references a negative value: {text} == {value}")))
        }
        Some(secs) => Ok(secs),
        None => {
            let shown = shown(&value);
            Err(Failure::runtime(format!(
                "The SecondsPath parameter cannot be parsed as a long value: {text} == {shown}"
            )))
        }
    }
}

fn timestamp(path: &Path, data: &Value, scope: &Scope<'_>) -> Result<Timestamp, Failure> {
    let text = path.text();
    let value = path.find(data, scope).map_err(|_| {
        Failure::runtime(format!("The TimestampPath parameter does not reference an input value: {text}"))
    })?;
    value.as_str().and_then(moment::parse).ok_or_else(|| {
        let shown = shown(&value);
        Failure::runtime(format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {text} == {shown}"
        ))
    })
}

/// Shows a value without the quotes of a string.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
