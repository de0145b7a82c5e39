//! Sessions with a real MariaDB. Without one installed they are passed over, and say so. What only MySQL does is tested in the library over
//! packets that were recorded or written by its documentation.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it is passed over"
)]

#[path = "servers/mariadb.rs"]
mod servers;

#[path = "mariadb/bounds.rs"]
mod bounds;
#[path = "mariadb/catalogue.rs"]
mod catalogue;
#[path = "mariadb/login.rs"]
mod login;
#[path = "mariadb/reading.rs"]
mod reading;
#[path = "mariadb/snapshots.rs"]
mod snapshots;
#[path = "mariadb/taken.rs"]
mod taken;
#[path = "mariadb/types.rs"]
mod types;
