//! Sessions with a PostgreSQL that runs here: types, rows, catalogue, snapshots, logins.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../servers/mod.rs"]
#[expect(
    dead_code,
    clippy::print_stderr,
    reason = "servers are for other tests, too, and say why they are passed over"
)]
mod servers;

mod bounds;
mod catalogue;
mod login;
mod moment;
mod rows;
mod shown;
mod taken;
mod types;
