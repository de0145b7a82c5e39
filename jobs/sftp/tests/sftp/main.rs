//! The client against a server that speaks SSH and SFTP over a folder, in this process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
#[path = "../../../../tests/support/sftp.rs"]
mod server;
mod trust;

/// Starts a server over a folder that goes with it.
fn start() -> server::Server {
    server::Server::over(tempfile::tempdir().unwrap())
}
