//! The functions of the room, as its definitions call them.

mod anew;
mod begin;
mod bury;
mod claim;
pub mod desk;
mod dispatch;
mod feeds;
mod judge;
mod partner_page;
mod place;
mod publish;
mod record;
mod tell;
mod trial;
mod trial_rows;
mod turn;

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use anew::{Anew, accounts, rebuild, rejected, replay, undo, withdraw};
pub use begin::{Begun, begin};
pub(crate) use bury::{again, bury, take_letters};
pub use claim::Claim;
pub(crate) use claim::claim;
pub(crate) use dispatch::dispatch;
pub use feeds::{DeliveryLine, FeedLine, delivery_lines, feed_lines, late, mapped};
pub(crate) use judge::judge;
pub use partner_page::partner_page;
pub(crate) use publish::publish;
pub(crate) use record::{due, record};
pub use tell::shown;
pub use trial::{Asked, Trial, TriedReject, TriedTable, tried};
pub use trial_rows::TriedRow;
pub(crate) use turn::turn;

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}
