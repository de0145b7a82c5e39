//! Sessions with a PostgreSQL that runs here: types, rows, catalogue, snapshots, logins.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../servers/mod.rs"]
mod servers;

mod bounds;
mod catalogue;
mod login;
mod moment;
mod rows;
mod shown;
mod taken;
mod types;
