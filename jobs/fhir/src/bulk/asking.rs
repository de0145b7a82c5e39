//! Asking a server: how often something is tried, and how long is waited in between.

use std::time::Duration;

use carelake_http::{Client, HttpError, Request, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The longest wait that a server may ask for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(900);
/// The shortest wait that a server may ask for.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// How often a server may say that it is asked too much.
const MOST_THROTTLED: u32 = 10;
/// How often a server may fail, or not answer.
const MOST_FAILED: u32 = 3;
/// The first wait, where the server says nothing; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// Waits: by the clock, and so that whoever looks for a sign of life has one.
pub(super) type Wait<'w> = dyn Fn(Duration) -> Result<(), crate::FhirError> + Sync + 'w;

/// The attempts at one thing.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    throttled: u32,
    failed: u32,
}

impl Attempts {
    /// Returns how long to wait before the next attempt; nothing where none may follow.
    pub(super) fn after(&mut self, error: &HttpError) -> Option<Duration> {
        let (asked, count, most) = match error {
            HttpError::Status { status: 429, retry_after, .. } => {
                self.throttled += 1;
                (*retry_after, self.throttled, MOST_THROTTLED)
            }
            HttpError::Status { status: 500.., retry_after, .. } => {
                self.failed += 1;
                (*retry_after, self.failed, MOST_FAILED)
            }
            HttpError::Unreachable { .. } | HttpError::Cut { .. } => {
                self.failed += 1;
                (None, self.failed, MOST_FAILED)
            }
            _ => return None,
        };
        let doubled = FIRST_WAIT.saturating_mul(1 << (count - 1).min(8));
        (count <= most)
            .then(|| asked.map_or(doubled.min(LONGEST_WAIT), |asked| asked.clamp(SHORTEST_WAIT, LONGEST_WAIT)))
    }
}

/// Asks until there is an answer that counts.
pub(super) fn ask(
    client: &Client,
    request: &Request,
    body: &[u8],
    wait: &Wait<'_>,
) -> Result<Result<Response, HttpError>, crate::FhirError> {
    let mut attempts = Attempts::default();
    loop {
        match client.send(request, body) {
            Ok(response) => return Ok(Ok(response)),
            Err(error) => match attempts.after(&error) {
                Some(time) => wait(time)?,
                None => return Ok(Err(error)),
            },
        }
    }
}

/// Reads a `Retry-After`: seconds, or the moment from which on the server may be asked again.
pub(super) fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    let asked = match text.parse() {
        Ok(secs) => Duration::from_secs(secs),
        Err(_) => {
            let then = DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        }
    };
    Some(asked.clamp(SHORTEST_WAIT, LONGEST_WAIT))
}
