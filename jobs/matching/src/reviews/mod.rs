//! Reviews: what is likely and not certain is asked of people, and what they answer.
//!
//! A review is one question, and holds ids, levels and weights, no value. A decision is an answer; decisions are added and never changed,
//! and each is in the audit before it counts.

mod apply;
mod decide;
mod decided;
mod error;
mod history;
mod joining;
mod labels;
mod opened;
mod pace;
mod queue;
mod review;
mod ties;
mod verify;

pub use decide::{Action, Asked, Desk, Made, Reviewer, catch_up, decide};
pub use decided::{Decided, decided};
pub use error::ReviewError;
pub use history::{Past, about_person, decisions_of};
pub use joining::Joining;
pub(crate) use joining::joinings;
pub use labels::{Estimate, Labelled, Quality, labels, quality};
pub use opened::{Asking, Kind, NewReview, Opened, drop_hidden, granted, hidden, open, review_id};
pub use pace::{answered_since, how_common, last_of, review_of, said_before};
pub use queue::{Choices, Order, Seen, Side, Standing, Wanted, beside, choices, queue, stands, waiting};
pub use review::{Review, reserve, review};
pub use ties::{reject_in_ties, ties};
pub use verify::{Checked, has_end, verify};

/// Returns the stream of the audit that the decisions about a matcher are in.
#[must_use]
pub fn stream(matcher: &str) -> String {
    format!("matching/{matcher}")
}

/// Writes a moment so that the order of texts is that of time.
pub(crate) fn moment(at: jiff::Timestamp) -> String {
    format!("{at:.6}")
}
