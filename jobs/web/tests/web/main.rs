//! The server against whoever connects, tokens against whoever makes them up, and the same answers behind an HTTP API.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod bodies;
mod fetching;
mod heads;
mod issuer;
#[cfg(feature = "lambda")]
mod lambda;
mod letting_in;
mod many;
mod panics;
mod rig;
mod stopping;
mod tls;
mod tokens;
mod toy;
