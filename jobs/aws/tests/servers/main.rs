//! The store and the ledger against real servers: SeaweedFS and MiniStack, as child processes on free ports.
//!
//! `./bootstrap.sh test` installs the servers into a virtual environment; `CARELAKE_TEST_VENV` names another.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod deliveries;
mod downloads;
mod executions;
mod faults;
mod ledger;
mod objects;
mod proxy;
mod rig;
mod secrets;
