//! What the room shows of itself: streams, what is staged and parked of each, and what was published; with what can be done about it.
//!
//! Names, counts and moments only; no record and no value of one is in any of them.

mod stream;
mod streams;

pub(crate) use streams::StreamPages;

use carelake_pipeline::page::{Cell, Tone};
use jiff::Timestamp;

use crate::functions::Status;

/// Returns how a stream is to be taken: records that cannot be used are bad, and staged ones that wait for long are to be looked at.
fn tone(standing: &Status, now: Timestamp) -> Tone {
    if parked(standing) > 0 || standing.records_lost > 0 {
        return Tone::Bad;
    }
    if is_late(standing, now) { Tone::Warning } else { Tone::Good }
}

/// Returns whether what is staged waits for longer than twice its time.
fn is_late(standing: &Status, now: Timestamp) -> bool {
    let waits = age(standing, now);
    waits.is_some_and(|secs| secs > 2.0 * standing.every_secs as f64)
}

/// Returns for how many seconds the oldest staged batch waits.
fn age(standing: &Status, now: Timestamp) -> Option<f64> {
    standing.oldest_staged.map(|oldest| now.duration_since(oldest).as_secs_f64().max(0.0))
}

fn age_cell(standing: &Status, now: Timestamp) -> Cell {
    age(standing, now).map_or(Cell::None, Cell::Seconds)
}

/// Returns how many records are parked.
fn parked(standing: &Status) -> u64 {
    standing.parked.values().sum()
}
