//! What the room shows of itself: feeds with their deliveries, files of no feed, and letters; with what can be done about each.
//!
//! Names, counts and moments only; no value of the data is in any of them.

mod cells;
mod feed;
mod feeds;
mod letters;
mod unclaimed;

pub(crate) use feeds::Feeds;
pub(crate) use letters::WaitingLetters;
pub(crate) use unclaimed::UnclaimedFiles;
