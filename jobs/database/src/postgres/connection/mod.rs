//! A connection: its socket, its messages, how it begins, and small queries. Knows nothing of tables.

mod incoming;
mod octets;
mod prepared;
mod query;
mod start;
mod stream;
mod wire;

pub(super) use octets::Octets;
pub(super) use query::{Described, Row};
pub(super) use start::{Key, start};
pub(super) use stream::Stream;
pub(super) use wire::Wire;
