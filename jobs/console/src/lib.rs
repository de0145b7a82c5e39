//! The pages of the suite, drawn on the server: what is said of runs, publications, letters, notices and the audit, and what rooms
//! show of themselves.
//!
//! A [`Page`](carelake_pipeline::page::Page) is data, and `draw` makes HTML of any; nothing here knows a room. Who may see and do what
//! is told by a `session` of somebody who signed in; what is done from a page goes through `act`, which asks once, does it once and
//! writes it down. Reading needs no script.

mod act;
pub mod config;
mod console;
mod draw;
mod headers;
mod oidc;
mod own;
mod room;
mod session;
mod site;

pub use console::{Console, SignIn};
pub use own::figures::{Changes, Column, Columns, Counts};
pub use room::{NAME, ROOM, show};
pub use session::roles::{Role, Roles};
pub use site::{Site, SiteError};
