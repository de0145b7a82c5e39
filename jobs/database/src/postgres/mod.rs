//! PostgreSQL: one kind of session does everything, over a socket that blocks. Small questions go by the extended protocol, rows by a
//! binary COPY.

mod bounds;
mod cancel;
mod catalogue;
mod changed;
mod checksum;
mod client;
mod connection;
mod fault;
mod grants;
mod moment;
mod quoted;
mod rows;
mod server;
mod session;
mod strain;
mod types;
mod waiting;

use std::str::FromStr;

use crate::address::Target;
use crate::error::DatabaseError;
use crate::session::Session;
pub use client::Client;
use connection::Row;
use fault::Fault;

/// Opens a session.
pub(crate) fn connect(target: &Target) -> Result<Box<dyn Session>, DatabaseError> {
    Ok(Box::new(session::Postgres::open(target)?))
}

/// Returns a value of an answer that is always there.
fn text(row: &Row, place: usize) -> Result<&str, Fault> {
    row.get(place).and_then(Option::as_deref).ok_or(Fault::Protocol)
}

/// Returns it as a number.
fn number<N: FromStr>(row: &Row, place: usize) -> Result<N, Fault> {
    text(row, place)?.parse().map_err(|_| Fault::Protocol)
}
