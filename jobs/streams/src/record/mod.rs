//! Records as they are delivered: what changed, by whom, and in which order; or why that cannot be told.

mod change;
mod dynamodb;
mod identity;
mod item;
mod kinesis;
mod order;
mod parse;
mod time;
mod value;

pub use change::{Change, Op, Parked};
pub use identity::{IDENTITY_BYTES, Identity};
pub use item::{Item, Text};
pub use order::{Order, bare, with_order};
pub use parse::{Read, parse};
pub use time::{at, counted_at, micros};
pub use value::Value;

pub(crate) use identity::of_place;
pub(crate) use kinesis::shard_of;
