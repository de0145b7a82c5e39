//! The functions of the room, as its definitions call them.

mod anew;
mod begin;
mod bury;
mod change;
mod claim;
mod columns;
pub mod desk;
mod dispatch;
mod feeds;
mod judge;
mod lines;
mod opened;
mod partner_page;
mod place;
mod publish;
mod pull;
mod record;
mod rejected;
mod slot;
mod tables;
mod tell;
#[cfg(test)]
mod tests;
mod trial;
mod trial_rows;
mod turn;

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use anew::{rebuild, replay, undo, withdraw};
pub use begin::{Begun, begin};
pub(crate) use bury::{again, bury, take_letters};
pub use carelake_pipeline::page::shown;
pub(crate) use change::change;
pub use claim::Claim;
pub(crate) use claim::claim;
pub(crate) use dispatch::dispatch;
pub use feeds::{DeliveryLine, FeedLine, delivery_lines, feed_lines, late, mapped};
pub(crate) use judge::judge;
pub use lines::{accounts, rejected};
pub use partner_page::partner_page;
pub(crate) use publish::publish;
pub(crate) use pull::pull;
pub use pull::{Fetched, pull_now};
pub use record::MOST_WAITING;
pub(crate) use record::{due, record};
pub use rejected::{Which, lines_of, refused_rows};
pub(crate) use slot::slot;
pub use tables::publications;
pub use trial::{Asked, Trial, TriedReject, TriedTable, tried};
pub use trial_rows::TriedRow;
pub(crate) use turn::turn;

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
pub(crate) fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}
