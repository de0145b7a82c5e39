//! How often something is tried, and how long is waited in between.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::error::HttpError;
use crate::settings::Settings;

/// The attempts at one thing.
pub(crate) struct Attempts<'s> {
    settings: &'s Settings,
    failed: u32,
    wait: Duration,
}

impl<'s> Attempts<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        Self { settings, failed: 0, wait: settings.first_wait }
    }

    /// Begins to count anew, because something was achieved.
    pub(crate) fn achieved(&mut self) {
        *self = Self::new(self.settings);
    }

    /// Waits before the next attempt, or gives the failure back where none may follow.
    pub(crate) fn after(&mut self, error: HttpError) -> Result<(), HttpError> {
        self.failed += 1;
        if !error.is_passing() || self.failed >= self.settings.attempts {
            return Err(error);
        }
        let asked = match &error {
            HttpError::Status { retry_after: Some(asked), .. } => *asked,
            _ => Duration::ZERO,
        };
        if asked > self.settings.longest_wait {
            return Err(error);
        }
        self.settings.clock.wait(self.wait.max(asked).min(self.settings.longest_wait));
        self.wait = self.wait.saturating_mul(2);
        Ok(())
    }
}

/// Reads a `Retry-After`: seconds, or the moment from which on the server may be asked again.
pub(crate) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_when_to_come_back_in_seconds_or_as_a_date() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            (" 17 ", Some(17)),
            ("Sun, 01 Mar 2026 12:00:30 GMT", Some(30)),
            ("Sun, 01 Mar 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
