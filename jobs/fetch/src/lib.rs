//! The fetch room: the public files of the monthly run, brought into its input place when they are new.
//!
//! A source goes one way: the section of the configuration says where it is published ([`config`]); the site is asked which release
//! is current ([`resolve`]); the file streams into the input place while it is looked at ([`bring`]), and is there under its name
//! only when it is whole and what it is to be; what was brought is written down ([`record`]).

pub mod bring;
mod catalog;
pub mod config;
mod error;
pub mod functions;
mod pages;
pub mod record;
pub mod resolve;
mod room;
mod site;
pub mod standing;
mod way;

pub use catalog::Catalog;
pub use error::{FetchError, Reason};
pub use room::ROOM;
pub use site::Site;
pub use way::{by_proxy, proxy};
