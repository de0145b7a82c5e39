//! The section `loads` of the configuration: the sources, which of their tables are loaded, and how.
//!
//! Reading is pure: whether a server is there, and has what the section names, is seen when a load is planned.

mod address;
mod columns;
mod databases;
mod duration;
mod hand_on;
mod keys;
mod pattern;
mod section;
mod settings;
mod source;
#[cfg(test)]
mod tests;

pub use columns::Treatment;
pub use databases::{Belongs, Databases};
pub(crate) use hand_on::DIGEST;
pub use hand_on::HandOn;
pub use pattern::{Pattern, TablePattern};
pub use section::{Loads, SECTION, read};
pub use settings::{DeletedRows, Evolve, Latest, ModeWord, Override, Reconcile, ReconcileBy, Settings};
pub use source::{Chosen, Dynamic, PauseWhen, Source};
