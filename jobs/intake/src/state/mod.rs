//! The state of a feed: a function of its accepted deliveries, and of nothing else.
//!
//! [`settle`] takes the deliveries that count, in whatever order they came, and brings what the feed serves to what follows from
//! them: of a `full` feed the newest, of an `append` feed all in order, of an `upsert` feed the winner of each key. What the
//! deliveries were judged to hold is kept beside the publications (parts), and the pointer says which deliveries are in
//! ([`Held`]), so that rows and position are one commit, and doing it again changes nothing.

mod accepted;
mod cells;
mod choice;
mod compared;
mod gather;
mod held;
mod index;
mod kept_file;
mod lines;
mod marks;
mod merge;
mod orphans;
mod part;
mod pieces;
mod rejected;
mod rejects;
mod replay;
mod rows;
mod serve;
mod settle;
mod thresholds;
mod work;

#[cfg(test)]
mod tests;

pub use accepted::{Accepted, Judge};
pub use compared::Change;
pub(crate) use compared::compare;
pub use held::{Found, Held, TableState};
pub use lines::{CountLine, RejectLine, counts, reject_lines};
pub use rejected::{DeliveryRejects, delivery_rejects};
pub use rejects::{KeptReject, RejectedPlace, refused_rejects, rejects_of};
pub use replay::JudgePlaces;
pub use settle::{Services, Settled, SettledTable, Settlement, settle};
pub use thresholds::Admission;
pub(crate) use thresholds::alone;
