//! Building models: one input set, rows that are judged before anybody is served them, and a report of what became of each model.
//!
//! ```text
//! input set ─ identity ─ unchanged?
//!                └ ask, or follow steps ─ contract ─ write ─ tests on what was written ─ serve
//! ```
//! What was served before a model failed serves on; models that are made of it are skipped, models beside it go on.

mod account;
#[cfg(test)]
mod again;
mod error;
mod extent;
mod identity;
mod inputs;
#[cfg(test)]
mod law;
mod make;
mod parts;
mod plan;
mod questions;
mod run;
mod state;
mod testing;
#[cfg(test)]
mod tests;
mod unit;
mod work;
mod world;
mod write;

pub use error::BuildError;
pub use plan::{Planned, contents, plan};
pub use run::{Built, Options, Status, build};
#[cfg(test)]
pub(crate) use testing::shown;
pub use testing::test;
pub use unit::{UnitResult, unit};
pub use world::World;
