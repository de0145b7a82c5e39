//! Exports of a server by the bulk data protocol: asked for, waited for, fetched file by file, and given back.
//!
//! Every answer has one reaction. Addresses of jobs and files may be signed, so they are never told.

mod asking;
mod fetch;
mod manifest;
mod search;
mod server;
mod smart;

pub use asking::LONGEST_WAIT;
pub use manifest::Manifest;
pub use search::{Found, Manner, Query};
pub use server::{Asked, Job, Polled, Server};
