//! Runs over a lake: what is published and asked, what stays, and what a crash leaves.

mod answers;
mod cases;
mod deaths;
#[cfg(feature = "postgres")]
mod far;
mod looked_at;
mod publishes;
#[cfg(feature = "postgres")]
mod server;
mod world;
