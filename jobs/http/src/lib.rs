//! One HTTP client for all rooms: it repeats what may be repeated, follows redirects to the hosts that a configuration names and nowhere
//! else, goes through a proxy, and downloads files so that a transfer that is cut goes on where it stopped.
//!
//! Nothing here reads a configuration or looks at environment variables. Errors name host and path, never a query, a header or a byte
//! of what came. Calls block.

mod address;
mod attempts;
mod client;
mod clock;
mod download;
mod error;
mod exchange;
mod names;
mod range;
mod request;
mod response;
mod settings;
mod tls;

pub use address::{Place, join};
pub use client::Client;
pub use clock::{Clock, Machine};
pub use download::{Downloaded, File, Known, Sink};
pub use error::HttpError;
pub use request::{Credential, Request};
pub use response::Response;
pub use settings::{Identity, Proxy, Settings};
