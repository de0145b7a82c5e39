//! The client against servers that answer as real ones do on bad days.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod downloads;
mod proxies;
mod redirects;
mod retries;
mod server;
mod trust;
