//! Functions of rooms over HTTP.
//!
//! [`Service`] finds the route of a request, asks for its token, and has the room's handler answer it; it knows no room. What
//! carries requests there is [`Server`], a server on one machine that expects the worst of whoever connects, or `lambda`, behind an
//! HTTP API of AWS. [`jwt`] verifies tokens, for routes and for whoever else has one. Sign-in, forms and how often somebody may
//! ask are the rooms' own.

mod contexts;
mod fetch;
mod guard;
mod issuer;
pub mod jwt;
#[cfg(feature = "lambda")]
pub mod lambda;
mod owner;
mod panics;
mod refused;
mod router;
mod server;
mod service;

pub use contexts::Contexts;
pub use fetch::{Fetch, FetchError, Fetched, Https};
pub use issuer::{Claims, OwnIssuer};
pub use owner::{KeyError, OwnerKey};
pub use router::{Router, RouterError};
pub use server::hosts::Hosts;
pub use server::limits::Limits;
pub use server::tls::{Tls, TlsError};
pub use server::{Server, ServerError};
pub use service::{Service, ServiceError};
