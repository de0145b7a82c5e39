//! What `carelake serve` serves over HTTP: the functions of every room that answer requests, and what every room shows of itself.

mod contexts;
mod counting;
mod listening;
mod metrics;
mod mllp;
mod own;

pub(crate) use listening::{Listening, Listens, own_issuer};
pub(crate) use mllp::{Mllp, Settling};
