//! Files of partners by SFTP: listed, read to their end, moved, deleted. Nothing else: no shell, no agent, no writing.
//!
//! A server is known by the key that was agreed on, never by what it shows at the first contact. Calls block; a runtime of the client's
//! own drives the connection. Errors name server and path, never a secret or a byte of a file.

mod client;
mod driver;
mod error;
mod host_key;
mod session;
mod settings;

pub use client::{Client, Listing, Remote};
pub use error::SftpError;
pub use host_key::HostKey;
pub use settings::{Login, Settings};
