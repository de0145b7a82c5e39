//! How often, and after what wait, is tried again what the SDK does not try again by itself.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often in all. Nine waits of at most 0.1, 0.2, 0.4 … 2 s come to 11.5 s at most.
pub(crate) const MOST: u32 = 10;

const FIRST_WAIT_MILLIS: u64 = 100;
const LONGEST_WAIT_MILLIS: u64 = 2_000;

/// Waits before the attempt after the one with this number, from 1: a random time up to a limit that doubles.
pub(crate) async fn wait(attempt: u32) {
    let limit = FIRST_WAIT_MILLIS.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST_WAIT_MILLIS);
    tokio::time::sleep(Duration::from_millis(random() % (limit + 1))).await;
}

/// Returns a number that nobody else has, for a practical purpose.
pub(crate) fn random() -> u64 {
    // The standard library seeds each of these anew from the system.
    RandomState::new().hash_one(std::time::SystemTime::now())
}
